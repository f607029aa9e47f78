import type { CareRow, VitalName } from '../client/index.ts';
import { must } from '../lib/assert.ts';

const HOUR_MS = 3_600_000;

interface Sign {
  readonly vital: VitalName;
  /** As the chart of NEWS2 and people at a bedside write it; the same in every language. */
  readonly unit: string;
  readonly digits: number;
  /** What a score does not count any more, by the defaults of docs/vitals.md; a day where no score asks for it. */
  readonly staleAfterMs: number;
  /** How its alerts call it: `heart_rate_high`, `no_data_heart_rate`. */
  readonly condition: string;
}

/** In the order in which somebody at a bedside looks. */
export const SIGNS: readonly Sign[] = [
  { vital: 'heartRateBpm', unit: 'bpm', digits: 0, staleAfterMs: HOUR_MS / 2, condition: 'heart_rate' },
  { vital: 'spo2Pct', unit: '%', digits: 0, staleAfterMs: HOUR_MS / 2, condition: 'spo2' },
  {
    vital: 'respirationPerMin',
    unit: '/min',
    digits: 0,
    staleAfterMs: HOUR_MS / 2,
    condition: 'respiration',
  },
  { vital: 'systolicMmhg', unit: 'mmHg', digits: 0, staleAfterMs: 4 * HOUR_MS, condition: 'systolic' },
  { vital: 'diastolicMmhg', unit: 'mmHg', digits: 0, staleAfterMs: 4 * HOUR_MS, condition: 'diastolic' },
  { vital: 'temperatureC', unit: '°C', digits: 1, staleAfterMs: 8 * HOUR_MS, condition: 'temperature' },
  { vital: 'oxygenLpm', unit: 'l/min', digits: 0, staleAfterMs: 4 * HOUR_MS, condition: 'oxygen' },
  { vital: 'glucoseMmolL', unit: 'mmol/l', digits: 1, staleAfterMs: 24 * HOUR_MS, condition: 'glucose' },
  { vital: 'weightKg', unit: 'kg', digits: 1, staleAfterMs: 24 * HOUR_MS, condition: 'weight' },
];

/** These come as streams: a line of the last hour says more than a number. */
export const STREAMS: readonly VitalName[] = ['heartRateBpm', 'spo2Pct', 'respirationPerMin'];

/** Signs are on the wall when they are of everybody, or when this person has them. */
const ALWAYS: ReadonlySet<VitalName> = new Set([
  'heartRateBpm',
  'spo2Pct',
  'respirationPerMin',
  'systolicMmhg',
  'temperatureC',
]);

export const signOf = (vital: VitalName): Sign =>
  must(
    SIGNS.find((sign) => sign.vital === vital),
    'a vital sign',
  );

export type AlertTone = 'critical' | 'high' | 'medium' | 'low';

/** One value of one person as a tile shows it. */
export interface VitalCell {
  readonly vital: VitalName;
  /** Null: nothing is known. Of blood pressure both, `118/76`. */
  readonly text: string | null;
  readonly unit: string;
  readonly atMs: number | null;
  readonly isStale: boolean;
  /** Of the worst open alert about it; null: there is none. */
  readonly tone: AlertTone | null;
}

/** The newest value of each vital sign, old ones shown as old. */
export function vitalCells(
  { values, alerts }: Pick<CareRow, 'values' | 'alerts'>,
  nowMs: number,
): VitalCell[] {
  const cells: VitalCell[] = [];
  for (const { vital, unit, digits, staleAfterMs, condition } of SIGNS) {
    // It stands behind the systolic one.
    if (vital === 'diastolicMmhg') continue;
    const known = values[vital];
    if (!known && !ALWAYS.has(vital)) continue;
    const text = typeof known?.value === 'number' ? known.value.toFixed(digits) : null;
    const low = vital === 'systolicMmhg' ? values.diastolicMmhg : undefined;
    const both = text !== null && typeof low?.value === 'number' ? `${text}/${low.value.toFixed(0)}` : text;
    const conditions = vital === 'systolicMmhg' ? [condition, 'diastolic'] : [condition];
    cells.push({
      vital,
      text: both,
      unit,
      atMs: known?.atMs ?? null,
      isStale: known !== undefined && nowMs - known.atMs > staleAfterMs,
      tone: toneOf(alerts, conditions),
    });
  }
  return cells;
}

const RANK: Readonly<Record<string, number>> = { LOW: 1, MEDIUM: 2, HIGH: 3, CRITICAL: 4 };
const TONES: readonly AlertTone[] = ['low', 'medium', 'high', 'critical'];

/** 1 to 4; 0 for a severity that is not known yet. */
export const severityRank = (severity: string): number => RANK[severity] ?? 0;
export const toneOfSeverity = (severity: string): AlertTone =>
  TONES[Math.max(1, severityRank(severity)) - 1] ?? 'low';

function toneOf(alerts: CareRow['alerts'], conditions: readonly string[]): AlertTone | null {
  const about = alerts.filter(({ condition }) =>
    conditions.some((one) => condition === `${one}_high` || condition === `${one}_low`),
  );
  const worst = Math.max(0, ...about.map(({ severity }) => severityRank(severity)));
  return worst === 0 ? null : (TONES[worst - 1] ?? null);
}
