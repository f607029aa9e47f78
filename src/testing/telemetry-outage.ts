import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { MusterClient } from '../client/node.ts';
import { type Db, sql } from '../store/db.ts';
import { ownerDb } from './owner-db.ts';
import { findBinaries } from './postgres/binaries.ts';
import { startCluster } from './postgres/cluster.ts';
import { withClient } from './postgres/server.ts';
import { wholeNumber } from './proof-options.ts';
import { type ProofEngine, startProofEngine } from './telemetry/proof-engine.ts';
import { until } from './until.ts';

const BEFORE_S = 10;
const AFTER_S = 10;
const DEVICES_PER_PERSON = 5;
const CAUGHT_UP_WITHIN_MS = 300_000;
const GROWTH_MB_MAX = 100;

export interface OutageResult {
  readonly devices: number;
  readonly seconds: number;
  readonly sent: number;
  readonly acknowledgedBefore: number;
  /** While the database was stopped, a moment after it was: must be 0. */
  readonly acknowledgedMeanwhile: number;
  /** Acknowledged, and not stored: must be 0. */
  readonly lost: number;
  /** Sent, never acknowledged, and not stored at the end: must be 0. */
  readonly missing: number;
  readonly twice: number;
  readonly caughtUpMs: number;
  readonly beforeMb: number;
  readonly mostMb: number;
  readonly troubles: readonly string[];
}

export const isUnharmed = (result: OutageResult): boolean =>
  result.lost + result.missing + result.twice + result.acknowledgedMeanwhile + result.troubles.length === 0 &&
  result.mostMb - result.beforeMb <= GROWTH_MB_MAX;

/** Stops PostgreSQL as a crash does while devices send a fix and a sample a second each, and starts it again. */
export async function outlastOutage(seconds: number, devices: number, seed: number): Promise<OutageResult> {
  const [binaries] = await findBinaries();
  if (!binaries?.hasPostgis) throw new Error('PostgreSQL with PostGIS has to be installed on this machine');
  const cluster = await startCluster(binaries);
  try {
    await withClient(cluster.connectionString, (client) => client.query('create database muster'));
    const databaseUrl = cluster.connectionString.replace(/\/postgres$/, '/muster');
    const proof = await startProofEngine(databaseUrl, seed);
    try {
      return await throughIt(proof, cluster, databaseUrl, { seconds, devices });
    } finally {
      await proof.engine.remove();
    }
  } finally {
    await cluster.stop();
  }
}

interface Device {
  readonly id: string;
  readonly client: MusterClient;
  sent: number;
}

async function throughIt(
  proof: ProofEngine,
  cluster: { halt(): Promise<void>; goOn(): Promise<void> },
  databaseUrl: string,
  { seconds, devices: count }: { readonly seconds: number; readonly devices: number },
): Promise<OutageResult> {
  const devices = await connectDevices(proof, count);
  const memory = new MemoryWatch(() => proof.engine.pid);
  await load(devices, BEFORE_S, () => memory.look());
  const beforeMb = memory.newestMb;
  const acknowledgedBefore = acknowledgedOf(devices);
  await cluster.halt();
  // What was committed before may still be told.
  await load(devices, 2, () => memory.look());
  const acknowledgedAtStop = acknowledgedOf(devices);
  await load(devices, seconds - 2, () => memory.look());
  const acknowledgedMeanwhile = acknowledgedOf(devices) - acknowledgedAtStop;
  await cluster.goOn();
  const backMs = performance.now();
  await load(devices, AFTER_S, () => memory.look());
  await until(() => devices.every(({ client }) => unacknowledged(client) === 0), {
    timeoutMs: CAUGHT_UP_WITHIN_MS,
    what: 'everything to be acknowledged',
  });
  memory.look();
  const caughtUpMs = performance.now() - backMs;
  const troubles = [...proof.troubles, ...devices.flatMap(troublesOf)];
  const stored = await storedOf(databaseUrl, devices);
  const sent = devices.reduce((sum, device) => sum + device.sent, 0);
  const acknowledged = acknowledgedOf(devices);
  for (const { client } of devices) await client.close();
  return {
    devices: count,
    seconds,
    sent: 2 * sent,
    acknowledgedBefore,
    acknowledgedMeanwhile,
    lost: Math.max(0, acknowledged - stored.numbers),
    missing: 2 * sent - stored.numbers,
    twice: stored.rows - stored.numbers,
    caughtUpMs,
    beforeMb,
    mostMb: memory.mostMb,
    troubles,
  };
}

async function connectDevices({ engine, people }: ProofEngine, count: number): Promise<Device[]> {
  const devices: Device[] = [];
  while (devices.length < count) {
    const { token } = await people.patient();
    for (let n = 0; n < DEVICES_PER_PERSON && devices.length < count; n++) {
      const id = randomUUID();
      const client = new MusterClient({ url: engine.url, token, device: { id } });
      client.connect();
      await client.ready();
      devices.push({ id, client, sent: 0 });
    }
  }
  return devices;
}

/** Each device takes a fix and a sample a second. */
async function load(devices: readonly Device[], seconds: number, eachSecond: () => void): Promise<void> {
  const startMs = performance.now();
  for (let second = 1; second <= seconds; second++) {
    const atMs = Date.now();
    for (const device of devices) {
      device.sent += 1;
      device.client.sendFix({ atMs, lat: 10 + device.sent * 1e-4, lng: 8, accuracyM: 5 });
      device.client.sendVitals({ atMs, heartRateBpm: 60 + (device.sent % 60), spo2Pct: 97 });
    }
    eachSecond();
    const leftMs = startMs + second * 1_000 - performance.now();
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, leftMs)));
  }
}

const acknowledgedOf = (devices: readonly Device[]): number =>
  devices.reduce((sum, { client }) => sum + client.telemetry.ackedSeq + client.telemetry.vitals.ackedSeq, 0);

const unacknowledged = ({ telemetry }: MusterClient): number =>
  telemetry.unacknowledged + telemetry.vitals.unacknowledged;

const troublesOf = ({ client }: Device): string[] =>
  [client.telemetry, client.telemetry.vitals].flatMap(({ refused, epochBreaks }) =>
    [...refused, ...epochBreaks].map(([reason, count]) => `${count} times ${reason}`),
  );

/** How much memory the engine takes, as its system says. */
class MemoryWatch {
  readonly #pid: () => number | null;
  newestMb = 0;
  mostMb = 0;

  constructor(pid: () => number | null) {
    this.#pid = pid;
  }

  look(): void {
    const status = readFileSync(`/proc/${this.#pid()}/status`, 'utf8');
    this.newestMb = Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    this.mostMb = Math.max(this.mostMb, this.newestMb);
  }
}

const STORED = sql(
  'proof_stored',
  `select count(*) as rows, count(distinct (lane, device_id, epoch, seq)) as numbers
     from (select 'positions' as lane, device_id, epoch, seq from telemetry.positions where device_id = any($1)
           union all
           select 'vitals', device_id, epoch, seq from telemetry.vitals_samples where device_id = any($1)) as s`,
);

async function storedOf(connectionString: string, devices: readonly Device[]) {
  const db: Db = ownerDb({ connectionString });
  try {
    const ids = devices.map(({ id }) => id);
    const [found] = await db.query<{ rows: number; numbers: number }>(STORED, [ids]);
    return found ?? { rows: 0, numbers: 0 };
  } finally {
    await db.close();
  }
}

/** `npm run verify -- telemetry-outage [--seconds 60] [--devices 200] [--seed N] [--json]`. Answers with the exit code. */
export async function verifyTelemetryOutage(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: 'string', default: '60' },
      devices: { type: 'string', default: '200' },
      seed: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
    },
  });
  const result = await outlastOutage(
    wholeNumber('--seconds', values.seconds, 3),
    wholeNumber('--devices', values.devices, 1),
    wholeNumber('--seed', values.seed, 0),
  );
  process.stdout.write(`${values.json ? JSON.stringify(result) : sentencesOf(result)}\n`);
  return isUnharmed(result) ? 0 : 1;
}

function sentencesOf(result: OutageResult): string {
  const { devices, seconds, sent, acknowledgedBefore, acknowledgedMeanwhile } = result;
  const { lost, missing, twice, caughtUpMs, beforeMb, mostMb } = result;
  return [
    `${devices} devices, ${sent} samples; PostgreSQL stopped for ${seconds} s`,
    `${acknowledgedBefore} acknowledged before, ${acknowledgedMeanwhile} while it was stopped`,
    `${lost} acknowledged ones lost, ${missing} others missing, ${twice} stored twice; caught up ${Math.round(caughtUpMs / 1_000)} s after it was back`,
    `memory of the engine ${beforeMb} MB before, ${mostMb} MB at most`,
    ...result.troubles.map((trouble) => `  ${trouble}`),
  ].join('\n');
}
