import { describe, expect, test } from 'vitest';
import { noticesOf, type Occasion } from './occasions.ts';

const about = (type: string, more: Partial<Occasion> = {}): Occasion => ({
  type,
  verb: 'create',
  row: { id: 'r', recipient_id: 'nurse', doctor_id: 'doctor' },
  byUserId: 'patient',
  personUserId: 'patient',
  ...more,
});
const told = (type: string, more: Partial<Occasion> = {}) =>
  noticesOf(about(type, more)).map(({ userId, kind }) => `${userId} ${kind}`);

describe('who is told', () => {
  test('of a message: whom it is for, when it is sent', () => {
    expect(told('messages')).toEqual(['nurse message_received']);
    expect(told('messages', { verb: 'change' })).toEqual([]);
    expect(noticesOf(about('messages'))[0]?.about).toEqual({ type: 'messages', id: 'r' });
  });

  test('of an appointment: the other one of the two, or both when somebody else makes it', () => {
    expect(told('appointments')).toEqual(['doctor appointment_booked']);
    expect(told('appointments', { byUserId: 'doctor', verb: 'change' })).toEqual([
      'patient appointment_changed',
    ]);
    const row = { id: 'r', doctor_id: 'doctor', status: 'cancelled' };
    expect(told('appointments', { byUserId: 'staff', verb: 'change', row })).toEqual([
      'patient appointment_cancelled',
      'doctor appointment_cancelled',
    ]);
    expect(told('appointments', { verb: 'erase' })).toEqual([]);
  });

  test('of a booking: whoever made it, at every step, as the sources name them', () => {
    const steps = ['pending', 'approved', 'declined', 'cancelled', 'completed'];
    expect(
      steps.flatMap((status) =>
        told('bookings', {
          verb: status === 'pending' ? 'create' : 'change',
          row: { id: 'r', status },
          byUserId: status === 'pending' ? 'patient' : 'hospital',
        }),
      ),
    ).toEqual([
      'patient booking_submitted',
      'patient booking_approved',
      'patient booking_declined',
      'patient booking_cancelled',
      'patient booking_completed',
    ]);
  });

  test('of anything else: nobody; nor who has no account', () => {
    expect(told('hydration-logs')).toEqual([]);
    expect(told('prescriptions', { byUserId: 'doctor', personUserId: null })).toEqual([]);
    expect(told('prescriptions', { byUserId: 'doctor' })).toEqual(['patient prescription_written']);
  });
});
