import { defineRecord } from '../define.ts';
import { choice, day, initially, int, optional, patient, reference, text } from '../field.ts';

export const exercisePrescriptions = defineRecord({
  name: 'exercise-prescriptions',
  about: 'an exercise that a professional prescribed: how much of it, how often, from when until when',
  table: 'recovery.exercise_prescriptions',
  family: 'order',
  access: 'clinical_record',
  subject: 'patientId',
  fields: {
    patientId: patient(),
    exerciseId: reference('the exercise', 'recovery.exercises'),
    sets: optional(int('how many sets', { min: 1, max: 100 })),
    reps: optional(int('how many times in each set', { min: 1, max: 1_000 })),
    durationMin: optional(int('how long', { min: 1, max: 1_440, unit: 'min' })),
    frequency: optional(text('how often, such as three times a week', { max: 255 })),
    intensity: optional(text('how hard', { max: 255 })),
    startsOn: optional(day('first day on which it holds')),
    endsOn: optional(day('last day on which it holds')),
    status: initially(choice('where it stands', ['active', 'completed', 'discontinued']), 'active'),
    notes: optional(text('what else there is to mind', { max: 4_000 })),
  },
  steps: {
    field: 'status',
    to: { active: ['completed', 'discontinued'], completed: [], discontinued: [] },
  },
  span: { from: 'startsOn', until: 'endsOn' },
  filters: { status: 'is', exerciseId: 'is', endsOn: 'range' },
  sorts: ['createdAtMs'],
  onErase: 'blank',
  sources: {
    '002:ExercisePrescriptions': { duration: 'durationMin', startDate: 'startsOn', endDate: 'endsOn' },
  },
  example: {
    patientId: '00000000-0000-4000-8000-000000000001',
    exerciseId: '00000000-0000-4000-8000-000000000002',
    sets: 3,
    reps: 10,
    frequency: 'three times a week',
    intensity: 'light',
    startsOn: '2026-09-14',
    endsOn: '2026-12-04',
  },
});
