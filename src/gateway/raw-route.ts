import type { TemplatedApp } from 'uWebSockets.js';
import { BodyRoom, readWhole } from './body.ts';
import { type Asked, Exchange, noted, PLAIN, type Reply, readHead, refusal } from './http.ts';
import type { GatewayParts } from './parts.ts';

/** A request whose body is nobody's business but its handler's. */
export interface RawAsked extends Omit<Asked, 'body'> {
  /** Null: it was larger than its cap. */
  readonly content: Uint8Array | null;
  /** How long this address ought to wait; 0 when it need not. What is urgent goes before that. */
  readonly addressWaitMs: number;
  /** Nobody that is known was here, in the words of the log; whatever they are answered. */
  readonly noteStranger: () => void;
}

export type RawHandler = (asked: RawAsked) => Promise<Reply> | Reply;

export interface RawLimits {
  /** What is kept of one body. A larger one is read to its end all the same: its sender would send it again for ever. */
  readonly maxBytes: number;
  /** What all bodies of these routes may take up together while they come in. */
  readonly room: BodyRoom;
}

export const APP_BODIES = new BodyRoom(32 * 1024 * 1024);

const NOTHING = new Uint8Array();

/**
 * A route of programs that we did not write and that we can't teach: any type of content or none, any bytes, and limits
 * that are told to the handler instead of being enforced, because these programs throw away what is refused with a 4xx.
 */
export function addRawRoute(
  app: TemplatedApp,
  parts: GatewayParts,
  method: 'get' | 'post',
  pattern: string,
  { maxBytes, room }: RawLimits,
  handler: RawHandler,
): void {
  const route = `${method} ${pattern}`;
  app[method](pattern, (res, req) => {
    const exchange = new Exchange(res, req, parts, route);
    exchange.guard(async () => {
      const head = { ...readHead(res, req, parts, 0, PLAIN), route };
      const addressWaitMs = parts.doorLimits.addressWaitMs(head.address, route);
      const noteStranger = () => void noted(parts, head, refusal('not_authenticated'));
      const work = async (content: Uint8Array | null) =>
        handler({ ...head, content, addressWaitMs, noteStranger });
      if (method === 'get') return work(NOTHING);
      const body = await readWhole(res, { maxBytes, room, onTaken: (release) => exchange.whenOver(release) });
      if (body.isBusy) return { ...refusal('busy'), closes: true };
      return work(body.bytes);
    });
  });
}
