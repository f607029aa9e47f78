import type { Current } from './current.ts';
import { type Judgement, judge } from './judge.ts';
import { type JudgedPerson, type JudgeState, NOTHING_KNOWN } from './judge-state.ts';
import type { Limits } from './limits.ts';
import type { Sample } from './sample.ts';
import { isToldSilent } from './silence.ts';
import type { Beginning } from './vigil-store.ts';

/** One person as this node knows them. */
export interface Watched {
  readonly personId: string;
  state: JudgeState;
  limits: Limits;
  person: JudgedPerson;
  /** When the newest sample came that is in the state; 0: none is. */
  heardMs: number;
  /** The same of those that came to this node. */
  heardHereMs: number;
  /** When what others heard of the person was looked up last. */
  loadedMs: number;
  /** When the first came that was judged here without the beginning. */
  judgedFromMs: number | null;
  /** What waits until the beginning is loaded; null: nothing has to wait. */
  parked: Sample[] | null;
  /** The beginning was never loaded: what is known is only what came here. */
  lacksBeginning: boolean;
}

export function newlyWatched(personId: string, limits: Limits): Watched {
  return {
    personId,
    state: NOTHING_KNOWN,
    limits,
    person: { dateOfBirth: null },
    heardMs: 0,
    heardHereMs: 0,
    loadedMs: 0,
    judgedFromMs: null,
    parked: null,
    lacksBeginning: true,
  };
}

/** What is known with everything that was loaded. */
export interface Begun {
  readonly state: JudgeState;
  readonly heardMs: number;
  /** What the samples since were judged to mean: whoever died before it was put away may not have told all of it. */
  readonly again: readonly Judgement[];
}

/** Without a state that was put away only what has just come may not have been told. */
const JUST_NOW_MS = 60_000;

/**
 * Takes up what was put away, or what is known here if that has heard of the person later, and judges the samples since,
 * up to those that were or will be judged here.
 */
export function beginningOf(
  { state, heardMs, limits, person, lacksBeginning }: Watched,
  { putAway, samples }: Pick<Beginning, 'putAway' | 'samples'>,
  { untilMs, nowMs }: { readonly untilMs: number; readonly nowMs: number },
): Begun {
  const isOwnNewer = !lacksBeginning && heardMs >= (putAway?.receivedAtMs ?? 0);
  // Of the moment of what was put away itself some may be in it and some not; judging those again changes nothing.
  const fromMs = isOwnNewer ? heardMs + 1 : (putAway?.receivedAtMs ?? 0);
  const toldFromMs = isOwnNewer || putAway ? fromMs : nowMs - JUST_NOW_MS;
  let known = isOwnNewer ? state : (putAway?.state ?? NOTHING_KNOWN);
  let newestMs = isOwnNewer ? heardMs : (putAway?.receivedAtMs ?? 0);
  const again: Judgement[] = [];
  for (const sample of samples) {
    if (sample.receivedAtMs < fromMs || sample.receivedAtMs >= untilMs) continue;
    const judgement = judge(known, sample, limits, person);
    known = judgement.state;
    newestMs = Math.max(newestMs, sample.receivedAtMs);
    if (sample.receivedAtMs >= toldFromMs) again.push(judgement);
  }
  return { state: known, heardMs: newestMs, again };
}

/** A beginning that came late, under what was judged from nothing meanwhile. */
export function putUnder(older: JudgeState, newer: JudgeState): JudgeState {
  const current: Record<string, { readonly atMs: number }> = { ...older.current };
  for (const [name, value] of Object.entries(newer.current)) {
    if ((current[name]?.atMs ?? 0) <= value.atMs) current[name] = value;
  }
  return {
    current: current as Current,
    newestMs: Math.max(older.newestMs, newer.newestMs),
    version: newer.version,
    latches: { ...older.latches, ...newer.latches },
    told: { ...older.told, ...newer.told },
    weights: [...older.weights, ...newer.weights].sort((a, b) => a.atMs - b.atMs),
    doubtful: { ...older.doubtful, ...newer.doubtful },
    streams: { ...older.streams, ...newer.streams },
    kept: newer.kept ?? older.kept,
  };
}

/** Whether anything in a sample was measured later than what is known. */
export const tellsNews = ({ current }: JudgeState, { recordedAtMs, vitals, doubts }: Sample): boolean =>
  Object.keys(vitals).some((name) => {
    const known = current[name as keyof Current];
    const isDoubted = doubts[name as keyof typeof doubts] !== undefined;
    return !isDoubted && (known?.atMs ?? Number.NEGATIVE_INFINITY) < recordedAtMs;
  });

/** Who was found silent and was looked up before `beforeMs`, those longest ago first. */
export const toldSilent = (everybody: Iterable<Watched>, beforeMs: number, limit: number): Watched[] =>
  [...everybody]
    .filter(({ parked, loadedMs, state }) => !parked && loadedMs < beforeMs && isToldSilent(state))
    .sort((a, b) => a.loadedMs - b.loadedMs)
    .slice(0, limit);
