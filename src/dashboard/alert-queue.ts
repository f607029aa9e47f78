import type { CareAlert } from './care-wall.ts';
import { severityRank } from './vital-signs.ts';

/** What can be done about an alert as it stands. */
export interface AlertActions {
  readonly acknowledge: boolean;
  readonly falseAlarm: boolean;
  readonly assign: boolean;
  readonly resolve: boolean;
  readonly cancelSos: boolean;
}

const NOTHING: AlertActions = {
  acknowledge: false,
  falseAlarm: false,
  assign: false,
  resolve: false,
  cancelSos: false,
};

/** `isMine`: it is about whoever looks; what is CRITICAL has to be looked after by somebody else. */
export function actionsFor({ state, severity, sos }: CareAlert, isMine: boolean): AlertActions {
  if (state === 'resolved' || state === 'cleared') return NOTHING;
  const mayDecide = !isMine || severity !== 'CRITICAL';
  return {
    acknowledge: mayDecide && state === 'open',
    falseAlarm: mayDecide && sos.state === 'pending',
    assign: !isMine,
    resolve: mayDecide,
    cancelSos: sos.state === 'pending',
  };
}

/** What nobody looks after first, by severity; then what is being looked after. The oldest of a kind waits longest. */
export function byNeed(alerts: readonly CareAlert[]): CareAlert[] {
  return [...alerts].sort(
    (a, b) =>
      Number(b.sos.state === 'pending') - Number(a.sos.state === 'pending') ||
      Number(b.state === 'open') - Number(a.state === 'open') ||
      severityRank(b.severity) - severityRank(a.severity) ||
      a.openedAtMs - b.openedAtMs ||
      a.alertId.localeCompare(b.alertId),
  );
}

/** Whether somebody has to be called to the screen for it. */
export const rings = ({ state, severity }: CareAlert): boolean => state === 'open' && severity === 'CRITICAL';

/**
 * Which alerts ring that did not ring before: new ones, and those that rang, were looked after, and have become worse.
 * Of the first look at a page nothing is new.
 */
export class Ringing {
  #known: ReadonlySet<string> | null = null;

  fresh(alerts: readonly CareAlert[]): readonly CareAlert[] {
    const now = alerts.filter(rings);
    const known = this.#known;
    this.#known = new Set(now.map(({ alertId }) => alertId));
    return known === null ? [] : now.filter(({ alertId }) => !known.has(alertId));
  }
}

/** What the tab says: `(2) Care` while two critical ones are open. */
export const tabTitle = (title: string, ringing: number): string =>
  ringing === 0 ? title : `(${ringing}) ${title}`;
