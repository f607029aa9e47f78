import { defineRecord } from '../define.ts';
import { choice, day, filledIn, initially, int, optional, patient, text, user } from '../field.ts';

export const prescriptions = defineRecord({
  name: 'prescriptions',
  about:
    'medication that a professional prescribed: what, how much, how many times it may be fetched, and where',
  table: 'care.prescriptions',
  family: 'order',
  access: 'clinical_record',
  subject: 'patientId',
  fields: {
    patientId: patient(),
    doctorId: filledIn(user('who prescribed it; whoever writes it down when nobody is named')),
    medication: text('what is prescribed', { max: 255 }),
    dosage: text('how much of it', { max: 100 }),
    frequency: text('how often', { max: 255 }),
    instructions: optional(text('what to mind', { max: 4_000 })),
    status: initially(
      choice('where it stands', ['pending', 'active', 'completed', 'stopped', 'cancelled']),
      'pending',
    ),
    refillsAllowed: initially(int('how many times more it may be fetched', { min: 0, max: 99 }), 0),
    refillsUsed: initially(int('how many times more it was', { min: 0, max: 99 }), 0),
    startsOn: optional(day('first day on which it holds')),
    endsOn: optional(day('last day on which it holds')),
    pharmacyId: optional(text('the pharmacy’s own id', { max: 100 })),
    pharmacyName: optional(text('where it is fetched', { max: 200, mask: 'organisation' })),
  },
  steps: {
    field: 'status',
    to: {
      pending: ['active', 'cancelled'],
      active: ['completed', 'stopped'],
      completed: [],
      stopped: [],
      cancelled: [],
    },
  },
  span: { from: 'startsOn', until: 'endsOn' },
  author: 'doctorId',
  parties: ['doctorId'],
  filters: { status: 'is', doctorId: 'is', endsOn: 'range' },
  sorts: ['createdAtMs'],
  onErase: 'blank',
  sources: { '001:prescriptions': { pharmacy_id: 'pharmacyId' } },
  example: {
    patientId: '00000000-0000-4000-8000-000000000001',
    medication: 'Ramipril',
    dosage: '5 mg',
    frequency: 'once a day',
    refillsAllowed: 3,
    startsOn: '2026-10-01',
    endsOn: '2027-03-31',
    pharmacyName: 'Pharmacy at the station',
  },
});
