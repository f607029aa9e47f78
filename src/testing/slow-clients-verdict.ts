import { quantile } from '../../bench/on-postgres.ts';
import { GATEWAY_DEFAULTS } from '../gateway/config.ts';
import type { Waits } from './overload/sos-probe.ts';

/** A difference within this is what a machine with two cores does by itself. */
const QUICK: Tolerance = { share: 1.2, noiseMs: 5 };
/** Of one round alone, and of the last time without them beside the first: chance is larger there, and harm shows all the same. */
const QUICK_ONCE: Tolerance = { share: 1.5, noiseMs: 20 };
/** From the last who has stopped to read: asked at most a ping later, looked at a sweep later, and this machine is busy. */
export const CLOSED_WITHIN_MS =
  GATEWAY_DEFAULTS.deafAfterMs + GATEWAY_DEFAULTS.pingMs + GATEWAY_DEFAULTS.sweepMs + 10_000;
/** For so long at least nobody is closed yet, and none of them reads. */
const ALL_DEAF_MS = 30_000;
interface Tolerance {
  readonly share: number;
  readonly noiseMs: number;
}

export interface SlowResult {
  readonly clients: number;
  /** From others, all the time. */
  readonly sosPerS: number;
  readonly positionsPerS: number;
  /** Of all rounds taken together: while they were not there, and while they were. */
  readonly without: Percentiles;
  readonly meanwhile: Percentiles;
  /** While they were not there: before the first came, and after the last were gone. */
  readonly first: Percentiles;
  readonly last: Percentiles;
  /** Of these, how many watch the dispatchers' feed. */
  readonly withMap: number;
  readonly boundMb: number;
  readonly rounds: readonly Round[];
  /** Of the node, and SOS that were not answered, offered or shown. */
  readonly troubles: readonly string[];
}

/** They come once, and are gone. */
export interface Round {
  /** Just before and after, taken together, and while they were there. */
  readonly around: Percentiles;
  readonly meanwhile: Percentiles;
  readonly closed: number;
  /** From when none of them reads: until the first is closed, and until all are. NaN: not in time. */
  readonly allDeafMs: number;
  readonly closedAfterMs: number;
  readonly beforeMb: number;
  readonly mostMb: number;
  /** Of so many that read again. */
  readonly readAgain: number;
  readonly resumed: number;
  /** Holes, repetitions, no close or one by another code than 4008: must be none. */
  readonly troubles: readonly string[];
}

export type Percentiles = Readonly<Record<keyof Waits, number>>;

export function p99Of(...parts: readonly Waits[]): Percentiles {
  const p99 = (what: keyof Waits) =>
    quantile(
      parts.flatMap((waits) => waits[what]),
      0.99,
    );
  return {
    ackMs: p99('ackMs'),
    offerMs: p99('offerMs'),
    feedMs: p99('feedMs'),
    positionMs: p99('positionMs'),
  };
}

const inS = (ms: number): string => `${Math.round(ms / 1_000)} s`;

const WAITS: Readonly<Record<keyof Waits, string>> = {
  ackMs: 'SOS to its acknowledgement',
  offerMs: 'SOS to the first offer',
  feedMs: 'SOS to the feed of a dispatcher',
  positionMs: 'position to its acknowledgement',
};
const waitsOf = (percentiles: Percentiles) => Object.entries(percentiles) as [keyof Waits, number][];

/** Of each wait that is longer than this allows, where and how much. */
const slower = (
  where: string,
  now: Percentiles,
  than: Percentiles,
  { share, noiseMs }: Tolerance,
): string[] =>
  waitsOf(now).flatMap(([what, ms]) => {
    const limitMs = Math.max(than[what] * share, than[what] + noiseMs);
    return ms <= limitMs
      ? []
      : [`${where}: ${WAITS[what]} ${ms.toFixed(1)} ms, limit ${limitMs.toFixed(1)} ms`];
  });

/** What is not as promised, in sentences; none: nobody is harmed. */
export function harmsOf(result: SlowResult): string[] {
  const { clients, boundMb, rounds, troubles } = result;
  // Against the first, so that what stays behind of them each time shows.
  const baseMb = rounds[0]?.beforeMb ?? 0;
  const ofRound = (round: Round, i: number): string[] => {
    const checks: readonly (readonly [isSo: boolean, sentence: string])[] = [
      [round.closed === clients, `${round.closed} of ${clients} were closed`],
      [round.closedAfterMs <= CLOSED_WITHIN_MS, `not all were closed within ${inS(CLOSED_WITHIN_MS)}`],
      [round.allDeafMs >= ALL_DEAF_MS, `some were closed before they were deaf for ${inS(ALL_DEAF_MS)}`],
      [round.mostMb - baseMb <= boundMb, `the node took ${round.mostMb} MB, limit ${baseMb + boundMb} MB`],
    ];
    const wrong = checks.flatMap(([isSo, sentence]) => (isSo ? [] : [`round ${i + 1}: ${sentence}`]));
    const found = round.troubles.map((trouble) => `round ${i + 1}: ${trouble}`);
    return [...slower(`round ${i + 1}`, round.meanwhile, round.around, QUICK_ONCE), ...wrong, ...found];
  };
  return [
    ...(rounds.length === 0 ? ['there was no round'] : []),
    ...slower('with them', result.meanwhile, result.without, QUICK),
    ...slower('when the last were gone', result.last, result.first, QUICK_ONCE),
    ...rounds.flatMap(ofRound),
    ...troubles,
  ];
}

/** Said as it goes: the whole takes minutes. */
export const roundWords = (
  n: number,
  of: number,
  { around, meanwhile }: Pick<Round, 'around' | 'meanwhile'>,
): string =>
  `round ${n} of ${of}: SOS to its acknowledgement ${around.ackMs.toFixed(1)} ms without them, ${meanwhile.ackMs.toFixed(1)} ms with them (p99)`;

const whenClosed = ({ closedAfterMs }: Round, clients: number): string =>
  Number.isNaN(closedAfterMs)
    ? `not all ${clients} within ${inS(CLOSED_WITHIN_MS)}`
    : `all after ${inS(closedAfterMs)}`;

export function sentencesOf(result: SlowResult): string {
  const { without, meanwhile, clients, rounds } = result;
  const row = ([what, ms]: [keyof Waits, number]) =>
    `  ${WAITS[what].padEnd(40)} ${without[what].toFixed(1).padStart(8)} ${ms.toFixed(1).padStart(10)}`;
  return [
    `${clients} clients that say they live and never read, ${result.withMap} of them with the map of a dispatcher, ${rounds.length} times; ${result.sosPerS} SOS and ${result.positionsPerS} positions a second from others`,
    '  p99 in ms of the others                    without       with',
    ...waitsOf(meanwhile).map(row),
    ...rounds.flatMap((round) => [
      `none read and all were connected for ${inS(round.allDeafMs)}; ${round.closed} closed as slow (4008), ${whenClosed(round, clients)}`,
      `  memory of the node ${round.beforeMb} MB before, ${round.mostMb} MB at most; bound +${Math.round(result.boundMb)} MB`,
      `  ${round.resumed} of ${round.readAgain} that read again resumed by number without a hole`,
    ]),
    ...harmsOf(result),
  ].join('\n');
}
