import type { CurrentName } from './current.ts';
import { GOAL_REPEAT_MS } from './default-limits.ts';
import type { Draft } from './draft.ts';
import { SEVERITY_OF } from './limits.ts';
import type { Sample } from './sample.ts';
import { VITAL_NAMES, type VitalName } from './vitals.ts';
import { VITAL_WORDS } from './words.ts';

/**
 * Single values that can't be are everyday noise. So many in a row, over so long, are a fault of the device that somebody
 * has to look at; so many believed ones in a row say that it is mended.
 */
const FAULT_RUN = 5;
const FAULT_MS = 60_000;
const MENDED_RUN = 3;

/** Values that can't be are judged by nobody; a device that sends nothing else is found as such. */
export function judgeDoubts(
  draft: Draft,
  { doubts, recordedAtMs: atMs }: Sample,
  fresh: readonly CurrentName[],
): void {
  for (const vital of Object.keys(doubts) as VitalName[]) doubted(draft, vital, atMs, doubts[vital] ?? '');
  if (Object.keys(draft.state.doubtful).length === 0) return;
  for (const vital of VITAL_NAMES) if (fresh.includes(vital)) trusted(draft, vital, atMs);
}

const conditionOf = (vital: VitalName) => `implausible_${VITAL_WORDS[vital]}`;

function doubted(draft: Draft, vital: VitalName, atMs: number, reason: string): void {
  const before = draft.state.doubtful[vital];
  if (before && atMs <= before.lastMs) return;
  const now = { run: (before?.run ?? 0) + 1, sinceMs: before?.sinceMs ?? atMs, lastMs: atMs, believed: 0 };
  draft.state.doubtful = { ...draft.state.doubtful, [vital]: now };
  const isFault = now.run >= FAULT_RUN && atMs - now.sinceMs >= FAULT_MS;
  if (!isFault && draft.state.told[conditionOf(vital)] === undefined) return;
  draft.settle({
    type: 'vital',
    condition: conditionOf(vital),
    severity: SEVERITY_OF.implausible,
    isSeenNow: true,
    atMs,
    repeatMs: GOAL_REPEAT_MS,
    detail: () => ({ vital, reason, sinceMs: now.sinceMs }),
  });
}

function trusted(draft: Draft, vital: VitalName, atMs: number): void {
  const before = draft.state.doubtful[vital];
  if (before === undefined || atMs <= before.lastMs) return;
  const told = draft.state.told[conditionOf(vital)];
  const believed = before.believed + 1;
  if (told && believed < MENDED_RUN) {
    draft.state.doubtful = { ...draft.state.doubtful, [vital]: { ...before, lastMs: atMs, believed } };
    return;
  }
  const { [vital]: _, ...others } = draft.state.doubtful;
  draft.state.doubtful = others;
  if (told) draft.end(conditionOf(vital), told, atMs, { vital });
}
