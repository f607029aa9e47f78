import fc from 'fast-check';
import { expect, test } from 'vitest';
import { must } from '../lib/assert.ts';
import { recordType } from '../schema/records/all.ts';
import { breaks } from './families.ts';

const bookings = must(recordType('bookings'), 'bookings');
const { decided, steps } = bookings;
const context = (mayDecide: boolean) => ({
  nowMs: 0,
  byUserId: 'somebody',
  reason: null,
  of: { person: null, audience: null, mayDecide },
});

const status = fc.constantFrom('pending', 'approved', 'declined', 'cancelled', 'completed');
const words = fc.option(fc.constantFrom('one', 'two'), { nil: null });
const booking = fc.record({
  status,
  urgency: fc.constantFrom('low', 'high'),
  authorityNotes: words,
  declineReason: words,
});

test('whoever may not decide changes nothing that others decided, however they put it', () => {
  fc.assert(
    fc.property(booking, booking, (before, after) => {
      const refusal = breaks(bookings, after, before, context(false));
      const isDecision =
        after.authorityNotes !== before.authorityNotes ||
        after.declineReason !== before.declineReason ||
        (after.status !== before.status && decided?.steps.includes(after.status)) ||
        (before.status === 'approved' && after.urgency !== before.urgency);
      expect(refusal?.code === 'forbidden').toBe(Boolean(isDecision));
    }),
  );
});

test('whoever decides goes by the steps too', () => {
  fc.assert(
    fc.property(booking, booking, (before, after) => {
      const refusal = breaks(bookings, after, before, context(true));
      const isStep =
        after.status === before.status || steps?.to[before.status]?.includes(after.status) === true;
      const isOver = steps?.to[before.status]?.length === 0;
      expect(refusal?.code ?? null).toBe(isStep && !isOver ? null : 'step_not_allowed');
    }),
  );
});

test('a booking that is made says nothing of what the hospital decides', () => {
  const made = { status: 'pending', urgency: 'low', authorityNotes: null, declineReason: null };
  expect(breaks(bookings, made, null, context(false))).toBeNull();
  expect(breaks(bookings, { ...made, authorityNotes: 'Room 12' }, null, context(false))).toMatchObject({
    code: 'forbidden',
  });
});
