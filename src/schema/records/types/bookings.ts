import { defineRecord } from '../define.ts';
import {
  choice,
  code,
  computed,
  initially,
  instant,
  int,
  optional,
  person,
  reference,
  text,
  user,
} from '../field.ts';
import { RESOURCES } from './hospital-resources.ts';

export const URGENCIES = ['low', 'medium', 'high', 'critical'] as const;
export const BOOKING_STATUSES = ['pending', 'approved', 'declined', 'cancelled', 'completed'] as const;

export const bookings = defineRecord({
  name: 'bookings',
  about:
    'a bed, a place of intensive care or a theatre that somebody asks a hospital for; what the hospital approves is reserved, and never more than there is',
  table: 'hospital.bookings',
  family: 'booking',
  access: 'booking',
  subject: 'personId',
  hospital: 'hospitalId',
  fields: {
    personId: person('who asks for it, by their account or their patient record'),
    hospitalId: reference('the hospital', 'hospital.hospitals'),
    resourceType: choice('what is asked for', RESOURCES),
    patientName: text('for whom', { max: 200, mask: 'name' }),
    patientAgeYears: int('how old they are', { min: 0, max: 130, unit: 'years' }),
    patientGender: choice('their gender', ['male', 'female', 'other']),
    medicalCondition: text('what they have', { max: 4_000 }),
    urgency: initially(choice('how much it presses', URGENCIES), 'medium'),
    emergencyContactName: text('whom to call', { max: 200, mask: 'name' }),
    emergencyContactPhone: text('their number', { max: 40, mask: 'phone' }),
    emergencyContactRelationship: text('how they stand to the patient', { max: 50 }),
    scheduledAtMs: instant('from when on it is needed'),
    estimatedDurationHours: initially(
      int('for how long, as far as anybody knows', { min: 1, max: 8_760, unit: 'h' }),
      24,
    ),
    endsAtMs: computed(instant('when that is over')),
    status: initially(choice('where it stands', BOOKING_STATUSES), 'pending'),
    approvedBy: computed(user('who approved it')),
    approvedAtMs: computed(instant('when that was')),
    bookingReference: computed(code('what it is called on the telephone', /^RC-\d{4}-[0-9A-F]{8}$/)),
    authorityNotes: optional(text('what the hospital has to say', { max: 4_000 })),
    declineReason: optional(text('why the hospital declined it', { max: 2_000 })),
  },
  steps: {
    field: 'status',
    to: {
      pending: ['approved', 'declined', 'cancelled'],
      approved: ['completed', 'cancelled'],
      declined: [],
      cancelled: [],
      completed: [],
    },
  },
  decided: {
    fields: ['authorityNotes', 'declineReason'],
    steps: ['approved', 'declined', 'completed'],
    settled: ['approved'],
  },
  filters: {
    hospitalId: 'is',
    status: 'is',
    urgency: 'is',
    resourceType: 'is',
    scheduledAtMs: 'range',
    bookingReference: 'is',
  },
  sorts: ['scheduledAtMs'],
  onErase: 'blank',
  sources: {
    '003:bookings': {
      userId: 'personId',
      patientAge: 'patientAgeYears',
      scheduledDate: 'scheduledAtMs',
      estimatedDuration: 'estimatedDurationHours',
    },
  },
  example: {
    personId: '00000000-0000-4000-8000-000000000001',
    hospitalId: '00000000-0000-4000-8000-000000000002',
    resourceType: 'beds',
    patientName: 'Ada Kovacs',
    patientAgeYears: 65,
    patientGender: 'female',
    medicalCondition: 'Observation after a catheter',
    urgency: 'high',
    emergencyContactName: 'Jon Kovacs',
    emergencyContactPhone: '+41 79 555 01 43',
    emergencyContactRelationship: 'son',
    scheduledAtMs: 1_767_254_400_000,
    estimatedDurationHours: 48,
  },
});
