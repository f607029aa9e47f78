import { defineRecord } from '../define.ts';
import { bool, code, initially, optional, person, text } from '../field.ts';

export const COLOR = /^#[0-9a-fA-F]{6}$/;

export const calendars = defineRecord({
  name: 'calendars',
  about: 'what the events of a person are ordered by; whoever removes one removes its events',
  table: 'recovery.calendars',
  family: 'standing_fact',
  access: 'care_fact',
  subject: 'personId',
  fields: {
    personId: person(),
    name: text('what it is called', { max: 200 }),
    color: optional(code('the color it is shown in, such as #2a9d8f', COLOR)),
    isDefault: initially(bool('whether new events go there; one of a person at most'), false),
    isVisible: initially(bool('whether it is shown'), true),
    description: optional(text('what it is for', { max: 4_000 })),
  },
  filters: { isDefault: 'is' },
  sorts: ['name'],
  onErase: 'delete',
  sources: { '002:Calendars': { userId: 'personId' } },
  example: {
    personId: '00000000-0000-4000-8000-000000000001',
    name: 'Recovery',
    color: '#2a9d8f',
  },
});
