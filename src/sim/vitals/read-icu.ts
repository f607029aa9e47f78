import { openCsv } from '../csv-rows.ts';
import { UsageError } from '../usage-error.ts';
import type { MeasuredSample, MeasuredVitals, RecordedPerson, VitalsScenario } from './scenario.ts';

const HEADER = 'RecordID,Time,Parameter,Value';

type Reading = Partial<MeasuredVitals>;

/**
 * What a parameter of the PhysioNet/Computing in Cardiology Challenge 2012 says, in the units of the wire. The Glasgow
 * Coma Scale is read as ACVPU in the usual coarse way (15 alert, 14 new confusion, 9 to 13 voice, 4 to 8 pain, 3
 * unresponsive); a fraction of inspired oxygen above that of air is supplemental oxygen.
 */
const READINGS: Readonly<Record<string, (value: number) => Reading>> = {
  HR: (heartRateBpm) => ({ heartRateBpm }),
  RespRate: (respirationPerMin) => ({ respirationPerMin }),
  SysABP: (systolicMmhg) => ({ systolicMmhg }),
  NISysABP: (systolicMmhg) => ({ systolicMmhg }),
  DiasABP: (diastolicMmhg) => ({ diastolicMmhg }),
  NIDiasABP: (diastolicMmhg) => ({ diastolicMmhg }),
  SaO2: (spo2Pct) => ({ spo2Pct }),
  Temp: (temperatureC) => ({ temperatureC }),
  Weight: (weightKg) => ({ weightKg }),
  GCS: (score) => ({ consciousness: acvpu(score) }),
  FiO2: (fraction) => ({ onOxygen: fraction > 0.21 }),
};

/** Parameters of one instrument stay in one sample: an invasive pressure is not mixed with a cuff's. */
const INSTRUMENT: Readonly<Record<string, string>> = { NISysABP: 'cuff', NIDiasABP: 'cuff' };

const acvpu = (score: number): NonNullable<MeasuredVitals['consciousness']> =>
  score >= 15 ? 'A' : score === 14 ? 'C' : score >= 9 ? 'V' : score >= 4 ? 'P' : 'U';

interface Open {
  readonly offsetMs: number;
  readonly instrument: string;
  readonly vitals: Reading;
}

/** Reads the long form: one parameter a row, `-1` for missing; minutes since admission. */
export async function readIcu(path: string): Promise<VitalsScenario> {
  const csv = await openCsv(path);
  if (csv.header.join(',') !== HEADER) {
    csv.close();
    throw new UsageError(`${path} does not begin with ${HEADER}, as the long form of the challenge does.`);
  }
  const people = new Map<string, { index: number; ageYears: number | null; open: Open[] }>();
  const refused = new Map<string, number>();
  const refuse = (reason: string) => refused.set(reason, (refused.get(reason) ?? 0) + 1);
  let rows = 0;
  for await (const row of csv.rows) {
    rows += 1;
    const [id = '', time = '', parameter = '', text = ''] = row ?? [];
    const value = Number(text);
    const offsetMs = minutesOf(time);
    if (id === '' || offsetMs === null || text === '' || !Number.isFinite(value)) {
      refuse('bad_row');
      continue;
    }
    const person = people.get(id) ?? { index: people.size, ageYears: null, open: [] };
    people.set(id, person);
    if (value === -1) refuse('missing');
    else if (parameter === 'Age') person.ageYears = value;
    else if (!Object.hasOwn(READINGS, parameter)) refuse('other_parameter');
    else add(person.open, offsetMs, INSTRUMENT[parameter] ?? 'monitor', READINGS[parameter]?.(value) ?? {});
  }
  return {
    people: [...people].map(([name, { ageYears }]): RecordedPerson => ({ name, ageYears })),
    samples: inOrder(people.values()),
    rows,
    rowsRefused: Object.fromEntries([...refused].sort()),
  };
}

/** `HH:MM` since admission, in milliseconds. */
function minutesOf(time: string): number | null {
  const match = /^(\d{2,3}):([0-5]\d)$/.exec(time);
  return match ? (Number(match[1]) * 60 + Number(match[2])) * 60_000 : null;
}

/** Into the sample of this instant and instrument that does not hold it yet. */
function add(open: Open[], offsetMs: number, instrument: string, reading: Reading): void {
  const [name = ''] = Object.keys(reading);
  for (let i = open.length - 1; i >= 0 && open[i]?.offsetMs === offsetMs; i--) {
    const sample = open[i];
    if (sample?.instrument !== instrument || name in sample.vitals) continue;
    Object.assign(sample.vitals, reading);
    return;
  }
  open.push({ offsetMs, instrument, vitals: { ...reading } });
}

function inOrder(people: Iterable<{ index: number; open: readonly Open[] }>): MeasuredSample[] {
  return [...people]
    .flatMap(({ index, open }) =>
      open.map(({ offsetMs, vitals }) => ({ person: index, offsetMs, vitals: vitals as MeasuredVitals })),
    )
    .sort((a, b) => a.offsetMs - b.offsetMs || a.person - b.person);
}
