import type { Interruption } from './interruption.ts';
import type { Progress } from './progress.ts';
import type { Scenario } from './scenario.ts';
import { MINUTE_MS } from './schedule.ts';
import type { Stage } from './stage.ts';
import { isEverybodyBack } from './world.ts';

export interface PlayOptions {
  /** Replayed minute at which the own engine is killed and started again. */
  readonly crashAtMinute: number | null;
  /** How long, in replayed time, it goes on after the window, and once all are back after a crash, while somebody waits. */
  readonly drainMs: number;
}

/** What a run was, beside what the ledger holds. */
export interface Played {
  readonly fixes: readonly { userId: string; sent: number; acknowledged: number }[];
  /** What went wrong in the SDK without stopping it, by sentence. */
  readonly problems: Readonly<Record<string, number>>;
  readonly replayedMs: number;
  readonly realMs: number;
  readonly crashes: number;
  /** The longest pause of this program itself, real milliseconds: so far can the measured times be its own doing. */
  readonly longestPauseMs: number;
  /** Calls that were due and not raised because the run ended. */
  readonly callsLeft: number;
}

const TICK_MS = 20;
const FLUSH_WITHIN_MS = 30_000;
/** Twice the longest pause after which somebody who lost their engine tries again. */
const BACK_WITHIN_MS = 60_000;
const QUIET_MS = 1_000;
const QUIET_WITHIN_MS = 20_000;

/** Plays a scenario on a stage to its end, then lets everything come to rest so that it can be counted. */
export async function play(
  scenario: Scenario,
  stage: Stage,
  options: PlayOptions,
  progress: Progress,
  interruption: Interruption,
): Promise<Played> {
  const { clock, monotonicMs } = stage.world;
  const startedMs = monotonicMs();
  clock.start();
  const crash = crashOnce(stage, options.crashAtMinute, progress, interruption);
  let [raised, longestPauseMs, tickedMs] = [0, 0, monotonicMs()];
  const raising: Promise<void>[] = [];
  const endMs = scenario.durationMs;
  let drainUntilMs = endMs + options.drainMs;
  while (!interruption.isOver) {
    const offsetMs = clock.offsetMs();
    longestPauseMs = Math.max(longestPauseMs, monotonicMs() - tickedMs - TICK_MS);
    tickedMs = monotonicMs();
    move(scenario, stage, offsetMs);
    for (
      let call = scenario.calls[raised];
      call && call.offsetMs <= offsetMs;
      call = scenario.calls[raised]
    ) {
      raised += 1;
      raising.push(
        stage.requesters.raise(call).catch((error: unknown) => interruption.fail(sentenceOf(error))),
      );
    }
    crash.tick(offsetMs);
    // Nobody can be helped meanwhile, and how long it takes is this machine's and not the replay's.
    if (crash.isAway()) drainUntilMs = Math.max(endMs, offsetMs) + options.drainMs;
    progress.show(() => line(stage, scenario, offsetMs, raised));
    if (offsetMs >= endMs && (stage.requesters.open === 0 || offsetMs >= drainUntilMs)) break;
    await interruption.wait(TICK_MS);
  }
  const replayedMs = clock.offsetMs();
  await crash.done();
  await rest(stage, raising, progress, interruption);
  return {
    fixes: stage.responders.map((responder) => ({ userId: responder.userId, ...responder.fixes })),
    problems: Object.fromEntries(stage.world.problems),
    replayedMs,
    realMs: monotonicMs() - startedMs,
    crashes: crash.count(),
    longestPauseMs,
    callsLeft: scenario.calls.length - raised,
  };
}

function move(scenario: Scenario, { responders, world }: Stage, offsetMs: number): void {
  for (const { responder, point, offsetMs: dueMs } of scenario.reportsUntil(offsetMs)) {
    const atMs = world.clock.atMs(dueMs);
    if (point) responders[responder]?.moveTo(point, atMs);
    else responders[responder]?.stand(atMs);
  }
}

function crashOnce(stage: Stage, atMinute: number | null, progress: Progress, interruption: Interruption) {
  let crashing: Promise<void> | null = null;
  /** Until those whom it served are back too. */
  let isAway = false;
  const crash = async (engine: NonNullable<Stage['engine']>) => {
    isAway = true;
    progress.say('Killing the engine (SIGKILL) and starting it again …');
    await engine.crash();
    await engine.restart().catch((error: unknown) => interruption.fail(sentenceOf(error)));
    progress.say('The engine is back.');
    await until(() => isEverybodyBack(stage.world) || interruption.isOver, BACK_WITHIN_MS, stage);
    isAway = false;
  };
  return {
    tick(offsetMs: number): void {
      if (crashing || atMinute === null || !stage.engine || offsetMs < atMinute * MINUTE_MS) return;
      crashing = crash(stage.engine);
    },
    done: async () => {
      await crashing;
    },
    isAway: () => isAway,
    count: () => (crashing ? 1 : 0),
  };
}

/**
 * Nobody answers or moves any more, everybody goes off duty so that no new offers arise, and what is on its way
 * arrives: raised calls, fixes, the closing of open offers.
 */
async function rest(
  stage: Stage,
  raising: readonly Promise<void>[],
  progress: Progress,
  interruption: Interruption,
): Promise<void> {
  if (interruption.failure !== null) return;
  progress.say('Coming to rest …');
  const { ledger, monotonicMs } = stage.world;
  for (const requester of stage.requesters.all) requester.pause();
  await within(FLUSH_WITHIN_MS, [...raising, ...stage.responders.map((responder) => responder.endDuty())]);
  await within(
    FLUSH_WITHIN_MS,
    stage.responders.map((responder) => responder.flushed()),
  );
  const isQuiet = () => monotonicMs() - ledger.lastEventAtMs >= QUIET_MS && ledger.openOffers() === 0;
  await until(isQuiet, QUIET_WITHIN_MS, stage);
}

async function within(ms: number, work: readonly Promise<void>[]): Promise<void> {
  const all = Promise.allSettled(work);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLong = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([all, tooLong]);
  clearTimeout(timer);
}

async function until(isSo: () => boolean, withinMs: number, { world }: Stage): Promise<void> {
  const deadlineMs = world.monotonicMs() + withinMs;
  while (!isSo() && world.monotonicMs() < deadlineMs) await pause(100);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function line({ world, requesters }: Stage, scenario: Scenario, offsetMs: number, raised: number): string {
  const minute = (ms: number) => Math.floor(ms / MINUTE_MS);
  const accepted = world.ledger.acknowledged.filter(({ kind }) => kind === 'accept').length;
  return (
    `minute ${minute(offsetMs)} of ${minute(scenario.durationMs)}: ${raised} of ${scenario.calls.length} calls raised, ` +
    `${accepted} accepted, ${requesters.open} open`
  );
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown error';
}
