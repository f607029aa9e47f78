import { type Finding, finding } from './finding.ts';
import type { Entry, EntryOf } from './history.ts';

/** A call for help that is offered to somebody within this went as always. */
const ORDINARY_MS = 2_000;

/** A call for help as its people saw it. */
export interface Call {
  readonly client: string;
  readonly sosId: string | null;
  readonly askedMs: number;
  readonly answeredMs: number | null;
  /** When the first offer arrived at somebody; null: at nobody. */
  readonly offeredMs: number | null;
}

const isOffer = (entry: Entry): entry is EntryOf<'event'> | EntryOf<'provisional'> =>
  (entry.kind === 'event' || entry.kind === 'provisional') && entry.type === 'offer.sent';

export function calls(entries: readonly Entry[]): Call[] {
  const answers = new Map<string, { sosId: string; monoMs: number }>();
  const offered = new Map<string, number>();
  for (const entry of entries) {
    if (entry.kind === 'done' && entry.command === 'sos.create')
      answers.set(entry.commandId, { sosId: entry.sosId ?? '', monoMs: entry.monoMs });
    else if (isOffer(entry) && entry.sosId !== undefined)
      if (!offered.has(entry.sosId)) offered.set(entry.sosId, entry.monoMs);
  }
  return entries.flatMap((entry) => {
    if (entry.kind !== 'asked' || entry.command !== 'sos.create') return [];
    const answer = answers.get(entry.commandId);
    return [
      {
        client: entry.client,
        sosId: answer?.sosId ?? null,
        askedMs: entry.monoMs,
        answeredMs: answer?.monoMs ?? null,
        offeredMs: answer ? (offered.get(answer.sosId) ?? null) : null,
      },
    ];
  });
}

interface Recovery {
  readonly recoveryMs: number;
  /** Waits for the first offer of calls that waited at some time between the first fault and the end of the last. */
  readonly duringMs: readonly number[];
  readonly findings: readonly Finding[];
}

/** How long after the last fault somebody still had to wait. */
export function recoveryOf(
  asked: readonly Call[],
  entries: readonly Entry[],
  recoveryMsMax: number,
): Recovery {
  const begunMs = entries.find(({ kind }) => kind === 'fault')?.monoMs;
  const overMs = entries.findLast(({ kind }) => kind === 'fault_over')?.monoMs;
  if (begunMs === undefined || overMs === undefined) return { recoveryMs: 0, duringMs: [], findings: [] };
  const waited = (call: Call) => (call.offeredMs ?? call.answeredMs ?? call.askedMs) - call.askedMs;
  const during = asked.filter((call) => call.askedMs <= overMs && call.askedMs + waited(call) >= begunMs);
  const slow = asked
    .filter((call) => call.askedMs + waited(call) >= overMs && waited(call) > ORDINARY_MS)
    .sort((a, b) => a.askedMs + waited(a) - (b.askedMs + waited(b)));
  const last = slow.at(-1);
  const recoveryMs = last ? Math.round(last.askedMs + waited(last) - overMs) : 0;
  const late = slow.find((call) => call.askedMs + waited(call) - overMs > recoveryMsMax);
  const sentence = late
    ? `${late.client} called and nobody was offered ${late.sosId ?? 'it'} for ${Math.round(waited(late))} ms, until ${recoveryMs} ms after the fault (limit ${recoveryMsMax} ms)`
    : '';
  return {
    recoveryMs,
    duringMs: during.flatMap((call) => (call.offeredMs === null ? [] : [call.offeredMs - call.askedMs])),
    findings: late ? [finding('slow recovery', late.askedMs, sentence)] : [],
  };
}

/** Null: there are none. */
export function percentile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return value === undefined ? null : Math.round(value);
}
