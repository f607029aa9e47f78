import { Draft } from './draft.ts';
import type { Finding } from './finding.ts';
import type { JudgeState, Stream } from './judge-state.ts';
import { type NoDataRule, SEVERITY_OF } from './limits.ts';
import type { Sample } from './sample.ts';
import { VITAL_NAMES, type VitalName } from './vitals.ts';
import { VITAL_WORDS } from './words.ts';

/** So many times of receipt from devices, none of them later than the rule allows, are a stream. */
const STREAM_RUN = 10;

const conditionOf = (vital: VitalName) => `no_data_${VITAL_WORDS[vital]}`;

/** Notes what came, believed or not, and ends what was found for want of it. */
export function noteStreams(draft: Draft, sample: Sample, rule: NoDataRule): void {
  for (const vital of VITAL_NAMES) {
    if (sample.vitals[vital] === undefined) continue;
    const before = draft.state.streams[vital];
    const now = after(before, sample, rule.afterMs);
    if (now !== before) draft.state.streams = { ...draft.state.streams, [vital]: now };
    const told = draft.state.told[conditionOf(vital)];
    const isAwaited = rule.expected?.includes(vital) === true || sample.source === 'device';
    if (told && isAwaited) draft.end(conditionOf(vital), told, sample.recordedAtMs, { vital });
  }
}

function after(before: Stream | undefined, { source, receivedAtMs }: Sample, afterMs: number): Stream {
  const heardMs = Math.max(before?.heardMs ?? 0, receivedAtMs);
  if (source !== 'device') return { deviceMs: before?.deviceMs ?? null, run: before?.run ?? 0, heardMs };
  const deviceMs = before?.deviceMs ?? null;
  if (before && deviceMs !== null && receivedAtMs <= deviceMs) return before;
  const goesOn = deviceMs !== null && receivedAtMs - deviceMs <= afterMs;
  const run = goesOn ? Math.min(STREAM_RUN, (before?.run ?? 0) + 1) : 1;
  return { deviceMs: receivedAtMs, run, heardMs };
}

export interface Silence {
  readonly state: JudgeState;
  readonly findings: readonly Finding[];
}

/**
 * What has not come for too long at `nowMs`, by the server's clock: the one judgement that no sample leads to. It is found
 * as of the moment from which it was so, which follows from what was received. Nothing counts before `sinceMs`: nobody
 * listened then.
 */
export function silentAt(
  before: JudgeState,
  rule: NoDataRule,
  personId: string,
  { nowMs, sinceMs }: { readonly nowMs: number; readonly sinceMs: number },
): Silence {
  if (!isSilent(before, rule, { nowMs, sinceMs })) return { state: before, findings: [] };
  const draft = new Draft(before, personId);
  for (const vital of VITAL_NAMES) {
    const condition = conditionOf(vital);
    const told = draft.state.told[condition];
    if (told) {
      if (rule.expected !== null && !rule.expected.includes(vital)) {
        draft.end(condition, told, nowMs, { because: 'limits_changed' });
      }
      continue;
    }
    const lastMs = awaitedSince(before.streams[vital], vital, rule);
    const dueMs = dueAt(lastMs, rule, sinceMs);
    if (nowMs < dueMs) continue;
    draft.settle({
      type: 'no_data',
      condition,
      severity: rule.expected === null ? SEVERITY_OF.no_data : SEVERITY_OF.no_data_expected,
      isSeenNow: true,
      atMs: dueMs,
      repeatMs: Number.POSITIVE_INFINITY,
      detail: () => ({ vital, lastMs, afterMs: rule.afterMs }),
    });
  }
  return { state: draft.state, findings: draft.findings };
}

/** Whether {@link silentAt} would find anything. */
export function isSilent(
  { streams, told }: JudgeState,
  rule: NoDataRule,
  { nowMs, sinceMs }: { readonly nowMs: number; readonly sinceMs: number },
): boolean {
  return VITAL_NAMES.some((vital) =>
    told[conditionOf(vital)] === undefined
      ? nowMs >= dueAt(awaitedSince(streams[vital], vital, rule), rule, sinceMs)
      : rule.expected !== null && !rule.expected.includes(vital),
  );
}

/** Whether anything of a person was found to have stopped, and goes on being so. */
export const isToldSilent = ({ told }: JudgeState): boolean =>
  Object.values(told).some(({ type }) => type === 'no_data');

/**
 * Silence that was found here and that another node, which has heard of the person since, knows nothing of: nobody else
 * will say that it is over. `again` is what is said of it anyway.
 */
export function silenceOver(
  before: JudgeState,
  after: JudgeState,
  personId: string,
  again: readonly { readonly findings: readonly Finding[] }[],
): Finding[] {
  if (before === after || !isToldSilent(before)) return [];
  const said = new Set(again.flatMap(({ findings }) => findings.map(({ condition }) => condition)));
  return Object.entries(before.told).flatMap(([condition, { type, severity }]): Finding[] => {
    if (type !== 'no_data' || after.told[condition] || said.has(condition)) return [];
    const detail = { because: 'heard_elsewhere' };
    return [{ personId, type, condition, state: 'over', severity, atMs: after.newestMs, detail }];
  });
}

const dueAt = (lastMs: number | null, { afterMs }: NoDataRule, sinceMs: number) =>
  lastMs === null ? Number.POSITIVE_INFINITY : Math.max(lastMs, sinceMs) + afterMs;

/** When the last of what is awaited came, or since when it is awaited; null: it is not. */
function awaitedSince(
  stream: Stream | undefined,
  vital: VitalName,
  { expected, setAtMs }: NoDataRule,
): number | null {
  if (expected === null) return stream && stream.run >= STREAM_RUN ? stream.deviceMs : null;
  return expected.includes(vital) ? Math.max(stream?.heardMs ?? 0, setAtMs) : null;
}
