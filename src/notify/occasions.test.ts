import { describe, expect, test } from 'vitest';
import { noticesOf, type Occasion } from './occasions.ts';

const about = (type: string, more: Partial<Occasion> = {}): Occasion => ({
  type,
  verb: 'create',
  row: { id: 'r', recipient_id: 'nurse', doctor_id: 'doctor' },
  changed: [],
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
    const moved = { byUserId: 'doctor', verb: 'change', changed: ['startsAtMs'] } as const;
    expect(told('appointments', moved)).toEqual(['patient appointment_changed']);
    expect(told('appointments', { ...moved, changed: ['notes'] })).toEqual([]);
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
          changed: ['status'],
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
    const row = { id: 'r', status: 'approved' };
    expect(told('bookings', { verb: 'change', row, changed: ['notes'], byUserId: 'hospital' })).toEqual([]);
  });

  test('of anything else: nobody; nor who has no account', () => {
    expect(told('hydration-logs')).toEqual([]);
    expect(told('prescriptions', { byUserId: 'doctor', personUserId: null })).toEqual([]);
    expect(told('prescriptions', { byUserId: 'doctor' })).toEqual(['patient prescription_written']);
  });
});
