import type { z } from 'zod';
import * as alerts from './alerts.ts';
import * as dispatch from './dispatch.ts';
import * as notices from './notices.ts';
import * as records from './records.ts';
import * as session from './session.ts';
import * as streams from './streams.ts';
import * as tails from './tail.ts';
import * as telemetry from './telemetry.ts';

/** Everything a client can send, by kind. A frame is `[kind, body]`. */
export const UP = {
  hello: session.hello,
  hb: session.heartbeat,
  renew: session.renew,
  pos: telemetry.positions,
  vit: telemetry.vitals,
  alarm: telemetry.alarms,
  now: telemetry.now,
  sub: streams.subscribe,
  unsub: streams.unsubscribe,
  watch: streams.watch,
  tail: tails.tail,
  untail: tails.untail,
  'sos.create': dispatch.sosCreate,
  'sos.raise': dispatch.sosRaise,
  'sos.cancel': dispatch.sosCancel,
  'sos.depart': dispatch.sosDepart,
  'sos.arrive': dispatch.sosArrive,
  'sos.start': dispatch.sosStart,
  'sos.resolve': dispatch.sosResolve,
  'sos.withdraw': dispatch.sosWithdraw,
  'sos.escalate': dispatch.sosEscalate,
  'sos.take_over': dispatch.sosTakeOver,
  'sos.assign': dispatch.sosAssign,
  'sos.release': dispatch.sosRelease,
  'sos.hold': dispatch.sosHold,
  'sos.unhold': dispatch.sosUnhold,
  'sos.reopen': dispatch.sosReopen,
  'sos.merge': dispatch.sosMerge,
  'sos.hand_off': dispatch.sosHandOff,
  'offer.accept': dispatch.offerAccept,
  'offer.decline': dispatch.offerDecline,
  'offer.receipt': dispatch.offerReceipt,
  'broadcast.receipt': notices.broadcastReceipt,
  'chat.send': dispatch.chatSend,
  'chat.read': dispatch.chatRead,
  'alert.acknowledge': alerts.alertAcknowledge,
  'alert.assign': alerts.alertAssign,
  'alert.resolve': alerts.alertResolve,
  'alert.cancel_sos': alerts.alertCancelSos,
  'duty.set': dispatch.dutySet,
  'record.create': records.recordCreate,
  'record.change': records.recordChange,
  'record.remove': records.recordRemove,
} as const;

export type UpKind = keyof typeof UP;
export type UpBody<K extends UpKind> = z.infer<(typeof UP)[K]>;
export type UpFrame = { [K in UpKind]: readonly [K, UpBody<K>] }[UpKind];

/** The kinds that carry a command id and are answered with `done` or `error`. */
export type CommandKind = {
  [K in UpKind]: UpBody<K> extends { id: string } ? K : never;
}[UpKind];
