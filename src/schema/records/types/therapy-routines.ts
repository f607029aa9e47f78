import { defineRecord } from '../define.ts';
import { optional, reference, text } from '../field.ts';

export const therapyRoutines = defineRecord({
  name: 'therapy-routines',
  about: 'what is done regularly in a phase of rehabilitation',
  table: 'recovery.therapy_routines',
  family: 'catalogue',
  access: 'catalogue',
  subject: null,
  fields: {
    phaseId: reference('the phase it belongs to', 'recovery.therapy_phases'),
    name: text('what it is called', { max: 200, mask: 'keep' }),
    frequency: optional(text('how often it is done', { max: 255, mask: 'keep' })),
    description: optional(text('what it is', { max: 10_000, mask: 'keep' })),
  },
  filters: { phaseId: 'is' },
  sorts: ['name'],
  onErase: 'by_hand',
  sources: { '002:TherapyRoutines': {} },
  example: {
    phaseId: '00000000-0000-4000-8000-000000000001',
    name: 'Morning walk',
    frequency: 'every day',
    description: 'On level ground, with a pause whenever breath is short',
  },
});
