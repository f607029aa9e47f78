import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestDatabase } from '../../testing/databases.ts';
import { openNodeDatabase } from '../../testing/node-database.ts';
import type { CommandIo } from '../command-io.ts';
import { replayVitalsCommand } from './replay-vitals.ts';

const WITHIN_MS = 180_000;
const folder = mkdtempSync(join(tmpdir(), 'muster-replay-vitals-'));
afterAll(() => rmSync(folder, { recursive: true }));

let database: TestDatabase | undefined;
let DATABASE_URL = '';
beforeAll(async () => {
  database = await openNodeDatabase();
  const { connection } = database;
  DATABASE_URL = 'connectionString' in connection ? connection.connectionString : '';
});
afterAll(() => database?.stop());

async function run(argv: string[]): Promise<{ code: number; out: string[]; err: string }> {
  const out: string[] = [];
  let err = '';
  const io: CommandIo = {
    out: (line) => out.push(line),
    err: (text) => {
      err += text;
    },
    isTerminal: false,
    env: { ...process.env, DATABASE_URL },
    onInterrupt: () => () => {},
  };
  return { code: await replayVitalsCommand(argv, io), out, err };
}

/** Four hours of three people: one is well, one becomes worse and better again, one has a cuff that slips off. */
function writeWard(): string {
  const rows = ['RecordID,Time,Parameter,Value', '1,00:00,Age,70', '2,00:00,Age,15', '3,00:00,Age,40'];
  for (let minute = 0; minute < 240; minute += 10) {
    const at = `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
    const isWorse = minute >= 60 && minute < 150;
    const add = (who: number, values: Record<string, number>) => {
      for (const [name, value] of Object.entries(values)) rows.push(`${who},${at},${name},${value}`);
    };
    add(
      1,
      isWorse
        ? { HR: 135, RespRate: 27, SysABP: 88, Temp: 38.6 }
        : { HR: 72, RespRate: 14, SysABP: 124, Temp: 36.8 },
    );
    add(1, { SaO2: isWorse ? 90 : 98, GCS: isWorse ? 14 : 15, FiO2: 0.21 });
    add(2, { HR: 80, RespRate: isWorse ? 30 : 16 });
    add(3, { HR: 66, NISysABP: minute % 30 === 0 ? 0 : 118 });
  }
  const path = join(folder, 'ward.csv');
  writeFileSync(path, rows.join('\n'));
  return path;
}

describe('muster replay-vitals', () => {
  test(
    'streams a ward through a real engine, and all that it led to is the same when computed again',
    async () => {
      const { code, out, err } = await run([
        ...['--file', writeWard(), '--speed', '3600', '--database-url', 'env', '--json'],
      ]);
      const report = JSON.parse(out.at(-1) ?? 'null');
      expect({ complaints: report.complaints, code }, err).toEqual({ complaints: [], code: 0 });
      expect(report).toMatchObject({ people: 3, samplesSent: 96, samplesAcknowledged: 96, impossible: 8 });
      expect(report.stored).toMatchObject({ samples: 96, doubtful: 8 });
      expect(report.stored.scores).toBeGreaterThan(2);
      expect(report.heard['alert.opened']).toBe(report.stored.alerts);
      expect(report.heard['alert.cleared']).toBeGreaterThan(3);
    },
    WITHIN_MS,
  );

  test('says what is wrong with a flag or a file, and how it is used', async () => {
    expect(await run(['--file', join(folder, 'nowhere.csv')])).toMatchObject({ code: 2 });
    expect(await run([])).toMatchObject({ code: 2, err: expect.stringContaining('--file is needed') });
    expect(await run(['--help'])).toMatchObject({ code: 0 });
  });
});
