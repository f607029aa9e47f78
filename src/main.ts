#!/usr/bin/env node

interface Command {
  readonly about: string;
  /** Answers the exit code. Loaded only when asked for, so that no command waits for another's modules. */
  readonly run: (argv: string[]) => Promise<number>;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  serve: {
    about: 'run a node; settings come from the environment, see serve --help',
    run: async (argv) => (await import('./serve.ts')).serveCommand(argv),
  },
  replay: {
    about: 'replay recorded emergency calls and tracks through a node',
    run: async (argv) => (await import('./sim/replay.ts')).replayCommand(argv),
  },
  'replay-vitals': {
    about: 'stream recorded vital signs through a node and compute again what they led to',
    run: async (argv) => (await import('./sim/vitals/replay-vitals.ts')).replayVitalsCommand(argv),
  },
  simulate: {
    about: 'run a seeded synthetic city through a node',
    run: async (argv) => (await import('./sim/simulate.ts')).simulateCommand(argv),
  },
  user: {
    about: 'accounts straight on the database: list, create, grant, suspend, export, erase',
    run: async (argv) => (await import('./user-command.ts')).userCommand(argv),
  },
  import: {
    about: 'positions, vital signs and records from files, with pounds, ounces, miles and °F converted',
    run: async (argv) => (await import('./import-command.ts')).importCommand(argv),
  },
  migrate: {
    about: 'bring the database to a version, forward or back, and say where it is',
    run: async (argv) => (await import('./migrate-command.ts')).migrateCommand(argv),
  },
  seed: {
    about: 'fill a database with made-up people and their records, for a demo',
    run: async (argv) => (await import('./seed-command.ts')).seedCommand(argv),
  },
  backfill: {
    about: 'fill in what a migration left for later, in batches beside those who write',
    run: async (argv) => (await import('./backfill-command.ts')).backfillCommand(argv),
  },
  mask: {
    about: 'a masked copy of a database for development',
    run: async (argv) => (await import('./mask-command.ts')).maskCommand(argv),
  },
  'push-keys': {
    about: 'a new pair of keys for Web Push, as settings',
    run: async (argv) => (await import('./push-keys-command.ts')).pushKeysCommand(argv),
  },
  audit: {
    about: 'verify: see whether anything in the audit log was changed',
    run: async (argv) => (await import('./audit-command.ts')).auditCommand(argv),
  },
};

const [name = '--help', ...argv] = process.argv.slice(2);
const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
if (command) {
  process.exitCode = await command.run(argv);
} else {
  const isHelp = name === '--help' || name === '-h' || name === 'help';
  const rows = Object.entries(COMMANDS).map(([known, { about }]) => `  muster ${known.padEnd(13)} ${about}`);
  const page = `Muster, realtime dispatch and telemetry.\n\n${rows.join('\n')}\n`;
  (isHelp ? process.stdout : process.stderr).write(
    isHelp ? page : `There is no command "${name}".\n\n${page}`,
  );
  process.exitCode = isHelp ? 0 : 2;
}
