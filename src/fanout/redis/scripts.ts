import { readFileSync } from 'node:fs';
import type { Clock } from '../../lib/clock.ts';
import { packageRoot } from '../../lib/package-root.ts';
import { COMMAND_TIMEOUT_MS, type RedisLink } from './links.ts';

const lua = (name: string) => readFileSync(new URL(`src/fanout/redis/${name}.lua`, packageRoot), 'utf8');

/** A server that hung has read this after it was given up, and did nothing. */
export class TooLate extends Error {
  override readonly name = 'TooLate';
  readonly code = 'too_late';
}

/**
 * The scripts of this folder, as methods of a connection. What was not answered in time is never carried out later: a server that
 * hangs has it in its buffers and reads it when it goes on, so each says until when it counts, by the server's own clock. Each
 * answer tells that, by partition, because the masters of a Cluster have one each.
 */
export interface Scripts {
  /** Answers the partition's epoch. Rejects with {@link TooLate}. */
  push(
    partition: number,
    keys: { readonly rows: string; readonly epoch: string; readonly channel: string },
    what: {
      readonly epoch: string;
      readonly envelope: Uint8Array;
      readonly drop: readonly string[];
      readonly put: readonly (readonly [field: string, value: Uint8Array])[];
    },
  ): Promise<string>;
  /** Answers how long ago each node has beaten, in ms. Rejects with {@link TooLate}. */
  beat(leases: string, nodeId: string, keepMs: number, leaves: boolean): Promise<Map<string, number>>;
}

type Defined = Record<
  'musterPush' | 'musterBeat',
  (...args: (string | number | Uint8Array)[]) => Promise<unknown>
>;

export function scriptsOn(link: RedisLink, clock: Clock): Scripts {
  link.defineCommand('musterPush', { numberOfKeys: 3, lua: lua('push') });
  link.defineCommand('musterBeat', { numberOfKeys: 1, lua: lua('beat') });
  const defined = link as unknown as Defined;
  /** What the clock there is ahead of the monotonic one here, less the way of an answer. */
  const aheadMs = new Map<number | 'leases', number>();
  let lastAheadMs: number | undefined;
  const counted = async (
    place: number | 'leases',
    send: (untilMs: number) => Promise<unknown>,
  ): Promise<readonly unknown[]> => {
    // The clocks of a Cluster are about the same; where they are not, the first answer says so.
    const known = aheadMs.get(place) ?? lastAheadMs;
    const untilMs = known === undefined ? 0 : Math.trunc(clock.monotonicMs() + known + COMMAND_TIMEOUT_MS);
    const answer = await send(untilMs);
    const [time, ...rest] = Array.isArray(answer) ? answer : [];
    const toldMs = Number(time);
    lastAheadMs = Math.abs(toldMs) - clock.monotonicMs();
    aheadMs.set(place, lastAheadMs);
    if (toldMs < 0) throw new TooLate();
    return rest;
  };
  return {
    push: async (partition, { rows, epoch: epochKey, channel }, { epoch, envelope, drop, put }) => {
      const fields = [...drop, ...put.flat()];
      const [answered] = await counted(partition, (untilMs) =>
        defined.musterPush(rows, epochKey, channel, untilMs, epoch, envelope, drop.length, ...fields),
      );
      return String(answered);
    },
    beat: async (leases, nodeId, keepMs, leaves) => {
      const flat = await counted('leases', (untilMs) =>
        defined.musterBeat(leases, nodeId, keepMs, leaves ? 1 : 0, untilMs),
      );
      const ages = new Map<string, number>();
      for (let i = 0; i + 1 < flat.length; i += 2) ages.set(String(flat[i]), Number(flat[i + 1]));
      return ages;
    },
  };
}
