/**
 * How much of what can wait is given up so that an SOS does not wait. 0: nothing. 1: less of what is state (positions are
 * sampled half as often, viewers hear once a second). 2: positions only of those in an open SOS, no looking back. 3: only
 * SOS, chat and alarms. Order never changes: SOS, then chat, then alarms, then positions; no level refuses an SOS.
 */
export type OverloadLevel = 0 | 1 | 2 | 3;

export const OVERLOAD_CAUSES = ['event_loop', 'store', 'memory', 'outboxes'] as const;
export type OverloadCause = (typeof OVERLOAD_CAUSES)[number];

/** How a node stands; the cause is null at level 0. */
export interface Overload {
  readonly level: OverloadLevel;
  readonly cause: OverloadCause | null;
}

export const CALM: Overload = { level: 0, cause: null };

/** What was measured since the last look. */
export interface Pressure {
  /** How late the event loop was, p99. */
  readonly loopDelayMs: number;
  /** The longest that anything waited for a connection to the store. */
  readonly storeWaitMs: number;
  /** Of what the process may take up, 0 to 1. */
  readonly memoryShare: number;
  /** What waits in all outboxes, as a share of the same. */
  readonly outboxShare: number;
}

interface Trigger {
  readonly cause: OverloadCause;
  readonly read: (pressure: Pressure) => number;
  /** Above the first, level 1, and so on. */
  readonly from: readonly [number, number, number];
  /** A level is left below this share of where it begins. */
  readonly leaveShare: number;
}

const NEVER = Number.POSITIVE_INFINITY;

/**
 * What brings a node to a level, `loopFromMs` being how late its event loop may be. Three and ten times that, as in 50,
 * 150 and 500 ms, are where one frame of everybody takes as long as a person notices, and as long as an SOS may take.
 */
export function overloadTriggers(loopFromMs: number): readonly Trigger[] {
  return [
    {
      cause: 'event_loop',
      read: ({ loopDelayMs }) => loopDelayMs,
      from: [loopFromMs, 3 * loopFromMs, 10 * loopFromMs],
      leaveShare: 0.6,
    },
    // What waits for the store is lists and exports; positions have a queue of their own.
    {
      cause: 'store',
      read: ({ storeWaitMs }) => storeWaitMs,
      from: [NEVER, 4 * loopFromMs, NEVER],
      leaveShare: 0.5,
    },
    // Memory is given back late and never wholly, so what it has reached is left soon.
    {
      cause: 'memory',
      read: ({ memoryShare }) => memoryShare,
      from: [NEVER, 0.8, 0.85],
      leaveShare: 0.95,
    },
    {
      cause: 'outboxes',
      read: ({ outboxShare }) => outboxShare,
      from: [0.1, 0.2, NEVER],
      leaveShare: 0.6,
    },
  ];
}

/** How a node stands after one more look: at most one step from where it stood. */
export function nextOverload(before: Overload, pressure: Pressure, triggers: readonly Trigger[]): Overload {
  let wanted = CALM;
  for (const trigger of triggers) {
    const level = levelOf(before.level, trigger.read(pressure), trigger);
    if (level > wanted.level) wanted = { level, cause: trigger.cause };
  }
  if (wanted.level === before.level) return wanted;
  const level = (before.level + (wanted.level > before.level ? 1 : -1)) as OverloadLevel;
  // On the way down nothing asks for a level any more: what has asked for it is still why.
  return level === 0 ? CALM : { level, cause: wanted.cause ?? before.cause };
}

/** The highest level that a value reaches, or has reached and not left yet. */
function levelOf(before: OverloadLevel, value: number, { from, leaveShare }: Trigger): OverloadLevel {
  let level = 0;
  from.forEach((begins, i) => {
    if (value > begins || (before > i && value >= begins * leaveShare)) level = i + 1;
  });
  return level as OverloadLevel;
}

/** How often state goes out: as it is, but no more than once a second while there is too much to do. */
export const tickMsAt = (level: OverloadLevel, tickMs: number): number =>
  level === 0 ? tickMs : Math.max(1_000, tickMs);
