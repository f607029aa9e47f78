import { defineRecord } from '../define.ts';
import { day, decimal, instant, int, optional, person, text } from '../field.ts';

export const sleepLogs = defineRecord({
  name: 'sleep-logs',
  about: 'how a person slept in one night',
  table: 'recovery.sleep_logs',
  family: 'log_entry',
  access: 'self_log',
  bulk: true,
  subject: 'personId',
  at: 'sleptOn',
  fields: {
    personId: person(),
    sleptOn: day('the day on which the night began'),
    bedAtMs: optional(instant('when they went to bed')),
    wokeAtMs: optional(instant('when they woke up')),
    totalHours: optional(decimal('how long they slept', { min: 0, max: 48, unit: 'h' })),
    quality: optional(int('how well, 5 is best', { min: 1, max: 5 })),
    interruptions: optional(int('how often they woke up meanwhile', { min: 0, max: 200 })),
    notes: optional(text('what else there is to say', { max: 4_000 })),
  },
  span: { from: 'bedAtMs', until: 'wokeAtMs' },
  filters: { sleptOn: 'range' },
  sorts: ['sleptOn'],
  onErase: 'delete',
  sources: {
    '002:SleepLogs': { userId: 'personId', sleepDate: 'sleptOn', bedtime: 'bedAtMs', wakeTime: 'wokeAtMs' },
  },
  example: {
    personId: '00000000-0000-4000-8000-000000000001',
    sleptOn: '2025-10-01',
    bedAtMs: 1_759_352_400_000,
    wokeAtMs: 1_759_379_400_000,
    totalHours: 7.25,
    quality: 4,
    interruptions: 1,
  },
});
