import type { UpKind } from './up.ts';

/**
 * What a socket may send that was opened by the credential of a paired device and not by an access token: what one
 * needs to call for help, to be found, and to come. Never what its person may beyond that, dispatcher or not.
 */
export const DEVICE_MAY: Readonly<Record<UpKind, boolean>> = {
  hello: true,
  hb: true,
  renew: true,
  pos: true,
  vit: true,
  alarm: true,
  now: true,
  sub: true,
  unsub: true,
  watch: false,
  tail: false,
  untail: false,
  'sos.create': true,
  'sos.raise': false,
  'sos.cancel': true,
  'sos.depart': true,
  'sos.arrive': true,
  'sos.start': false,
  'sos.resolve': false,
  // Whoever may say yes must be able to take it back: a slot that nobody fills keeps others from coming.
  'sos.withdraw': true,
  'sos.escalate': false,
  'sos.take_over': false,
  'sos.assign': false,
  'sos.release': false,
  'sos.hold': false,
  'sos.unhold': false,
  'sos.reopen': false,
  'sos.merge': false,
  'sos.hand_off': false,
  'offer.accept': true,
  'offer.decline': true,
  'offer.receipt': true,
  'broadcast.receipt': true,
  'chat.send': true,
  'chat.read': true,
  // A watch shows that one is coming, and its wearer says there that nothing is wrong.
  'alert.cancel_sos': true,
  'alert.acknowledge': false,
  'alert.assign': false,
  'alert.resolve': false,
  'duty.set': false,
  'record.create': false,
  'record.change': false,
  'record.remove': false,
};
