import { defineRecord } from '../define.ts';
import { choice, computed, initially, instant, int, optional, patient, text, user } from '../field.ts';

export const appointments = defineRecord({
  name: 'appointments',
  about: 'a patient and a professional at one time; two of one professional that are open never overlap',
  table: 'care.appointments',
  family: 'booking',
  access: 'appointment',
  subject: 'patientId',
  fields: {
    patientId: patient(),
    doctorId: user('the professional'),
    startsAtMs: instant('when it begins'),
    durationMin: int('how long it takes', { min: 15, max: 480, unit: 'min' }),
    endsAtMs: computed(instant('when it ends')),
    kind: initially(
      choice('what it is for', ['consultation', 'follow-up', 'procedure', 'emergency']),
      'consultation',
    ),
    status: initially(
      choice('where it stands', [
        'scheduled',
        'confirmed',
        'in-progress',
        'completed',
        'cancelled',
        'no-show',
      ]),
      'scheduled',
    ),
    reason: text('why', { max: 2_000 }),
    notes: optional(text('what else there is to know', { max: 4_000 })),
    preAuthorizationNumber: optional(text('what the insurer answered with', { max: 100 })),
    preAuthorizationStatus: optional(
      choice('whether the insurer agreed beforehand', ['requested', 'approved', 'denied']),
    ),
  },
  steps: {
    field: 'status',
    to: {
      scheduled: ['confirmed', 'cancelled', 'no-show'],
      confirmed: ['in-progress', 'cancelled', 'no-show'],
      'in-progress': ['completed', 'cancelled'],
      completed: [],
      cancelled: [],
      'no-show': [],
    },
  },
  parties: ['doctorId'],
  filters: { doctorId: 'is', startsAtMs: 'range', status: 'is', kind: 'is' },
  sorts: ['startsAtMs'],
  onErase: 'blank',
  sources: {
    '001:appointments': {
      appointment_date: 'startsAtMs',
      appointment_time: 'startsAtMs',
      type: 'kind',
      pre_authorization: 'preAuthorizationNumber, preAuthorizationStatus',
    },
    '004:appointments': {
      date_time: 'startsAtMs',
      duration: 'durationMin',
      type: 'kind',
      is_active: '(it was not removed)',
    },
  },
  example: {
    patientId: '00000000-0000-4000-8000-000000000001',
    doctorId: '00000000-0000-4000-8000-000000000002',
    startsAtMs: 1_798_790_400_000,
    durationMin: 30,
    kind: 'follow-up',
    reason: 'Six weeks after the operation',
  },
});
