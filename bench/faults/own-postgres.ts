import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { silentLogger } from '../../src/lib/log.ts';
import { migrate } from '../../src/store/migrate.ts';
import { lastLines, runCommand } from '../../src/testing/command.ts';
import { freePort } from '../../src/testing/free-port.ts';
import { findBinaries, type PostgresBinaries } from '../../src/testing/postgres/binaries.ts';
import { initialise, type User, unprivilegedUser } from '../../src/testing/postgres/cluster.ts';
import { withClient } from '../../src/testing/postgres/server.ts';
import { until } from '../../src/testing/until.ts';
import type { Cleanup } from './cleanup.ts';

/** After a power cut what was written since the last checkpoint is read through a file system in user space. */
const STARTS_WITHIN_MS = 180_000;
const ASKED_EVERY_MS = 50;
const PASSWORD = 'chaos';
const DATABASE = 'muster';
const MISSING = 'this machine has no PostgreSQL of its own';

/** A data directory, to be copied for each scenario. */
export interface PostgresTemplate {
  readonly binaries: PostgresBinaries;
  readonly user: User;
  /** Holds `data`. */
  readonly folder: string;
}

/** Makes one in `folder`, which has to be there. */
export async function prepareTemplate(folder: string, cleanup: Cleanup): Promise<PostgresTemplate> {
  const template = await emptyTemplate(folder);
  if (!template.binaries.hasPostgis) throw new Error(`${MISSING} with PostGIS`);
  const postgres = new OwnPostgres(template, join(folder, 'data'), folder, await freePort());
  cleanup.add(() => postgres.kill());
  await postgres.start();
  try {
    await withClient(postgres.urlOf('postgres'), (client) => client.query('create database muster'));
    await migrate({ connectionString: postgres.url }, silentLogger);
  } finally {
    await postgres.stop();
  }
  return template;
}

/** One that holds nothing but the database `postgres`. */
export async function emptyTemplate(folder: string): Promise<PostgresTemplate> {
  const [binaries] = await findBinaries();
  if (!binaries) throw new Error(MISSING);
  const user = await unprivilegedUser();
  if (user) chownSync(folder, user.uid, user.gid);
  await initialise(binaries, folder, PASSWORD, user);
  return { binaries, user, folder };
}

/** Copies it to `folder/data`. */
export async function copyTemplate({ folder: from, user }: PostgresTemplate, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const copied = await runCommand('cp', ['-a', join(from, 'data'), join(folder, 'data')], {
    timeoutMs: 120_000,
  });
  if (copied.code !== 0)
    throw new Error(`the data directory could not be copied: ${lastLines(copied.output)}`);
  if (user) chownSync(folder, user.uid, user.gid);
}

/** PostgreSQL whose processes can be killed and held, all of them at once. Durable as in production. */
export class OwnPostgres {
  readonly port: number;
  readonly #template: PostgresTemplate;
  readonly #data: string;
  readonly #logFolder: string;
  #child: ChildProcess | null = null;

  /** `data` is there already; the log goes to `logFolder`, so that it stays when `data` has lost its power. */
  constructor(template: PostgresTemplate, data: string, logFolder: string, port: number) {
    this.#template = template;
    this.#data = data;
    this.#logFolder = logFolder;
    this.port = port;
  }

  get url(): string {
    return this.urlOf(DATABASE);
  }

  /** The same database by another port: a line to this one. */
  urlThrough(port: number): string {
    return `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/${DATABASE}`;
  }

  urlOf(database: string): string {
    return `postgres://postgres:${PASSWORD}@127.0.0.1:${this.port}/${database}`;
  }

  get isRunning(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves when it answers. */
  async start(): Promise<void> {
    const settings = {
      listen_addresses: '127.0.0.1',
      port: String(this.port),
      unix_socket_directories: '',
      max_connections: '200',
      max_wal_size: '256MB',
      // File by file takes a minute where each goes through a process, and what a machine finds after a power cut is on its disk.
      recovery_init_sync_method: 'syncfs',
    };
    const args = ['-D', this.#data];
    for (const [name, value] of Object.entries(settings)) args.push('-c', `${name}=${value}`);
    const log = openSync(join(this.#logFolder, 'postgres.log'), 'a');
    const { binaries, user } = this.#template;
    const child = spawn(join(binaries.folder, 'postgres'), args, {
      stdio: ['ignore', log, log],
      // Ctrl-C is for the driver, which ends it in its turn.
      detached: true,
      ...user,
    });
    this.#child = child;
    process.off('exit', this.#killAtExit).once('exit', this.#killAtExit);
    await until(
      async () => {
        await new Promise((resolve) => setTimeout(resolve, ASKED_EVERY_MS));
        if (child.exitCode !== null || child.signalCode !== null) return 'ended';
        return await withClient(this.url.replace(`/${DATABASE}`, '/postgres'), async () => 'answers');
      },
      { timeoutMs: STARTS_WITHIN_MS, what: 'PostgreSQL to answer' },
    );
    if (!this.isRunning) throw new Error(`PostgreSQL ended:\n${this.lastWords()}`);
  }

  /** `kill -9` of all its processes. */
  async kill(): Promise<void> {
    const child = this.#child;
    process.off('exit', this.#killAtExit);
    if (!child || !this.isRunning) return;
    const ended = once(child, 'exit');
    const processes = this.processes();
    signal(processes, 'SIGKILL');
    await ended;
    // A child that was born in between; and the next start is refused while any of the old ones lives.
    await until(() => processes.every((pid) => !isAlive(pid)), {
      timeoutMs: 10_000,
      what: 'the processes of PostgreSQL to end',
    });
  }

  /** Holds all its processes: connections stay open and nothing is answered. */
  freeze(): void {
    signal(this.processes(), 'SIGSTOP');
  }

  thaw(): void {
    signal(this.processes(), 'SIGCONT');
  }

  /** As an operator does. */
  async stop(): Promise<void> {
    const child = this.#child;
    process.off('exit', this.#killAtExit);
    if (!child || !this.isRunning) return;
    const ended = once(child, 'exit');
    child.kill('SIGINT');
    await ended;
  }

  readonly #killAtExit = () => {
    if (this.isRunning) signal(this.processes(), 'SIGKILL');
  };

  lastWords(): string {
    return lastLines(readFileSync(join(this.#logFolder, 'postgres.log'), 'utf8'), 8);
  }

  /** The first of them is the one that starts the others. */
  processes(): number[] {
    const first = this.#child?.pid;
    return first === undefined ? [] : [first, ...childrenOf(first)];
  }
}

export function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === parent)
    .map(Number);
}

/** proc(5): the parent is the second field after the name, which stands in parentheses. */
function parentOf(pid: string): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return null;
  }
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // It has just ended by itself.
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0] !== 'Z';
  } catch {
    return false;
  }
}
