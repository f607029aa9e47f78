import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { AuditLog } from './accounts/audit.ts';
import { isAnybodyThere, oneTimeToken } from './accounts/one-time-links.ts';
import { openOperator } from './accounts/operator.ts';
import { openPasswords } from './accounts/passwords.ts';
import { MusterHttp, signedInToken } from './client/node.ts';
import { type Config, readEnv, toConfig } from './config.ts';
import { systemClock } from './lib/clock.ts';
import { uuidV7Maker } from './lib/ids.ts';
import { silentLogger } from './lib/log.ts';
import { noMetrics } from './lib/metric.ts';
import { processIo } from './sim/command-io.ts';
import { OwnEngine } from './sim/own-engine.ts';
import { Progress } from './sim/progress.ts';
import { type Demo, demoPlan } from './sim/seed/plan.ts';
import { type Made, writeDemo } from './sim/seed/write-demo.ts';
import { UsageError } from './sim/usage-error.ts';
import type { Db } from './store/db.ts';
import { openStore } from './store/open-store.ts';

const USAGE = `muster seed [--seed N] [--patients N] [--days N] [--beside]

Fills a database with a demo: those who care, volunteers who are verified, and patients with weeks of vital signs,
medication and doses, sleep, meals, exercise, appointments, findings, a calendar and letters. All of it is made up, the
same for the same seed and day, and written through the doors that everybody uses.

  --seed N       which demo (default 1)
  --patients N   how many patients, 1 to 30 (default 8)
  --days N       how many days of theirs lie behind them, 3 to 90 (default 28)
  --beside       also where there are people already; not given: such a database is refused

Nobody has a password that anybody knows. What is printed at the end are links, good for 24 hours and once each, with which
one chooses a password for one of these accounts: keep them to yourself. Nothing is sent to anybody.

The database is the one of DATABASE_URL, else the embedded one in MUSTER_DATA_DIR, whose node must not run meanwhile.
Exit code 0: done. 1: refused or failed. 2: wrong use.
`;

const DAY_MS = 86_400_000;
const LINK_LIFE_MS = DAY_MS;
const common = { clock: systemClock, log: silentLogger, metrics: noMetrics };

interface Asked {
  readonly seed: number;
  readonly patients: number;
  readonly days: number;
  readonly isBeside: boolean;
}

/** `muster seed`. The answer is the exit code. */
export async function seedCommand(argv: readonly string[]): Promise<number> {
  if (argv.includes('--help')) {
    process.stdout.write(USAGE);
    return 0;
  }
  try {
    const asked = parse(argv);
    const configured = toConfig(readEnv(process.env));
    if (!configured.ok) throw new UsageError(configured.problems.join('\n'));
    await seed(asked, configured.config);
    return 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : 'failed'}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function seed(asked: Asked, config: Config): Promise<void> {
  const progress = new Progress(processIo(), systemClock.monotonicMs);
  const demo = demoPlan({ ...asked, nowMs: systemClock.nowMs() });
  const password = randomUUID();
  progress.say('Opening the database …');
  const admin = await withDb(config, (db) => firstOf(db, demo, password, asked));
  const made = await throughANode(demo, { email: demo.admin.email, password }, config, progress);
  const links = await withDb(config, (db) => linksOf(db, [admin, ...made], config));
  for (const link of links) process.stdout.write(`${link}\n`);
}

async function withDb<T>(config: Config, work: (db: Db) => Promise<T>): Promise<T> {
  const stores = await openStore({ ...config, ...common });
  try {
    return await work(stores.db);
  } finally {
    await stores.close();
  }
}

/** The administrator of the demo, straight on the database: there is nobody yet who could let them in. */
async function firstOf(db: Db, { admin: person }: Demo, password: string, asked: Asked): Promise<Made> {
  if (!asked.isBeside && (await isAnybodyThere(db)))
    throw new Error(
      'There are people in this database already: say --beside if the demo may come beside them.',
    );
  const newId = uuidV7Maker(systemClock.nowMs, Math.random);
  const operator = openOperator({ db, newId, passwords: await openPasswords(common) });
  const name = `${person.firstName} ${person.lastName}`;
  const grants = ['admin', 'dispatcher'] as const;
  const made = await operator.create({ email: person.email, name, password, grants });
  if (!made.ok) {
    throw new Error(
      made.code === 'email_taken'
        ? `The demo of seed ${asked.seed} is there already: take another --seed.`
        : `The administrator could not be made: ${made.code}.`,
    );
  }
  const audit = new AuditLog({ ...common, db, newId });
  audit.record({
    actorId: null,
    grants: ['operator'],
    action: 'seed',
    resourceKind: 'account',
    subjectUserId: made.value.userId,
    purpose: 'administration',
    outcome: 'allowed',
  });
  await audit.stop();
  return { as: 'administrator', person, userId: made.value.userId };
}

/** What it knows of the world: where the database is, and nothing that it could send anything to. */
const KEPT = /^(?!MUSTER_|REDIS_URL$)|^MUSTER_(MIGRATION_DATABASE_URL|DATABASE_ROLE|STORE_TIMEOUT_MS)$/;

async function throughANode(
  demo: Demo,
  credentials: { readonly email: string; readonly password: string },
  { databaseUrl, dataDir }: Config,
  progress: Progress,
): Promise<Made[]> {
  let died = '';
  const engine = await OwnEngine.start({
    databaseUrl,
    ...(databaseUrl === null && { dataDir: resolve(dataDir) }),
    env: {
      ...Object.fromEntries(Object.entries(process.env).filter(([name]) => KEPT.test(name))),
      MUSTER_REQUIRE_SECOND_FACTOR: 'false',
    },
    onDeath: (sentence) => {
      died = sentence;
    },
  });
  try {
    const http = new MusterHttp(engine.url);
    const adminToken = signedInToken(http, credentials, systemClock);
    return await writeDemo(demo, { http, adminToken, random: Math.random, progress });
  } catch (error) {
    throw died === '' ? error : new Error(died);
  } finally {
    await engine.stop();
    await engine.remove();
  }
}

async function linksOf(db: Db, made: readonly Made[], { publicUrl, port }: Config): Promise<string[]> {
  const at = publicUrl ?? `http://localhost:${port}`;
  const order = ['administrator', 'doctor', 'nurse', 'therapist', 'volunteer', 'patient'];
  const sorted = made.toSorted((a, b) => order.indexOf(a.as) - order.indexOf(b.as));
  const lines: string[] = [];
  for (const { as, person, userId } of sorted) {
    const token = await oneTimeToken(db, userId, LINK_LIFE_MS);
    lines.push(`${as.padEnd(13)}  ${person.email.padEnd(32)}  ${at}/password-reset#token=${token}`);
  }
  return lines;
}

function parse(argv: readonly string[]): Asked {
  const option = { type: 'string' } as const;
  const options = { seed: option, patients: option, days: option, beside: { type: 'boolean' } } as const;
  const values = (() => {
    try {
      return parseArgs({ args: [...argv], options }).values;
    } catch (error) {
      throw new UsageError(error instanceof Error ? error.message : 'That is not understood.');
    }
  })();
  const whole = (name: 'seed' | 'patients' | 'days', fallback: number, least: number, most: number) => {
    const text = values[name] ?? String(fallback);
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most)
      throw new UsageError(`--${name} is a whole number from ${least} to ${most}.`);
    return value;
  };
  return {
    seed: whole('seed', 1, 0, 2 ** 31),
    patients: whole('patients', 8, 1, 30),
    days: whole('days', 28, 3, 90),
    isBeside: values.beside ?? false,
  };
}
