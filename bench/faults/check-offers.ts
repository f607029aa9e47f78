import { groupBy } from '../../src/lib/group-by.ts';
import type { Stored } from '../../src/testing/power-cut/stored.ts';
import { type Finding, finding } from './finding.ts';
import type { Entry, EntryOf } from './history.ts';

/** From then on nobody is asked through a node that answers nobody. */
const DEAD_AFTER_MS = 10_000;
/** Between a decision and its commit, and between two clocks. */
const TOLERANCE_MS = 500;

interface Dead {
  readonly node: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Offers to people whose last connection was to a node that had been dead for ten seconds. */
export function offersThroughTheDead(entries: readonly Entry[], stored: Stored): Finding[] {
  const clock = entries.find((entry) => entry.kind === 'clock');
  const dead = deadIn(entries);
  if (!clock || dead.length === 0) return [];
  const aheadMs = clock.wallMs - clock.monoMs;
  const clients = groupBy(entries, ({ client }) => client);
  return [...clients.values()].flatMap((own) => {
    const userId = own.find((entry) => entry.kind === 'client')?.userId;
    if (userId === undefined) return [];
    const opened = own.filter((entry): entry is EntryOf<'open'> => entry.kind === 'open');
    return stored.events
      .filter(({ stream, type }) => stream === `inbox:${userId}` && type === 'offer.sent')
      .flatMap(({ atMs, data }) => {
        const monoMs = atMs - aheadMs;
        const through = opened.findLast((one) => one.monoMs <= monoMs);
        const gone = dead.find(
          ({ node, fromMs, toMs }) =>
            through?.node === node &&
            through.monoMs <= fromMs &&
            monoMs > fromMs + DEAD_AFTER_MS + TOLERANCE_MS &&
            monoMs < toMs,
        );
        if (!gone) return [];
        const agoMs = Math.round(monoMs - gone.fromMs);
        const who = own[0]?.client ?? userId;
        const sentence = `${who} was offered SOS ${String(data.sosId)} through node ${gone.node}, dead for ${agoMs} ms`;
        return [finding('dead offer', monoMs, sentence)];
      });
  });
}

function deadIn(entries: readonly Entry[]): Dead[] {
  return entries.flatMap((entry) => {
    if (entry.kind !== 'fault' || entry.deadNode === null) return [];
    const over = entries.find(
      (other) => other.kind === 'fault_over' && other.what === entry.what && other.monoMs >= entry.monoMs,
    );
    const toMs = over?.monoMs ?? Number.POSITIVE_INFINITY;
    return [{ node: entry.deadNode, fromMs: entry.monoMs, toMs }];
  });
}
