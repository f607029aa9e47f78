import { defineRecord } from '../define.ts';
import { int, optional, text } from '../field.ts';

const week = (about: string) => int(about, { min: 0, max: 520 });
const words = (about: string) => optional(text(about, { max: 10_000, mask: 'keep' }));

export const therapyPhases = defineRecord({
  name: 'therapy-phases',
  about: 'phases of rehabilitation, by weeks after the operation',
  table: 'recovery.therapy_phases',
  family: 'catalogue',
  access: 'catalogue',
  subject: null,
  fields: {
    name: text('what it is called', { max: 200, mask: 'keep' }),
    weekStart: week('the week after the operation in which it begins'),
    weekEnd: week('the last week of it'),
    description: words('what it is'),
    goals: words('what it aims at'),
    restrictions: words('what is not to be done in it'),
  },
  filters: { weekStart: 'range', weekEnd: 'range' },
  sorts: ['weekStart', 'name'],
  onErase: 'by_hand',
  sources: { '002:PhysicalTherapyPhases': {} },
  example: {
    name: 'Phase 2: early outpatient',
    weekStart: 3,
    weekEnd: 12,
    goals: 'Thirty minutes of walking without a pause',
    restrictions: 'Nothing heavier than 4 kg is lifted',
  },
});
