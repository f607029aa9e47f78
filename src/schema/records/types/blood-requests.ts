import { defineRecord } from '../define.ts';
import { choice, initially, instant, int, optional, person, reference, text } from '../field.ts';
import { URGENCIES } from './bookings.ts';

export const bloodRequests = defineRecord({
  name: 'blood-requests',
  about: 'blood that somebody is looking for: which, how much, where and until when',
  table: 'hospital.blood_requests',
  family: 'order',
  access: 'booking',
  subject: 'personId',
  hospital: 'hospitalId',
  fields: {
    personId: person('who asks for it, by their account or their patient record'),
    hospitalId: optional(reference('the hospital that needs it', 'hospital.hospitals')),
    patientName: text('for whom', { max: 200, mask: 'name' }),
    bloodType: choice('the blood group', ['A+', 'A-', 'B+', 'B-', 'AB+', 'AB-', 'O+', 'O-']),
    unitsNeeded: int('how many bags', { min: 1, max: 100 }),
    urgency: initially(choice('how much it presses', URGENCIES), 'medium'),
    contactPhone: text('whom to call', { max: 40, mask: 'phone' }),
    location: text('where to give it', { max: 500, mask: 'street' }),
    medicalCondition: optional(text('what they have', { max: 4_000 })),
    requiredByAtMs: optional(instant('until when it is needed')),
    status: initially(choice('where it stands', ['active', 'fulfilled', 'cancelled', 'expired']), 'active'),
    notes: optional(text('what else there is to know', { max: 4_000 })),
  },
  steps: {
    field: 'status',
    to: { active: ['fulfilled', 'cancelled', 'expired'], fulfilled: [], cancelled: [], expired: [] },
  },
  filters: { bloodType: 'is', urgency: 'is', status: 'is', hospitalId: 'is', requiredByAtMs: 'range' },
  sorts: ['createdAtMs'],
  onErase: 'blank',
  sources: { '003:blood_requests': { userId: 'personId', requiredBy: 'requiredByAtMs' } },
  example: {
    personId: '00000000-0000-4000-8000-000000000001',
    hospitalId: '00000000-0000-4000-8000-000000000002',
    patientName: 'Ada Kovacs',
    bloodType: 'A+',
    unitsNeeded: 2,
    urgency: 'critical',
    contactPhone: '+41 79 555 01 43',
    location: 'Blood bank, second floor',
    requiredByAtMs: 1_767_254_400_000,
  },
});
