import { defineRecord } from '../define.ts';
import { code, int, optional, person, text } from '../field.ts';
import { COLOR } from './calendars.ts';

const IS_ACTIVE = { duration: 'durationMin', isActive: '(it was not removed)' } as const;
const minutes = () => optional(int('how long such an event takes', { min: 1, max: 1_440, unit: 'min' }));
const color = () => optional(code('the color such an event is shown in', COLOR));

export const eventTemplates = defineRecord({
  name: 'event-templates',
  about: 'what a person makes events from that they have often',
  table: 'recovery.event_templates',
  family: 'standing_fact',
  access: 'care_fact',
  subject: 'personId',
  fields: {
    personId: person(),
    name: text('what it is called', { max: 200 }),
    category: optional(text('what kind of event it is', { max: 100 })),
    durationMin: minutes(),
    color: color(),
    description: optional(text('what such an event is', { max: 4_000 })),
  },
  filters: { category: 'is' },
  sorts: ['name'],
  onErase: 'delete',
  sources: { '002:EventTemplates': { userId: 'personId', ...IS_ACTIVE } },
  example: {
    personId: '00000000-0000-4000-8000-000000000001',
    name: 'Blood pressure',
    category: 'vitals',
    durationMin: 10,
  },
});

/** Those that the source keeps beside a person's own, without a user. */
export const sharedEventTemplates = defineRecord({
  name: 'shared-event-templates',
  about: 'what everybody may make events from',
  table: 'recovery.shared_event_templates',
  family: 'catalogue',
  access: 'catalogue',
  subject: null,
  fields: {
    name: text('what it is called', { max: 200, mask: 'keep' }),
    category: optional(text('what kind of event it is', { max: 100, mask: 'keep' })),
    durationMin: minutes(),
    color: color(),
    description: optional(text('what such an event is', { max: 4_000, mask: 'keep' })),
  },
  filters: { category: 'is' },
  sorts: ['name'],
  onErase: 'by_hand',
  sources: { '002:EventTemplates': { userId: '(it is for everybody)', ...IS_ACTIVE } },
  example: { name: 'Take medication', category: 'medication', durationMin: 5, color: '#e76f51' },
});
