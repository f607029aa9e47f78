import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { importCommand } from './import-command.ts';
import { packageRoot } from './lib/package-root.ts';
import { sql } from './store/db.ts';
import { openTestStore } from './testing/open-store.ts';

const MAIN = fileURLToPath(new URL('dist/src/main.js', packageRoot));
let store: Awaited<ReturnType<typeof openTestStore>>;
let url: string;
let folder: string;
let userId: string;

beforeAll(async () => {
  store = await openTestStore('postgres');
  const { connection } = store.database;
  url = 'connectionString' in connection ? connection.connectionString : '';
  folder = await mkdtemp(join(tmpdir(), 'muster-import-'));
  const made = await muster(
    ['user', 'create', '--email', 'ada@example.org', '--name', 'Ada'],
    'long enough\n',
  );
  userId = made.out.trim();
});
afterAll(async () => {
  await store?.stop();
  await rm(folder, { recursive: true });
});

function muster(args: string[], input = ''): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { ...process.env, DATABASE_URL: url } });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  child.stdin.end(input);
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, out, err })));
}
const file = async (name: string, text: string) => {
  await writeFile(join(folder, name), text);
  return join(folder, name);
};
const imported = (path: string, more: string[] = ['--user', 'Ada@Example.org']) =>
  muster(['import', 'positions', '--file', path, ...more]);
const stored = () =>
  store.db.query<{ seq: number; late: boolean; user_id: string }>(
    sql('test_stored', 'select seq, late, user_id from telemetry.positions order by seq'),
  );

test('a track of CSV goes into history, once however often it is imported, and is on record', async () => {
  const rows = Array.from({ length: 30 }, (_, i) => `${1_548_446_416 + i * 10};${47.1 + i * 1e-4};7.2;0.0`);
  const path = await file(
    'walk.csv',
    `unix_s;lat;lon;accuracy\n${[...rows, 'soon;47.1;7.2;5'].join('\n')}\n`,
  );

  const dry = await imported(path, ['--user', userId, '--dry-run']);
  expect(dry).toMatchObject({ code: 0, out: expect.stringContaining('30 would be kept') });
  expect(await stored()).toEqual([]);

  const first = await imported(path);
  expect(first.code).toBe(0);
  expect(first.out).toBe(
    [
      '31 rows: 30 kept, 0 there already, 0 no positions.',
      'From 2019-01-25T20:00:16.000Z to 2019-01-25T20:05:06.000Z.',
      'Not used: 1 a time that can not be read.',
      '  line 32: a time that can not be read',
      '',
    ].join('\n'),
  );
  expect(first.err).toContain('100 % read');
  expect(await imported(path)).toMatchObject({
    code: 0,
    out: expect.stringContaining('0 kept, 30 there already'),
  });
  const kept = await stored();
  expect(kept).toHaveLength(30);
  expect(kept.every(({ late, user_id }) => late && user_id === userId)).toBe(true);
  const moved = sql('test_moved', 'select user_id from telemetry.user_locations');
  expect(await store.db.query(moved)).toEqual([]);
  const audit = sql(
    'test_audit',
    "select subject_user_id from accounts.audit_log where action = 'import' and outcome = 'allowed'",
  );
  expect(await store.db.query(audit)).toEqual([{ subject_user_id: userId }, { subject_user_id: userId }]);
});

test('GPX and recorder files are known by their endings; GPX that breaks off gives what came before', async () => {
  const point = (second: number) =>
    `<trkpt lat="48.1" lon="7.2"><time>2020-01-25T20:00:${second}Z</time></trkpt>`;
  const gpx = await file('way.gpx', `<gpx><trk><trkseg>${point(10)}${point(20)}</trkseg>`);
  expect(await imported(gpx)).toMatchObject({
    code: 0,
    out: expect.stringContaining('2 rows: 2 kept'),
    err: expect.stringContaining('The file is not XML'),
  });
  const json = '{"_type":"location","lat":49.1,"lon":7.2,"tst":1579982410,"vel":-1}';
  const rec = await file('2020-01.rec', `2020-01-25T20:00:10Z\t*                 \t${json}\n`);
  expect(await imported(rec)).toMatchObject({ code: 0, out: expect.stringContaining('1 rows: 1 kept') });
});

test('what can not be done is said in a sentence, with nothing imported', async () => {
  const path = await file('odd.csv', 'a,b\n1,2\n');
  const before = (await stored()).length;
  expect(await imported(path)).toMatchObject({ code: 2, err: expect.stringContaining('--columns at=NAME') });
  expect(await imported(path, ['--user', 'nobody@example.org'])).toMatchObject({
    code: 1,
    err: expect.stringContaining('no such account'),
  });
  expect(await imported(path, ['--device', userId])).toMatchObject({
    code: 1,
    err: expect.stringContaining('no such device'),
  });
  expect(await imported(path, [])).toMatchObject({ code: 2, err: expect.stringContaining('whose is it') });
  expect(await imported(join(folder, 'none.csv'))).toMatchObject({
    code: 2,
    err: expect.stringContaining("can't be read"),
  });
  expect(await imported(path, ['--user', userId, '--format', 'kml'])).toMatchObject({ code: 2 });
  expect(await imported(path, ['--user', userId, '--nothing'])).toMatchObject({ code: 2 });
  expect(await muster(['import', '--help'])).toMatchObject({
    code: 0,
    out: expect.stringContaining('--dry-run'),
  });
  expect((await stored()).length).toBe(before);
});

const ROWS = sql(
  'test_imported',
  `select (select array_agg(amount_ml order by logged_on) from recovery.hydration_logs) as drinks,
          (select array_agg(goal_ml order by logged_on) from recovery.hydration_logs) as goals,
          (select array_agg(distance_m order by completed_at) from recovery.exercise_logs) as ways,
          (select array_agg(temperature_c order by recorded_at) from telemetry.vitals_records) as warm,
          (select array_agg(weight_kg order by recorded_at) from telemetry.vitals_records) as heavy`,
);

test('ounces, miles, pounds and °F of another program are kept in metric units, once', async () => {
  const drinks = await file(
    'drinks.csv',
    'logDate,amountOz,goalOz,createdAt\n2025-10-01,64,80,x\n2025-10-02,8,,x\n',
  );
  const ways = await file(
    'ways.csv',
    'completedAt;distance\n2025-10-01T10:00:00Z;3.1\n2025-10-02T10:00:00Z;2 km\n',
  );
  const signs = await file(
    'signs.csv',
    'recordedAt,weight,temperature,heartRate\n2025-10-01T07:00:00Z,180,98.6,72\n',
  );
  const into = (what: string[], path: string, ...more: string[]) =>
    muster(['import', ...what, '--file', path, '--user', 'ada@example.org', ...more]);
  const drinksInto = ['records', '--type', 'hydration-logs'];
  expect(await into(drinksInto, drinks)).toMatchObject({
    code: 0,
    out: '2 kept, 0 there already, 0 not read.\n',
    err: 'Not read: createdAt.\n',
  });
  expect((await into(drinksInto, drinks)).out).toBe('0 kept, 2 there already, 0 not read.\n');
  const unsaid = await into(['records', '--type', 'exercise-logs'], ways, '--dry-run');
  expect(unsaid.out).toMatch(
    /^1 would be kept, 0 there already, 1 not read.\n {2}line 2: distanceM: in which unit\?/,
  );
  expect((await into(['records', '--type', 'exercise-logs'], ways, '--source', '002')).out).toMatch(
    /^2 kept/,
  );
  expect((await into(['vitals'], signs, '--source', '002')).out).toMatch(/^1 kept/);
  expect(await store.owner.query(ROWS)).toEqual([
    {
      drinks: [1_892.7059, 236.5882],
      goals: [2_365.8824, null],
      ways: [4_988.9664, 2_000],
      warm: [37],
      heavy: [81.6466],
    },
  ]);
  const wrong = ['records', '--type', 'prescriptions', '--file', drinks, '--user', 'ada@example.org'];
  expect(await importCommand(wrong)).toBe(2);
});
