import { defineRecord } from '../define.ts';
import { day, decimal, optional, person, text } from '../field.ts';

export const hydrationLogs = defineRecord({
  name: 'hydration-logs',
  about: 'what a person drank, and what they wanted to drink that day',
  table: 'recovery.hydration_logs',
  family: 'log_entry',
  access: 'self_log',
  bulk: true,
  subject: 'personId',
  at: 'loggedOn',
  fields: {
    personId: person(),
    loggedOn: day('the day'),
    amountMl: decimal('how much was drunk', { min: 0, max: 20_000, unit: 'ml' }),
    goalMl: optional(decimal('how much they wanted to drink that day', { min: 0, max: 20_000, unit: 'ml' })),
    notes: optional(text('what else there is to say', { max: 4_000 })),
  },
  filters: { loggedOn: 'range' },
  sorts: ['loggedOn'],
  onErase: 'delete',
  sources: {
    '002:HydrationLogs': { userId: 'personId', logDate: 'loggedOn', amountOz: 'amountMl', goalOz: 'goalMl' },
  },
  example: {
    personId: '00000000-0000-4000-8000-000000000001',
    loggedOn: '2025-10-02',
    amountMl: 350,
    goalMl: 2_000,
  },
});
