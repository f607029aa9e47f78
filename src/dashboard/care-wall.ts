import type { CareRow } from '../client/index.ts';
import type { DownBody } from '../protocol/down.ts';
import { riskRank } from './news2.ts';
import { STREAMS, severityRank, signOf } from './vital-signs.ts';

export type CareAlert = CareRow['alerts'][number];

/** Everybody one cares for, as the feed last told. */
export class CareWall {
  readonly #people = new Map<string, CareRow>();
  /** What a command was answered with, which the feed may not have told yet. */
  readonly #answered = new Map<string, CareAlert>();

  get people(): readonly CareRow[] {
    return [...this.#people.values()].map((row) => this.#shown(row));
  }

  replace(people: readonly CareRow[]): void {
    this.#people.clear();
    this.#set(people);
  }

  update({ people, gone }: DownBody<'care_state'>): void {
    this.#set(people);
    for (const id of gone) this.#people.delete(id);
  }

  /** An alert as a command was answered: counts until the feed tells of it as new or newer. */
  answered(alert: CareAlert): void {
    this.#answered.set(alert.alertId, alert);
  }

  #set(people: readonly CareRow[]): void {
    for (const row of people) {
      this.#people.set(row.personId, row);
      for (const { alertId, seq } of row.alerts)
        if (seq >= (this.#answered.get(alertId)?.seq ?? 0)) this.#answered.delete(alertId);
      this.#forgetEnded(row);
    }
  }

  /** An answer about an alert that is over is only needed until the feed leaves it out. */
  #forgetEnded({ personId, alerts }: CareRow): void {
    for (const { alertId, personId: whose, isResolved } of this.#answered.values())
      if (whose === personId && isResolved && !alerts.some((one) => one.alertId === alertId))
        this.#answered.delete(alertId);
  }

  /** The same row for as long as nothing changes, so that only what changed is drawn again. */
  #shown(row: CareRow): CareRow {
    if (!row.alerts.some(({ alertId }) => this.#answered.has(alertId))) return row;
    const alerts = row.alerts.map((alert) => this.#answered.get(alert.alertId) ?? alert);
    return { ...row, alerts: alerts.filter((one) => !one.isResolved) };
  }
}

/** Whoever has nothing that is young: a silent device looks like a calm patient. */
export function isSilent({ values }: Pick<CareRow, 'values'>, nowMs: number): boolean {
  return !STREAMS.some((vital) => {
    const known = values[vital];
    return known !== undefined && nowMs - known.atMs <= signOf(vital).staleAfterMs;
  });
}

/** How urgent somebody is, compared from left to right: alerts that nobody looks after, the score, other alerts, silence, points. */
function urgency(row: CareRow, nowMs: number): readonly number[] {
  const rank = (alerts: readonly CareAlert[]) =>
    Math.max(0, ...alerts.map(({ severity }) => severityRank(severity)));
  const open = row.alerts.filter(({ state }) => state === 'open');
  return [
    rank(open),
    riskRank(row.news2),
    rank(row.alerts),
    isSilent(row, nowMs) ? 1 : 0,
    row.news2?.total ?? row.news2?.atLeast ?? 0,
  ];
}

/** The most urgent first; who is as urgent stays in the order of names, so that a calm wall stands still. */
export function byUrgency(
  people: readonly CareRow[],
  nameOf: (personId: string) => string,
  nowMs: number,
): CareRow[] {
  const keyed = people.map((row) => ({ row, key: urgency(row, nowMs), name: nameOf(row.personId) }));
  keyed.sort((a, b) => {
    for (const [i, left] of a.key.entries()) {
      const right = b.key[i] ?? 0;
      if (left !== right) return right - left;
    }
    return a.name.localeCompare(b.name) || a.row.personId.localeCompare(b.row.personId);
  });
  return keyed.map(({ row }) => row);
}

/** The tone of a tile: its worst open alert that nobody looks after, else the score. */
export type TileTone = 'critical' | 'high' | 'medium' | 'silent' | 'calm';

export function tileTone(row: CareRow, nowMs: number): TileTone {
  const [alert = 0, risk = 0] = urgency(row, nowMs);
  if (alert >= 4 || risk >= 3) return 'critical';
  if (alert === 3 || risk === 2) return 'high';
  if (alert === 2 || risk === 1) return 'medium';
  return isSilent(row, nowMs) ? 'silent' : 'calm';
}
