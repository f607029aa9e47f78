import type { DownFrame } from '../protocol/down.ts';
import type { ErrorCode, errorBody } from '../protocol/errors.ts';
import type { UpBody } from '../protocol/up.ts';
import type { Outbox } from './outbox.ts';
import type { GatewayParts } from './parts.ts';
import type { Principal } from './services.ts';

export type ErrorExtra = Parameters<typeof errorBody>[1];

/** A signed-in connection, as the handlers of the message families see it. */
export interface Peer {
  readonly parts: GatewayParts;
  readonly principal: Principal;
  readonly device: UpBody<'hello'>['device'] | null;
  /** From where the socket comes. */
  readonly address: string;
  readonly outbox: Outbox;
  /** False once the socket is gone: answers that come later are dropped without a word. */
  isOpen(): boolean;
  say(frame: DownFrame): void;
  refuse(code: ErrorCode, extra?: ErrorExtra): void;
}
