import { perObject } from '../lib/per-object.ts';
import { encode } from '../protocol/codec.ts';
import type { DownBody, DownFrame } from '../protocol/down.ts';
import type { Encoding } from '../protocol/version.ts';
import type { LogEvent } from './types.ts';

const utf8 = new TextEncoder();

/** A frame on its way to one or many sockets: encoded when first asked for, once per encoding. */
export class SharedFrame {
  readonly frame: DownFrame;
  #msgpack: Uint8Array | undefined;
  #json: Uint8Array | undefined;

  constructor(frame: DownFrame) {
    this.frame = frame;
  }

  bytes(encoding: Encoding): Uint8Array {
    if (encoding === 'msgpack') {
      this.#msgpack ??= bytesOf(this.frame, encoding);
      return this.#msgpack;
    }
    this.#json ??= bytesOf(this.frame, encoding);
    return this.#json;
  }
}

function bytesOf(frame: DownFrame, encoding: Encoding): Uint8Array {
  const encoded = encode(frame, encoding);
  return typeof encoded === 'string' ? utf8.encode(encoded) : encoded;
}

/** The frame of an event as a viewer may see it. All who see the very same object share one frame. */
export const eventFrame: (seen: LogEvent) => SharedFrame = perObject(
  (seen: LogEvent) => new SharedFrame(frameOf(seen)),
);

function frameOf({ stream, seq, atMs, actorId, type, data }: LogEvent): DownFrame {
  return ['event', { stream, seq, atMs, actorId, type, data } as DownBody<'event'>];
}

/** The frame of an event that is not in the log. `seq`: of the last one of its stream that was sent before it. */
export function foretoldFrame(seen: LogEvent, seq: number): SharedFrame {
  const { stream, atMs, actorId, type, data } = seen;
  return new SharedFrame([
    'event',
    { stream, seq, atMs, actorId, type, data, isProvisional: true } as DownBody<'event'>,
  ]);
}
