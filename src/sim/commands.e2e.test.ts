import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MusterHttp } from '../client/node.ts';
import type { TestDatabase } from '../testing/databases.ts';
import { embeddedDataDir, openNodeDatabase } from '../testing/node-database.ts';
import type { CommandIo } from './command-io.ts';
import { OwnEngine } from './own-engine.ts';
import { replayCommand } from './replay.ts';
import type { Report } from './report.ts';
import { simulateCommand } from './simulate.ts';

const WITHIN_MS = 180_000;
const folder = mkdtempSync(join(tmpdir(), 'muster-replay-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function run(
  command: (argv: readonly string[], io: CommandIo) => Promise<number>,
  argv: string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<{ code: number; report: Report; err: string }> {
  const out: string[] = [];
  let err = '';
  const io: CommandIo = {
    out: (line) => out.push(line),
    err: (text) => {
      err += text;
    },
    isTerminal: false,
    env,
    onInterrupt: () => () => {},
  };
  const code = await command([...argv, '--json'], io);
  return { code, report: JSON.parse(out.at(-1) ?? 'null'), err };
}

const allWell = {
  doubleHolders: 0,
  doubleSlots: 0,
  duplicates: 0,
  gaps: 0,
  contradictions: 0,
  complaints: [],
};

/** Five minutes of a town: three vehicles circling a square, two calls on it, a bad row in each file. */
function writeTown(): { calls: string; tracks: string } {
  const tracks = ['when,who,y,x', 'never,v1,10,20'];
  for (let s = 0; s < 300; s += 10) {
    for (const who of ['v1', 'v2', 'v3']) {
      const angle = s / 30 + Number(who.slice(1));
      tracks.push(
        `2024-05-01T00:0${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}Z,${who},` +
          `${10 + Math.sin(angle) / 1_000},${20 + Math.cos(angle) / 1_000}`,
      );
    }
  }
  const calls = ['no,at,where', '1,2024-05-01 00:00:30,10 20', '1,2024-05-01 00:00:30,10 20', '2,soon,10 20'];
  calls.push('3,2024-05-01 00:01:00,"10, 20"');
  const paths = { calls: join(folder, 'calls.csv'), tracks: join(folder, 'tracks.csv') };
  writeFileSync(paths.calls, `${calls.join('\n')}\n`);
  writeFileSync(paths.tracks, `${tracks.join('\n')}\n`);
  return paths;
}

test(
  'a recorded town is replayed through an engine of its own, killed in the middle, and nothing promised is missing',
  async () => {
    const town = writeTown();
    const { code, report } = await run(replayCommand, [
      ...['--calls', town.calls, '--calls-columns', 'id=no,receivedAt=at,location=where'],
      ...['--calls-time-format', 'iso', '--calls-utc-offset', 'Z'],
      ...['--tracks', town.tracks, '--tracks-columns', 'at=when,id=who,lat=y,lon=x'],
      ...['--tracks-time-format', 'iso', '--tracks-utc-offset', 'Z'],
      ...['--minutes', '5', '--drain', '10', '--speed', '60', '--crash-at', '2'],
    ]);
    expect(report).toMatchObject({
      ...allWell,
      agrees: true,
      sosRaised: 2,
      rowsRefused: { bad_time: 2 },
      responders: 3,
      crashes: 1,
      database: { sos: 2, offers: report.offers, accepts: report.accepts },
    });
    expect(report.fixesAcknowledged).toBe(report.fixesSent);
    expect(report.offers).toBeGreaterThan(0);
    expect(code).toBe(0);
  },
  WITHIN_MS,
);

describe('an engine of its own on PostgreSQL', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openNodeDatabase();
  }, WITHIN_MS);
  afterAll(() => database?.stop());

  test(
    'is compared with that database, killed in between too',
    async () => {
      const { connection } = database;
      const DATABASE_URL = 'connectionString' in connection ? connection.connectionString : '';
      const { code, report } = await run(
        simulateCommand,
        [
          ...['--responders', '8', '--sos', '6', '--duration', '4m', '--radius-km', '0.5'],
          ...['--speed', '60', '--drain', '6', '--crash-at', '2', '--database-url', 'env'],
        ],
        { ...process.env, DATABASE_URL },
      );
      expect(report).toMatchObject({
        ...allWell,
        agrees: true,
        sosRaised: 6,
        crashes: 1,
        database: { sos: 6, offers: report.offers, accepts: report.accepts },
      });
      expect(report.offers).toBeGreaterThan(0);
      expect(code).toBe(0);
    },
    WITHIN_MS,
  );
});

describe('an engine that runs already', () => {
  const credentials = { email: 'admin@example.org', password: 'correct horse battery staple' };
  let engine: OwnEngine;
  let embedded: Awaited<ReturnType<typeof embeddedDataDir>> | undefined;

  beforeAll(async () => {
    embedded = await embeddedDataDir();
    const { dataDir } = embedded;
    engine = await OwnEngine.start({ databaseUrl: null, dataDir, env: process.env, onDeath: () => {} });
    await new MusterHttp(engine.url).setup({
      ...credentials,
      setupToken: engine.setupToken ?? '',
      name: 'Admin',
    });
  }, WITHIN_MS);
  afterAll(async () => {
    await engine?.remove();
    await embedded?.remove();
  });

  const argv = () => [
    '--url',
    engine.url,
    '--responders',
    '5',
    '--sos',
    '3',
    '--duration',
    '3m',
    '--drain',
    '3',
  ];

  test(
    'is used as its administrator, and keeps its policy',
    async () => {
      const http = new MusterHttp(engine.url);
      const { accessToken } = await http.signIn(credentials);
      const before = await http.policy(accessToken);
      const { code, report } = await run(simulateCommand, [...argv(), '--radius-km', '0.5'], {
        MUSTER_ADMIN_EMAIL: credentials.email,
        MUSTER_ADMIN_PASSWORD: credentials.password,
      });
      expect(report).toMatchObject({ ...allWell, sosRaised: 3, responders: 5, database: null, agrees: null });
      expect(report.offers).toBeGreaterThan(0);
      expect(code).toBe(0);
      const after = await http.policy(accessToken);
      expect(after.body).toEqual(before.body);
      expect(after.version).toBeGreaterThan(before.version);
    },
    WITHIN_MS,
  );

  test('is left alone when nobody says who its administrator is', async () => {
    const { code, err } = await run(simulateCommand, argv(), {});
    expect(code).toBe(2);
    expect(err).toContain('set MUSTER_ADMIN_EMAIL and MUSTER_ADMIN_PASSWORD');
  });
});
