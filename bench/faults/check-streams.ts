import { groupBy } from '../../src/lib/group-by.ts';
import type { Stored } from '../../src/testing/power-cut/stored.ts';
import { type Finding, finding } from './finding.ts';
import type { Entry, EntryOf } from './history.ts';

/** Times are kept in microseconds and told in milliseconds. */
const ROUNDED_MS = 1;

type Step = EntryOf<'subscribed'> | EntryOf<'event'> | EntryOf<'snapshot'> | EntryOf<'unsubscribed'>;

const isStep = (entry: Entry): entry is Step =>
  entry.kind === 'subscribed' ||
  entry.kind === 'event' ||
  entry.kind === 'snapshot' ||
  entry.kind === 'unsubscribed';

/** Every subscription by itself, and what it should have ended with. Each is blamed for its first fault only. */
export function streamFindings(entries: readonly Entry[], stored: Stored): Finding[] {
  const events = groupBy(stored.events, ({ stream }) => stream);
  const settledMs = entries.find(({ kind }) => kind === 'settled')?.monoMs ?? null;
  const subscriptions = groupBy(entries.filter(isStep), ({ client, subscription }) =>
    [client, subscription].join('/'),
  );
  return [...subscriptions.values()].flatMap((steps) => {
    const stream = steps[0]?.stream ?? '';
    const log = new Map((events.get(stream) ?? []).map((event) => [event.seq, event]));
    const { found, last, isEnded } = walk(steps, log);
    if (found) return [found];
    const head = stored.heads.get(stream) ?? 0;
    // Only what was followed to the end has to end with the newest.
    if (settledMs === null || isEnded || last === null || last >= head) return [];
    const client = steps[0]?.client ?? '';
    const sentence = `${client} was told ${last} of the ${head} events of ${stream}, and nothing after`;
    return [finding('stream', steps.at(-1)?.monoMs ?? settledMs, sentence, head - last)];
  });
}

interface Walked {
  readonly found: Finding | null;
  /** The last number that was told or covered by a snapshot. */
  readonly last: number | null;
  readonly isEnded: boolean;
}

function walk(steps: readonly Step[], log: ReadonlyMap<number, Stored['events'][number]>): Walked {
  let last: number | null = null;
  let isEnded = false;
  for (const step of steps) {
    if (step.kind === 'subscribed') last = step.afterSeq;
    else if (step.kind === 'snapshot') last = step.seq;
    else if (step.kind === 'unsubscribed') isEnded = true;
    else {
      const why = wrongWith(step, last, log);
      if (why !== null) {
        const sentence = `${step.client} was told ${step.type} as number ${step.seq} of ${step.stream} ${why}`;
        return { found: finding('stream', step.monoMs, sentence), last, isEnded };
      }
      last = step.seq;
    }
  }
  return { found: null, last, isEnded };
}

function wrongWith(
  { seq, type, atMs }: EntryOf<'event'>,
  last: number | null,
  log: ReadonlyMap<number, Stored['events'][number]>,
): string | null {
  if (last === null) return 'before any snapshot';
  if (seq <= last) return `after number ${last}`;
  if (seq > last + 1) return `straight after number ${last}`;
  const event = log.get(seq);
  if (!event) return 'and the log has no such number';
  if (event.type !== type) return `and the log has ${event.type} there`;
  return Math.abs(event.atMs - atMs) > ROUNDED_MS ? 'and the log has it at another time' : null;
}
