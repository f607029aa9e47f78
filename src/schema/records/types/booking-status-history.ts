import { defineRecord } from '../define.ts';
import { choice, optional, person, reference, text } from '../field.ts';
import { BOOKING_STATUSES } from './bookings.ts';

/** Written by a trigger on `hospital.bookings`, whoever changes it. */
export const bookingStatusHistory = defineRecord({
  name: 'booking-status-history',
  about: 'every step of a booking, from the moment that it was asked for',
  table: 'hospital.booking_status_history',
  family: 'log_entry',
  access: 'booking',
  verbs: ['read', 'list'],
  subject: 'personId',
  hospital: 'hospitalId',
  fields: {
    personId: person('who asked for the booking'),
    bookingId: reference('the booking', 'hospital.bookings', { sameSubject: true }),
    hospitalId: reference('the hospital', 'hospital.hospitals'),
    oldStatus: optional(choice('where it stood; absent: it was asked for', BOOKING_STATUSES)),
    newStatus: choice('where it stands from then on', BOOKING_STATUSES),
    reason: optional(text('why', { max: 2_000 })),
    notes: optional(text('what the hospital had to say then', { max: 4_000 })),
  },
  filters: { bookingId: 'is', hospitalId: 'is', newStatus: 'is' },
  sorts: ['createdAtMs'],
  onErase: 'blank',
  sources: { '003:booking_status_history': { changedBy: '(createdBy)', changedAt: '(createdAtMs)' } },
  example: {
    personId: '00000000-0000-4000-8000-000000000001',
    bookingId: '00000000-0000-4000-8000-000000000002',
    hospitalId: '00000000-0000-4000-8000-000000000003',
    newStatus: 'pending',
    reason: 'asked for by telephone',
    notes: 'call back in the evening',
  },
});
