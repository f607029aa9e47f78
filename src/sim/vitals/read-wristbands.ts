import { openCsv } from '../csv-rows.ts';
import { UsageError } from '../usage-error.ts';
import type { MeasuredSample, MeasuredVitals, VitalsScenario } from './scenario.ts';

const NEEDED = ['Participant', 'HR', 'respr', 'Time(sec)'] as const;

/**
 * Reads a table of wristbands: heart and breathing rate once a second, a cell is blank when there was none. Everybody
 * begins at the same moment, however far apart they were recorded.
 */
export async function readWristbands(path: string): Promise<VitalsScenario> {
  const csv = await openCsv(path);
  const places = NEEDED.map((name) => csv.header.indexOf(name));
  if (places.includes(-1)) {
    csv.close();
    throw new UsageError(`${path} needs the columns ${NEEDED.join(', ')}.`);
  }
  const people = new Map<string, { index: number; startS: number }>();
  const samples: MeasuredSample[] = [];
  const refused = { bad_row: 0, blank: 0 };
  let rows = 0;
  for await (const row of csv.rows) {
    rows += 1;
    const [id = '', heartRate = '', respiration = '', time = ''] = places.map((place) => row?.[place] ?? '');
    const atS = Number(time);
    if (id === '' || time === '' || !Number.isFinite(atS)) {
      refused.bad_row += 1;
      continue;
    }
    const person = people.get(id) ?? { index: people.size, startS: atS };
    people.set(id, person);
    const vitals = vitalsOf(heartRate, respiration);
    if (vitals === null) refused.blank += 1;
    else samples.push({ person: person.index, offsetMs: (atS - person.startS) * 1_000, vitals });
  }
  return {
    people: [...people.keys()].map((name) => ({ name, ageYears: null })),
    samples: samples.sort((a, b) => a.offsetMs - b.offsetMs || a.person - b.person),
    rows,
    rowsRefused: Object.fromEntries(Object.entries(refused).filter(([, count]) => count > 0)),
  };
}

function vitalsOf(heartRate: string, respiration: string): MeasuredVitals | null {
  const vitals: MeasuredVitals = {};
  if (isNumber(heartRate)) vitals.heartRateBpm = Number(heartRate);
  if (isNumber(respiration)) vitals.respirationPerMin = Number(respiration);
  return Object.keys(vitals).length === 0 ? null : vitals;
}

const isNumber = (cell: string) => cell.trim() !== '' && Number.isFinite(Number(cell));
