import { defineRecord } from '../define.ts';
import { day, optional, person, text } from '../field.ts';

export const medications = defineRecord({
  name: 'medications',
  about: 'what a person takes, how much of it, how often, from when until when',
  table: 'care.medications',
  family: 'standing_fact',
  access: 'care_fact',
  subject: 'personId',
  fields: {
    personId: person(),
    name: text('name of the medication', { max: 255 }),
    dosage: optional(text('how much of it, such as 10 mg', { max: 100 })),
    frequency: optional(text('how often', { max: 255 })),
    timeOfDay: optional(text('when, such as in the morning', { max: 100 })),
    startsOn: optional(day('first day')),
    endsOn: optional(day('last day; null: none is foreseen')),
    prescribedBy: optional(text('who prescribed it', { max: 200, mask: 'name' })),
    purpose: optional(text('what it is for', { max: 500 })),
    sideEffects: optional(text('what else it is known to do', { max: 2_000 })),
    instructions: optional(text('what to mind', { max: 4_000 })),
  },
  span: { from: 'startsOn', until: 'endsOn' },
  filters: { startsOn: 'range', endsOn: 'range' },
  sorts: ['name'],
  onErase: 'delete',
  sources: {
    '002:Medications': {
      userId: 'personId',
      startDate: 'startsOn',
      endDate: 'endsOn',
      isActive: '(today lies between startsOn and endsOn, and it was not removed)',
    },
  },
  example: {
    personId: '00000000-0000-4000-8000-000000000001',
    name: 'Bisoprolol',
    dosage: '2.5 mg',
    frequency: 'once a day',
    timeOfDay: 'morning',
    startsOn: '2026-09-04',
  },
});
