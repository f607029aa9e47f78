import { Flags, RUN_FLAGS, type RunSettings, runSettings } from './args.ts';
import { type CommandIo, processIo } from './command-io.ts';
import { checkDatabase, type DatabaseCheck } from './database-check.ts';
import { readStored } from './database-source.ts';
import { Interrupted, Interruption } from './interruption.ts';
import { type Played, play } from './play.ts';
import { Progress } from './progress.ts';
import { exitCodeOf, makeReport, seenFigures } from './report.ts';
import { reportLines } from './report-text.ts';
import type { InputReport, Scenario } from './scenario.ts';
import { type Stage, setStage } from './stage.ts';
import { UsageError } from './usage-error.ts';

/** What makes one command out of another: its flags, and the scenario that they ask for. */
export interface CommandSpec {
  readonly help: string;
  readonly flags: ConstructorParameters<typeof Flags>[1];
  /** Reads the flags that are the command's own, without touching a file yet. */
  prepare(flags: Flags): { minutes: number; scenario(): Promise<Prepared> };
}

export interface Prepared {
  readonly scenario: Scenario;
  readonly input: InputReport | null;
}

/** Runs a command to its exit code: 0 all is well, 1 something that must hold did not, 2 can't be used so. */
export async function runCommand(spec: CommandSpec, argv: readonly string[], io: CommandIo = processIo()) {
  try {
    const flags = new Flags(argv, { ...RUN_FLAGS, ...spec.flags });
    if (flags.isSet('help')) {
      io.out(spec.help);
      return 0;
    }
    const { minutes, scenario } = spec.prepare(flags);
    const settings = runSettings(flags, io.env, minutes);
    return await runAndReport(await scenario(), settings, io);
  } catch (error) {
    if (error instanceof UsageError) {
      io.err(`${error.message}\n`);
      return 2;
    }
    io.err(`${error instanceof Error ? error.message : 'Something unknown failed.'}\n`);
    return error instanceof Interrupted ? 130 : 1;
  }
}

async function runAndReport(
  { scenario, input }: Prepared,
  settings: RunSettings,
  io: CommandIo,
): Promise<number> {
  const progress = new Progress(io, () => performance.now());
  const interruption = new Interruption();
  const ignoreInterrupts = io.onInterrupt(() => interruption.ask());
  try {
    const stage = await setStage(scenario, settings, io, progress, interruption);
    try {
      const played = await play(scenario, stage, settings, progress, interruption);
      await stage.leave();
      const failures = failuresOf(stage, interruption);
      const check = await compare(stage, played, settings, failures);
      const report = makeReport({
        ledger: stage.world.ledger,
        played,
        speed: settings.speed,
        policyName: settings.policyName,
        input,
        check,
        responders: stage.responders.length,
        wasInterrupted: interruption.isAsked,
        failures,
      });
      for (const line of reportLines(report)) io.out(line);
      if (settings.json) io.out(JSON.stringify(report));
      return exitCodeOf(report);
    } finally {
      await stage.leave();
      await stage.remove();
    }
  } finally {
    ignoreInterrupts();
    progress.end();
  }
}

function failuresOf({ dispatcher }: Stage, { failure }: Interruption): string[] {
  const { endedBecause } = dispatcher;
  return [
    ...(failure === null ? [] : [failure]),
    ...(endedBecause === null ? [] : [`The dispatchers' feed was refused: ${endedBecause}`]),
  ];
}

async function compare(
  stage: Stage,
  played: Played,
  settings: RunSettings,
  failures: string[],
): Promise<DatabaseCheck | null> {
  const { ledger } = stage.world;
  try {
    const stored = await readStored(stage.engine, settings.databaseUrl, {
      sosIds: ledger.sosIds,
      responderIds: played.fixes.map(({ userId }) => userId),
    });
    return stored && checkDatabase(ledger, seenFigures(ledger, played), stored, played.fixes);
  } catch (error) {
    failures.push(
      `The database could not be read: ${error instanceof Error ? error.message : 'unknown error'}`,
    );
    return null;
  }
}
