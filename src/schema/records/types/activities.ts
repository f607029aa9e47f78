import { defineRecord } from '../define.ts';
import { initially, int, optional, reference, text } from '../field.ts';

export const activities = defineRecord({
  name: 'activities',
  about: 'what a routine of rehabilitation is made of, one after the other',
  table: 'recovery.activities',
  family: 'catalogue',
  access: 'catalogue',
  subject: null,
  fields: {
    routineId: reference('the routine it belongs to', 'recovery.therapy_routines'),
    name: text('what it is called', { max: 200, mask: 'keep' }),
    description: optional(text('what it is', { max: 10_000, mask: 'keep' })),
    durationMin: optional(int('how long it takes', { min: 1, max: 1_440, unit: 'min' })),
    position: initially(int('its place in the routine', { min: 0, max: 10_000 }), 0),
  },
  filters: { routineId: 'is' },
  sorts: ['position', 'name'],
  onErase: 'by_hand',
  sources: { '002:Activities': { duration: 'durationMin', order: 'position' } },
  example: {
    routineId: '00000000-0000-4000-8000-000000000001',
    name: 'Warm up',
    description: 'Slow steps, loose shoulders',
    durationMin: 5,
    position: 1,
  },
});
