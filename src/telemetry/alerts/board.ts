import type { Metrics } from '../../lib/metric.ts';
import type { LogEvent } from '../log-event.ts';
import { type Alert, isForDispatchers } from './alert.ts';
import { alertView, type coarseAlertView } from './view.ts';

type CoarseView = ReturnType<typeof coarseAlertView>;
type View = ReturnType<typeof alertView>;

/** More than anybody can look at; then the oldest leave the board. */
const OPEN_MAX = 2_000;
/** Closed ones are known a while longer, for their last event to be shown. */
const CLOSED_KEPT = 500;

/** Every open alert of which dispatchers were told, as it stands: what their feed begins with. */
export class AlertBoard {
  readonly #open = new Map<string, CoarseView>();
  readonly #closed = new Map<string, number>();
  readonly #metrics: Metrics;

  constructor({ metrics }: { readonly metrics: Metrics }) {
    this.#metrics = metrics;
  }

  /** What stood in the store when the node began. */
  begin(alerts: Iterable<Alert>): void {
    for (const alert of alerts) this.#take(alertView(alert), isForDispatchers(alert));
  }

  /** An event of an alert, from this node or another; of two the one with the higher number counts. */
  take({ stream, data }: LogEvent): void {
    if (!stream.startsWith('alert:')) return;
    const { alert } = data as { readonly alert: View };
    this.#take(alert, isForDispatchers(alert));
  }

  /** Whether dispatchers know of it. */
  knows(alertId: string): boolean {
    return this.#open.has(alertId) || this.#closed.has(alertId);
  }

  snapshot(): CoarseView[] {
    return [...this.#open.values()];
  }

  #take(alert: View, isForThem: boolean): void {
    const { alertId, seq } = alert;
    const known = this.#open.get(alertId)?.seq ?? this.#closed.get(alertId) ?? 0;
    if (seq <= known || (known === 0 && !isForThem)) return;
    if (!alert.isResolved) {
      this.#open.set(alertId, coarse(alert));
      if (dropOldest(this.#open, OPEN_MAX)) this.#metrics.count('alerts_board_dropped');
      return;
    }
    this.#open.delete(alertId);
    this.#closed.set(alertId, seq);
    dropOldest(this.#closed, CLOSED_KEPT);
  }
}

/** The event as dispatchers see it: without what was measured, said or done. */
export function coarseEvent<E extends LogEvent>(event: E): E {
  const { alert, ...rest } = event.data as { readonly alert: View };
  return { ...event, data: { ...rest, alert: coarse(alert) } };
}

function coarse(view: View): CoarseView {
  const { message: _, detail: __, actionTaken: ___, ...rest } = view;
  return rest;
}

function dropOldest(kept: Map<string, unknown>, max: number): boolean {
  const oldest = kept.size > max ? kept.keys().next().value : undefined;
  return oldest !== undefined && kept.delete(oldest);
}
