import { defineRecord } from '../define.ts';
import { decimal, instant, int, optional, person, reference, text } from '../field.ts';

const beats = (about: string) => optional(int(about, { min: 20, max: 250, unit: '1/min' }));

export const exerciseLogs = defineRecord({
  name: 'exercise-logs',
  about: 'that a person exercised, as they or their device say it',
  table: 'recovery.exercise_logs',
  family: 'log_entry',
  access: 'self_log',
  bulk: true,
  subject: 'personId',
  at: 'completedAtMs',
  fields: {
    personId: person(),
    exerciseId: optional(reference('what was done', 'recovery.exercises')),
    prescriptionId: optional(
      reference('the prescription that it follows; of the same person', 'recovery.exercise_prescriptions'),
    ),
    durationMin: optional(int('how long', { min: 0, max: 1_440, unit: 'min' })),
    distanceM: optional(decimal('how far', { min: 0, max: 1_000_000, unit: 'm' })),
    energyKcal: optional(int('energy that it took', { min: 0, max: 20_000, unit: 'kcal' })),
    avgHeartRateBpm: beats('pulse on average'),
    maxHeartRateBpm: beats('the highest pulse'),
    intensity: optional(text('how hard it felt', { max: 255 })),
    completedAtMs: instant('when it was done'),
    notes: optional(text('what else there is to say', { max: 4_000 })),
  },
  filters: { completedAtMs: 'range', exerciseId: 'is', prescriptionId: 'is' },
  sorts: ['completedAtMs'],
  onErase: 'delete',
  sources: {
    '002:ExerciseLogs': {
      userId: 'personId',
      duration: 'durationMin',
      distance: 'distanceM',
      calories: 'energyKcal',
      avgHeartRate: 'avgHeartRateBpm',
      maxHeartRate: 'maxHeartRateBpm',
    },
  },
  example: {
    personId: '00000000-0000-4000-8000-000000000001',
    exerciseId: '00000000-0000-4000-8000-000000000002',
    prescriptionId: '00000000-0000-4000-8000-000000000003',
    durationMin: 25,
    distanceM: 1_800.5,
    avgHeartRateBpm: 96,
    maxHeartRateBpm: 112,
    intensity: 'moderate',
    completedAtMs: 1_790_000_000_000,
  },
});
