import { defineRecord } from '../define.ts';
import { choice, day, initially, int, optional, person, text } from '../field.ts';

export const therapyGoals = defineRecord({
  name: 'therapy-goals',
  about: 'what a person wants to reach in their recovery, and how far they are',
  table: 'recovery.therapy_goals',
  family: 'standing_fact',
  access: 'care_fact',
  subject: 'personId',
  fields: {
    personId: person(),
    title: text('what it is', { max: 200 }),
    category: optional(text('what it belongs to', { max: 100 })),
    targetOn: optional(day('the day by which it is to be reached')),
    progressPct: initially(int('how far they are, 100 is there', { min: 0, max: 100, unit: 'pct' }), 0),
    status: initially(
      choice('where it stands', ['pending', 'in-progress', 'completed', 'cancelled']),
      'pending',
    ),
    description: optional(text('what else there is to say', { max: 4_000 })),
  },
  filters: { status: 'is', targetOn: 'range', category: 'is' },
  sorts: ['createdAtMs'],
  onErase: 'delete',
  sources: {
    '002:TherapyGoals': { userId: 'personId', targetDate: 'targetOn', progress: 'progressPct' },
  },
  example: {
    personId: '00000000-0000-4000-8000-000000000001',
    title: 'Walk to the lake and back',
    category: 'endurance',
    targetOn: '2026-12-24',
    progressPct: 40,
    status: 'in-progress',
  },
});
