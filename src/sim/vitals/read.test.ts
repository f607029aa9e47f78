import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../../lib/package-root.ts';
import { readIcu } from './read-icu.ts';
import { readWristbands } from './read-wristbands.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'muster-vitals-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const file = (text: string): string => {
  const path = join(folder, 'input.csv');
  writeFileSync(path, text);
  return path;
};

describe('a recording of an intensive care unit', () => {
  const read = (rows: string) => readIcu(file(`RecordID,Time,Parameter,Value\n${rows}`));

  test('becomes one sample for each instant and instrument, missing values left out', async () => {
    const { people, samples, rowsRefused } = await read(
      '7,00:00,Age,54\n7,00:00,Weight,-1\n7,00:07,HR,73\n7,00:07,NISysABP,147\n7,00:07,SysABP,140\n' +
        '7,00:07,NIDiasABP,65\n7,00:07,Urine,900\n8,00:05,GCS,3\n8,47:59,FiO2,0.4\n',
    );
    expect(people).toEqual([
      { name: '7', ageYears: 54 },
      { name: '8', ageYears: null },
    ]);
    expect(samples).toEqual([
      { person: 1, offsetMs: 5 * 60_000, vitals: { consciousness: 'U' } },
      { person: 0, offsetMs: 7 * 60_000, vitals: { heartRateBpm: 73, systolicMmhg: 140 } },
      { person: 0, offsetMs: 7 * 60_000, vitals: { systolicMmhg: 147, diastolicMmhg: 65 } },
      { person: 1, offsetMs: (47 * 60 + 59) * 60_000, vitals: { onOxygen: true } },
    ]);
    expect(rowsRefused).toEqual({ missing: 1, other_parameter: 1 });
  });

  test('a value that is said twice for one instant becomes two samples, and nonsense is counted', async () => {
    const { samples, rowsRefused } = await read(
      '7,00:01,HR,70\n7,00:01,HR,71\n7,soon,HR,70\n7,00:02,HR,fast\n',
    );
    expect(samples.map(({ vitals }) => vitals.heartRateBpm)).toEqual([70, 71]);
    expect(rowsRefused).toEqual({ bad_row: 2 });
  });

  test('another file is refused with what is expected', async () => {
    await expect(readIcu(file('a,b\n1,2\n'))).rejects.toThrow('RecordID,Time,Parameter,Value');
  });
});

test('wristbands begin together, and blank cells are nothing', async () => {
  const { people, samples, rowsRefused } = await readWristbands(
    file('Participant,HR,respr,Time(sec),Label\n2,118,12.5,1000,0\n2,,13,1001,0\n2,,,1002,0\n3,80,,9000,0\n'),
  );
  expect(people.map(({ name }) => name)).toEqual(['2', '3']);
  expect(samples).toEqual([
    { person: 0, offsetMs: 0, vitals: { heartRateBpm: 118, respirationPerMin: 12.5 } },
    { person: 1, offsetMs: 0, vitals: { heartRateBpm: 80 } },
    { person: 0, offsetMs: 1_000, vitals: { respirationPerMin: 13 } },
  ]);
  expect(rowsRefused).toEqual({ blank: 1 });
});

const icu = new URL('../shared/data/vitals/icu_challenge2012_set-a_200.csv', packageRoot);
test.skipIf(!existsSync(icu))('the recorded 200 patients are read whole', async () => {
  const { people, samples, rows } = await readIcu(icu.pathname);
  expect(people).toHaveLength(200);
  expect(rows).toBe(73_308);
  expect(samples.filter(({ vitals }) => (vitals.systolicMmhg ?? 1) <= 0)).toHaveLength(38);
});
