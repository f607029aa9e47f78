import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ensurePartitions } from '../src/jobs/partitions.ts';
import { systemClock } from '../src/lib/clock.ts';
import { packageRoot } from '../src/lib/package-root.ts';
import { seededRandom } from '../src/lib/random.ts';
import { OwnEngine } from '../src/sim/own-engine.ts';
import type { Db } from '../src/store/db.ts';
import type { BenchReport } from './bench.ts';
import type { LoadFigures, LoadNews, LoadOrder } from './dispatch-load.ts';
import { boundOf, countOf, type Histogram, histogramIn, since } from './histogram.ts';
import { onPostgres, quantile, tokensFor } from './on-postgres.ts';
import { inCity, people, populate } from './people.ts';

const SEED = 20_261_125;
const RESPONDERS = 20_000;
const CONNECTED = 2_000;
const REQUESTERS = 100;
const SOS_PER_S = 50;
const WARM_UP_MS = 10_000;
const RUN_MS = 30_000;
const P99_MS_MAX = 20;
const METRIC = 'muster_dispatch_first_offer_ms';

const metricsOf = async (url: string) => histogramIn(await (await fetch(`${url}/metrics`)).text(), METRIC);

/** Runs the load generator in a process of its own. */
async function underLoad(order: LoadOrder): Promise<{ figures: LoadFigures; server: Histogram }> {
  const child = fork(fileURLToPath(new URL('dist/bench/dispatch-load.js', packageRoot)), {
    serialization: 'advanced',
  });
  try {
    return await new Promise((resolve, reject) => {
      let before: Promise<Histogram> = Promise.resolve(new Map());
      child.once('exit', (code) => reject(new Error(`the load generator ended with ${code}`)));
      child.on('message', (news: LoadNews) => {
        if (news.kind === 'ready') child.send('begin');
        else if (news.kind === 'measuring') before = metricsOf(order.url);
        else if (news.kind === 'over') {
          const { figures } = news;
          child.removeAllListeners('exit');
          Promise.all([before, metricsOf(order.url)])
            .then(([first, last]) => resolve({ figures, server: since(first, last) }))
            .catch(reject);
        }
      });
      child.send(order);
    });
  } finally {
    child.kill('SIGKILL');
  }
}

async function measured(
  connectionString: string,
  db: Db,
): Promise<{ figures: LoadFigures; server: Histogram }> {
  const random = seededRandom(SEED);
  const responders = people(RESPONDERS, random);
  const requesters = people(REQUESTERS, random);
  await ensurePartitions(db, systemClock.nowMs());
  await populate(db, { volunteer: responders, patient: requesters });
  const connected = responders.slice(0, CONNECTED);
  const [theirs, callers] = [
    await tokensFor(db, 'volunteer', connected),
    await tokensFor(db, 'patient', requesters),
  ];
  const engine = await OwnEngine.start({
    databaseUrl: connectionString,
    env: process.env,
    onDeath: (sentence) => process.stderr.write(`${sentence}\n`),
  });
  try {
    return await underLoad({
      url: engine.url,
      seed: SEED,
      sosPerS: SOS_PER_S,
      warmUpMs: WARM_UP_MS,
      runMs: RUN_MS,
      responders: connected.map((person, i) => ({ ...person, token: theirs[i] ?? '' })),
      requesters: callers.map((token) => ({ token })),
      places: Array.from({ length: 1_000 }, () => inCity(random)),
    });
  } finally {
    await engine.stop();
    await engine.remove();
  }
}

export const run = () => onPostgres(async (url, db) => reportOf(await measured(url, db)));

function reportOf({ figures, server }: { figures: LoadFigures; server: Histogram }): BenchReport {
  const { firstOfferMs, raised, offers, resolved, cancelled, refused, lateP99Ms, lateMaxMs } = figures;
  const withoutOffer = raised - firstOfferMs.length;
  const client = {
    p50Ms: quantile(firstOfferMs, 0.5),
    p90Ms: quantile(firstOfferMs, 0.9),
    p99Ms: quantile(firstOfferMs, 0.99),
    maxMs: quantile(firstOfferMs, 1),
  };
  const atServer = {
    sos: countOf(server),
    p50AtMostMs: boundOf(server, 0.5),
    p90AtMostMs: boundOf(server, 0.9),
    p99AtMostMs: boundOf(server, 0.99),
    shareWithinLimit: (server.get(P99_MS_MAX) ?? 0) / countOf(server),
  };
  const passed = atServer.p99AtMostMs <= P99_MS_MAX && withoutOffer === 0 && cancelled === 0;
  const ms = (value: number) => `${value.toFixed(1)} ms`;
  return {
    passed,
    lines: [
      `SOS frame received to first offer frame written: ${SOS_PER_S} SOS/s for ${RUN_MS / 1_000} s, ${RESPONDERS} responders`,
      `in the index, ${CONNECTED} of them on sockets; a real node, PostgreSQL, a load generator of its own; seed ${SEED}`,
      '',
      `in the node      p50 ≤ ${atServer.p50AtMostMs} ms, p90 ≤ ${atServer.p90AtMostMs} ms, p99 ≤ ${atServer.p99AtMostMs} ms; ${(atServer.shareWithinLimit * 100).toFixed(2)} % within ${P99_MS_MAX} ms (${atServer.sos} SOS)`,
      `at the clients   p50 ${ms(client.p50Ms)}, p90 ${ms(client.p90Ms)}, p99 ${ms(client.p99Ms)}, longest ${ms(client.maxMs)}`,
      `load generator   late by ${ms(lateP99Ms)} at its p99, ${ms(lateMaxMs)} at most`,
      `${raised} SOS measured, ${withoutOffer} without an offer; ${offers} offers, ${resolved} resolved, ${cancelled} given up, refused: ${JSON.stringify(refused)}`,
      '',
      passed ? `p99 is within ${P99_MS_MAX} ms.` : `NOT met: p99 within ${P99_MS_MAX} ms.`,
    ],
    row: {
      bench: 'dispatch',
      seed: SEED,
      passed,
      sosPerS: SOS_PER_S,
      responders: RESPONDERS,
      connected: CONNECTED,
      server: atServer,
      client,
      raised,
      withoutOffer,
      offers,
      resolved,
      cancelled,
      refused,
      generator: { lateP99Ms, lateMaxMs },
    },
  };
}
