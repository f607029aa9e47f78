import { defineRecord } from '../define.ts';
import { instant, optional, person, reference, text } from '../field.ts';

export const medicationLogs = defineRecord({
  name: 'medication-logs',
  about: 'that a dose was taken, and when',
  table: 'care.medication_logs',
  family: 'log_entry',
  access: 'self_log',
  bulk: true,
  subject: 'personId',
  at: 'takenAtMs',
  fields: {
    personId: person(),
    medicationId: reference('what was taken', 'care.medications', { sameSubject: true }),
    takenAtMs: instant('when it was taken'),
    dosageTaken: optional(text('how much of it', { max: 100 })),
    notes: optional(text('what else there is to say', { max: 4_000 })),
  },
  filters: { medicationId: 'is', takenAtMs: 'range' },
  sorts: ['takenAtMs'],
  onErase: 'delete',
  sources: { '002:MedicationLogs': { userId: 'personId', takenAt: 'takenAtMs' } },
  example: {
    personId: '00000000-0000-4000-8000-000000000001',
    medicationId: '00000000-0000-4000-8000-000000000002',
    takenAtMs: 1_759_395_600_000,
    dosageTaken: '2.5 mg',
  },
});
