import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { MusterClient } from '../client/node.ts';
import { sql } from '../store/db.ts';
import { openTestDatabase } from './databases.ts';
import { ownerDb } from './owner-db.ts';
import { wholeNumber } from './proof-options.ts';
import { CutLink } from './telemetry/cut-link.ts';
import { type ProofEngine, startProofEngine } from './telemetry/proof-engine.ts';
import { until } from './until.ts';

/** 512 kbit/s up and a tenth of a second away: a phone at the edge of its network. */
const BYTES_PER_S = 64_000;
const DELAY_MS = 100;
const BEHIND_MS_MAX = 2_000;
/** From the welcome on: the newest fix goes to the engine, and from its map to the dispatcher. */
const SETTLED_AFTER_MS = 500;
const WATCHED_EVERY_MS = 50;
const DONE_WITHIN_MS = 1_800_000;
/** The device moves ten metres a second to the north, so that its place says the time. */
const DEG_PER_S = 1e-4;
const FROM_LAT = 40;

export interface BacklogResult {
  readonly samples: number;
  readonly cuts: number;
  readonly tookMs: number;
  readonly stored: number;
  readonly missing: number;
  readonly twice: number;
  readonly outOfOrder: number;
  /** While the link was up; with the breaks and the coming back. */
  readonly worstBehindMs: number;
  readonly worstInAllMs: number;
  readonly troubles: readonly string[];
}

export const isKept = (result: BacklogResult): boolean =>
  result.missing + result.twice + result.outOfOrder + result.troubles.length === 0 &&
  result.worstBehindMs <= BEHIND_MS_MAX;

/** A device that was away for as many seconds as there are samples comes back over a link that is cut again and again. */
export async function sendBacklog(samples: number, cuts: number, seed: number): Promise<BacklogResult> {
  const database = await openTestDatabase('postgres');
  try {
    if (!('connectionString' in database.connection)) throw new Error('a server is needed');
    const { connectionString } = database.connection;
    const proof = await startProofEngine(connectionString, seed);
    try {
      return await comeBack(proof, connectionString, samples, cuts);
    } finally {
      await proof.engine.remove();
    }
  } finally {
    await database.stop();
  }
}

async function comeBack(
  { engine, admin, people, troubles }: ProofEngine,
  connectionString: string,
  samples: number,
  cuts: number,
): Promise<BacklogResult> {
  const person = await people.volunteer(['CPR'], admin);
  const link = await CutLink.start({
    port: Number(new URL(engine.url).port),
    bytesPerS: BYTES_PER_S,
    delayMs: DELAY_MS,
  });
  const deviceId = randomUUID();
  const device = { id: deviceId, maxFixes: samples + 10_000 };
  const client = new MusterClient({ url: link.url, token: person.token, device });
  const watcher = new MusterClient({ url: engine.url, token: admin.token });
  const map = { lat: Number.NaN };
  const see = (rows: readonly (readonly [string, number, ...unknown[]])[]) => {
    for (const [id, lat] of rows) if (id === person.userId) map.lat = lat;
  };
  watcher.watchDispatch({
    onFeed: ({ responders }) => see(responders),
    onEvent: () => {},
    onState: ({ responders }) => see(responders),
  });
  watcher.connect();
  await watcher.ready();

  const way = new Way(samples);
  for (let n = 0; n < samples; n++) client.sendFix(way.next());
  const startedMs = performance.now();
  client.connect();
  const seen = await drain({ client, link, cuts, samples, way, latOnMap: () => map.lat });
  await client.flushed();
  const tookMs = performance.now() - startedMs;
  for (const [reason, count] of client.telemetry.refused) troubles.push(`${count} refused as ${reason}`);
  for (const [reason, count] of client.telemetry.epochBreaks)
    troubles.push(`numbered anew ${count} times: ${reason}`);
  await Promise.all([client.close(), watcher.close(), link.stop()]);
  return {
    samples,
    cuts: seen.cut,
    tookMs,
    ...seen,
    ...(await storedOf(connectionString, deviceId, way.taken)),
    troubles,
  };
}

/** Where the device was at which second, from its day away on. */
class Way {
  readonly #startMs: number;
  taken = 0;

  constructor(awayS: number) {
    this.#startMs = Date.now() - awayS * 1_000;
  }

  next() {
    this.taken += 1;
    return {
      atMs: this.#startMs + this.taken * 1_000,
      lat: this.#lat(this.taken),
      lng: 8,
      accuracyM: 5,
      batteryPct: 40,
    };
  }

  /** True once the next second has come. */
  isDue(): boolean {
    return this.#startMs + (this.taken + 1) * 1_000 <= Date.now();
  }

  /** How far behind a place on the map is. */
  behindMs(lat: number): number {
    return Date.now() - (this.#startMs + ((lat - FROM_LAT) / DEG_PER_S) * 1_000);
  }

  #lat(second: number): number {
    return FROM_LAT + second * DEG_PER_S;
  }
}

interface Draining {
  readonly client: MusterClient;
  readonly link: CutLink;
  readonly cuts: number;
  readonly samples: number;
  readonly way: Way;
  readonly latOnMap: () => number;
}

/** Goes on taking fixes until everything is acknowledged, cuts on the way, and looks at the map all the time. */
async function drain({ client, link, cuts, samples, way, latOnMap }: Draining) {
  const seen = { cut: 0, worstBehindMs: 0, worstInAllMs: 0 };
  let openSinceMs: number | null = null;
  let wasOnMap = false;
  const deadlineMs = performance.now() + DONE_WITHIN_MS;
  while (client.telemetry.unacknowledged > 1 || seen.cut < cuts) {
    if (performance.now() > deadlineMs) throw new Error('the backlog does not end');
    if (way.isDue()) client.sendFix(way.next());
    const nowMs = performance.now();
    openSinceMs = client.status.state === 'open' ? (openSinceMs ?? nowMs) : null;
    const behindMs = way.behindMs(latOnMap());
    wasOnMap ||= Number.isFinite(behindMs);
    if (wasOnMap) seen.worstInAllMs = Math.max(seen.worstInAllMs, behindMs);
    if (openSinceMs !== null && nowMs - openSinceMs > SETTLED_AFTER_MS) {
      // Not on the map at all by then is as bad as it gets.
      seen.worstBehindMs = Math.max(seen.worstBehindMs, wasOnMap ? behindMs : Number.POSITIVE_INFINITY);
    }
    // Each time another share of it has arrived.
    if (seen.cut < cuts && client.telemetry.ackedSeq > ((seen.cut + 1) * samples) / (cuts + 1)) {
      seen.cut += 1;
      link.cut();
    }
    await new Promise((resolve) => setTimeout(resolve, WATCHED_EVERY_MS));
  }
  return seen;
}

const STORED = sql(
  'proof_stored',
  `select count(*) as stored, count(distinct seq) as numbers, coalesce(max(seq), 0) as last,
          (select count(*) from (
             select fix_at < lag(fix_at) over (order by seq) as back
               from telemetry.positions where device_id = $1) as p where back) as out_of_order
     from telemetry.positions where device_id = $1`,
);

async function storedOf(connectionString: string, deviceId: string, taken: number) {
  const db = ownerDb({ connectionString });
  try {
    const rows = await until(
      () =>
        db.query<{ stored: number; numbers: number; last: number; out_of_order: number }>(STORED, [deviceId]),
      { timeoutMs: 60_000, what: 'what is stored' },
    );
    const { stored = 0, numbers = 0, out_of_order: outOfOrder = 0 } = rows[0] ?? {};
    return { stored, missing: taken - numbers, twice: stored - numbers, outOfOrder };
  } finally {
    await db.close();
  }
}

/** `npm run verify -- telemetry-backlog [--samples 86400] [--cuts 50] [--seed N] [--json]`. Answers with the exit code. */
export async function verifyTelemetryBacklog(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      samples: { type: 'string', default: '86400' },
      cuts: { type: 'string', default: '50' },
      seed: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
    },
  });
  const result = await sendBacklog(
    wholeNumber('--samples', values.samples, 1_000),
    wholeNumber('--cuts', values.cuts, 0),
    wholeNumber('--seed', values.seed, 0),
  );
  process.stdout.write(`${values.json ? JSON.stringify(result) : sentencesOf(result)}\n`);
  return isKept(result) ? 0 : 1;
}

function sentencesOf(result: BacklogResult): string {
  const { samples, cuts, tookMs, stored, missing, twice, outOfOrder, worstBehindMs, worstInAllMs } = result;
  return [
    `${samples} samples of a day away, sent in ${Math.round(tookMs / 1_000)} s over a link cut ${cuts} times`,
    `${stored} stored with those taken meanwhile: ${missing} missing, ${twice} twice, ${outOfOrder} out of order`,
    `on the dispatcher's map at most ${Math.round(worstBehindMs)} ms behind while the link was up, ${Math.round(worstInAllMs)} ms with the breaks`,
    ...result.troubles.map((trouble) => `  ${trouble}`),
  ].join('\n');
}
