import { readFileSync } from 'node:fs';
import { UsageError } from './usage-error.ts';

type Body = { readonly base: Record<string, unknown>; readonly overrides: unknown[] };

const DAY_MS = 86_400_000;

/**
 * What a programme does that alerts the nearest so many within a radius, all at once and by distance alone, on top of the
 * slots of the policy in force: one wave, no second one, nobody made up for, and a dispatcher when time is up.
 */
function nearest(count: number, radiusM: number) {
  return {
    waveSizeMin: count,
    waveSizeMax: count,
    denseWaveSizeMax: count,
    alertsMax: count,
    radiusStartM: radiusM,
    radiusMaxM: radiusM,
    waveTimerMs: DAY_MS,
    unreachableAfterMs: DAY_MS,
    retryMs: DAY_MS,
    acceptanceWeight: 0,
    fairness7Ms: 0,
    fairness30Ms: 0,
    speedObservedMaxMps: 0.1,
    noMovementMs: DAY_MS,
    reservesMax: 0,
    locateRadiusM: 0,
    ladder: [
      { step: 'dispatchers', afterMs: 180_000 },
      { step: 'hand_off', afterMs: 300_000 },
    ],
  };
}

/** Published ones to compare with, by their names at `--policy`. */
const PUBLISHED: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'nearest-3-500m': nearest(3, 500),
  'nearest-30-1300m': nearest(30, 1_300),
};

export const POLICY_NAMES = ['default', ...Object.keys(PUBLISHED)];

/** Makes the policy of a run out of the one in force. */
export type ChoosePolicy = (inForce: unknown) => unknown;

/** What `--policy` asks for: the one in force (`default`), a published one, or a file with a whole policy as JSON. */
export function choosePolicy(name: string): ChoosePolicy {
  if (name === 'default') return (inForce) => inForce;
  const published = Object.hasOwn(PUBLISHED, name) ? PUBLISHED[name] : undefined;
  if (published) return (inForce) => withRule(inForce as Body, published);
  const body = readBody(name);
  return () => body;
}

/** The fields of one rule over everything, what single types want aside. */
function withRule({ base, overrides }: Body, rule: Readonly<Record<string, unknown>>): Body {
  const slotsOnly = overrides.map((override) => {
    const { rule: own, ...what } = override as { rule: Record<string, unknown> };
    return { ...what, rule: 'slots' in own ? { slots: own.slots } : {} };
  });
  return { base: { ...base, ...rule }, overrides: slotsOnly };
}

function readBody(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const why = error instanceof SyntaxError ? 'holds no JSON' : `can't be read (${codeOf(error)})`;
    throw new UsageError(`--policy is ${POLICY_NAMES.join(', ')} or the path of a policy; ${path} ${why}.`);
  }
}

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? 'unknown';
