import { spawn } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { systemClock } from '../lib/clock.ts';
import { packageRoot } from '../lib/package-root.ts';
import { MISJUDGED, openBackfillStage } from './backfill-stage.ts';
import { wholeNumber } from './proof-options.ts';

/** What the sources' procedure allows for a million rows. */
const MINUTES_MAX = 20;
const RSS_MB_MAX = 500;
const MILLION = 1_000_000;

interface Report {
  readonly state: string;
  readonly seen: number;
  readonly filled: number;
  readonly batches: number;
  readonly tookMs: number;
  readonly rssMb: number;
}

/**
 * The procedure of source 002 on so many events: filled in by the command itself, killed once on the way and gone on with, beside
 * somebody who writes; each event says what it has to, the column is NOT NULL, and the migration is taken back.
 */
export async function verifyBackfill(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { rows: { type: 'string', default: `${MILLION}` }, json: { type: 'boolean', default: false } },
  });
  const rows = wholeNumber('--rows', values.rows, 2_000);
  const on = await openBackfillStage(rows);
  try {
    await on.migrate('forward');
    const url = 'connectionString' in on.connection ? on.connection.connectionString : '';
    const writing = writeBeside(on.ask);
    const startedMs = systemClock.nowMs();
    const killed = await backfill(url, { killAfterRows: rows / 4 });
    const seenThen = (await on.ask<{ seen: string }>('select seen from public.muster_backfills'))[0]?.seen;
    const last = await backfill(url);
    const tookMs = systemClock.nowMs() - startedMs;
    const slowestWriteMs = await writing.stop();
    const [judged] = await on.ask<{ wrong: number }>(MISJUDGED);
    const [column] = await on.ask<{ is_nullable: string }>(
      `select is_nullable from information_schema.columns
        where table_schema = 'recovery' and table_name = 'calendar_events' and column_name = 'privacy_level'`,
    );
    await on.migrate('back');
    const left = await on.ask(
      `select 1 from information_schema.columns where table_schema = 'recovery' and column_name = 'privacy_level'`,
    );
    const minutes = tookMs / 60_000;
    const report = {
      rows,
      minutes: Number(minutes.toFixed(2)),
      rowsPerS: Math.round(rows / (tookMs / 1_000)),
      rssMb: last?.rssMb ?? null,
      batches: last?.batches ?? null,
      killedAtRows: killed === null ? Number(seenThen) : null,
      writesBeside: writing.count(),
      slowestWriteMs: Math.round(slowestWriteMs),
      wrong: judged?.wrong ?? null,
      isNotNull: column?.is_nullable === 'NO',
      isTakenBack: left.length === 0,
      load: loadavg()[0]?.toFixed(1),
      cores: cpus().length,
    };
    const held =
      last?.state === 'done' &&
      minutes * (MILLION / rows) < MINUTES_MAX &&
      last.rssMb < RSS_MB_MAX &&
      report.wrong === 0 &&
      report.isNotNull &&
      report.isTakenBack;
    process.stdout.write(
      values.json
        ? `${JSON.stringify({ held, ...report })}\n`
        : `${held ? 'held' : 'NOT HELD'}: ${JSON.stringify(report, null, 2)}\n`,
    );
    return held ? 0 : 1;
  } finally {
    await on.stop();
  }
}

/** Null: it was killed on the way. */
function backfill(
  url: string,
  { killAfterRows }: { readonly killAfterRows?: number } = {},
): Promise<Report | null> {
  return new Promise((resolve, reject) => {
    const main = new URL('dist/src/main.js', packageRoot).pathname;
    const child = spawn(process.execPath, [main, 'backfill', 'calendar-privacy', '--json'], {
      env: { ...process.env, DATABASE_URL: url },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let said = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      said = chunk.toString();
      const seen = Number(/"seen":(\d+)/.exec(said)?.[1] ?? 0);
      if (killAfterRows !== undefined && seen >= killAfterRows) child.kill('SIGKILL');
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (signal === 'SIGKILL') resolve(null);
      else if (code === 0) resolve(JSON.parse(out) as Report);
      else reject(new Error(`muster backfill ended with ${code}: ${said.trim()}`));
    });
  });
}

/** Somebody who corrects an event every so often, as people do meanwhile. */
function writeBeside(ask: (text: string, params?: readonly unknown[]) => Promise<unknown>) {
  let isOver = false;
  let writes = 0;
  let slowestMs = 0;
  const going = (async () => {
    while (!isOver) {
      const beginMs = systemClock.nowMs();
      await ask(
        `update recovery.calendar_events set title = title || '.' where id =
           (select id from recovery.calendar_events where starts_at >= timestamptz '2025-01-01Z'
             and person_id = (select id from accounts.users order by random() limit 1) order by random() limit 1)`,
      );
      slowestMs = Math.max(slowestMs, systemClock.nowMs() - beginMs);
      writes += 1;
      await new Promise<void>((resolve) => void systemClock.after(100, resolve));
    }
  })();
  return {
    count: () => writes,
    async stop() {
      isOver = true;
      await going;
      return slowestMs;
    },
  };
}
