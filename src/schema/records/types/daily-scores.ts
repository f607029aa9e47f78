import { defineRecord } from '../define.ts';
import { day, int, optional, person, text } from '../field.ts';

const score = (about: string) => optional(int(about, { min: 0, max: 100 }));

export const dailyScores = defineRecord({
  name: 'daily-scores',
  about: 'how well a person did on one day, in scores from 0 to 100; one record for each day',
  table: 'recovery.daily_scores',
  family: 'log_entry',
  access: 'self_log',
  bulk: true,
  subject: 'personId',
  at: 'scoredOn',
  fields: {
    personId: person(),
    scoredOn: day('the day'),
    overallScore: score('all in all'),
    exerciseScore: score('exercise'),
    nutritionScore: score('food'),
    sleepScore: score('sleep'),
    medicationScore: score('medication taken as it should be'),
    vitalsScore: score('vital signs within their range'),
    notes: optional(text('what else there is to say of the day', { max: 4_000 })),
  },
  filters: { scoredOn: 'range' },
  sorts: ['scoredOn'],
  onErase: 'delete',
  sources: { '002:DailyScores': { userId: 'personId', date: 'scoredOn' } },
  example: {
    personId: '00000000-0000-4000-8000-000000000001',
    scoredOn: '2026-10-02',
    overallScore: 82,
    exerciseScore: 90,
    medicationScore: 100,
  },
});
