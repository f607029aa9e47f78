import type { z } from 'zod';
import * as care from './care.ts';
import * as dispatch from './dispatch.ts';
import type { sosView } from './dispatch-events.ts';
import * as errors from './errors.ts';
import * as session from './session.ts';
import * as streams from './streams.ts';
import * as tails from './tail.ts';
import * as telemetry from './telemetry.ts';

/**
 * Everything the server can send, by kind. A frame is `[kind, body]`. Unlike what clients send, unknown fields are
 * dropped and not refused: a newer node may say more, and an older client must still hear the rest.
 */
export const DOWN = {
  welcome: session.welcome,
  hb: session.heartbeatDown,
  bye: session.bye,
  resume: session.resume,
  renewed: session.renewed,
  locate: session.locate,
  ack: telemetry.ack,
  nack: telemetry.nack,
  hold: telemetry.hold,
  rate: telemetry.rate,
  done: dispatch.done,
  error: errors.error,
  subscribed: streams.subscribed,
  unsubscribed: streams.unsubscribed,
  event: streams.streamEvent,
  snapshot: streams.snapshot,
  feed: streams.feedSnapshot,
  state: streams.feedState,
  care: care.careSnapshot,
  care_state: care.careState,
  tail: tails.tailState,
  untailed: tails.untailed,
} as const;

export type DownKind = keyof typeof DOWN;
export type DownBody<K extends DownKind> = z.infer<(typeof DOWN)[K]>;
export type DownFrame = { [K in DownKind]: readonly [K, DownBody<K>] }[DownKind];
export type StreamEvent = z.infer<typeof streams.streamEvent>;
export type SosView = z.infer<typeof sosView>;
