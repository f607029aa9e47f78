import type { Standing, UnnumberedStore } from '../apps/unnumbered-store.ts';
import { keyOf } from '../lanes/types.ts';

/** A store that keeps nothing but what it has seen, to find what a file repeats. */
export function dryStore(): UnnumberedStore {
  const seen = new Set<string>();
  return {
    async commit(knocks, _receivedAtMs, decide) {
      const standings = knocks.map(({ device, keys }): [string, Standing] => {
        const fresh = new Set(keys.filter((key) => !seen.has(key)));
        for (const key of keys) seen.add(key);
        return [keyOf(device), { seq: 0, last: null, fresh }];
      });
      return decide(new Map(standings));
    },
    lastFix: async () => null,
  };
}
