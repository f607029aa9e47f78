import { readFileSync } from 'node:fs';
import { packageRoot } from '../../lib/package-root.ts';
import type { RedisLink } from './links.ts';

const lua = (name: string) => readFileSync(new URL(`src/fanout/redis/${name}.lua`, packageRoot), 'utf8');

/** The scripts of this folder, as methods of a connection. */
export interface Scripts {
  /** Answers the partition's epoch. */
  push(
    keys: { readonly rows: string; readonly epoch: string; readonly channel: string },
    what: {
      readonly epoch: string;
      readonly envelope: Uint8Array;
      readonly drop: readonly string[];
      readonly put: readonly (readonly [field: string, value: Uint8Array])[];
    },
  ): Promise<string>;
  /** Answers how long ago each node has beaten, in ms. */
  beat(leases: string, nodeId: string, keepMs: number, leaves: boolean): Promise<Map<string, number>>;
}

type Defined = Record<
  'musterPush' | 'musterBeat',
  (...args: (string | number | Uint8Array)[]) => Promise<unknown>
>;

export function scriptsOn(link: RedisLink): Scripts {
  link.defineCommand('musterPush', { numberOfKeys: 3, lua: lua('push') });
  link.defineCommand('musterBeat', { numberOfKeys: 1, lua: lua('beat') });
  const defined = link as unknown as Defined;
  return {
    push: async ({ rows, epoch: epochKey, channel }, { epoch, envelope, drop, put }) =>
      String(
        await defined.musterPush(
          rows,
          epochKey,
          channel,
          epoch,
          envelope,
          drop.length,
          ...drop,
          ...put.flat(),
        ),
      ),
    beat: async (leases, nodeId, keepMs, leaves) => {
      const flat = await defined.musterBeat(leases, nodeId, keepMs, leaves ? 1 : 0);
      const ages = new Map<string, number>();
      if (!Array.isArray(flat)) return ages;
      for (let i = 0; i + 1 < flat.length; i += 2) ages.set(String(flat[i]), Number(flat[i + 1]));
      return ages;
    },
  };
}
