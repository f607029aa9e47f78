import type { LatLng } from '../../geo/lat-lng.ts';
import type { Clock } from '../../lib/clock.ts';
import { type Alert, dueAtMs, isClosed, isForDispatchers } from '../../telemetry/alerts/alert.ts';
import type { Change } from '../../telemetry/alerts/machine.ts';
import type {
  AlertStore,
  Audience,
  CommandKey,
  HistoryEntry,
  PersonSetting,
  Reach,
  Written,
} from '../../telemetry/alerts/store.ts';
import { writingOf } from '../../telemetry/alerts/writing.ts';
import type { LogEvent } from '../../telemetry/log-event.ts';

const LEASE_MS = 5_000;

/** What the real store says when it does not answer. */
export const storeAway = () => Object.assign(new Error('away'), { code: 'store_unavailable' });

interface Row {
  alert: Alert;
  batchId: string | null;
  leaseUntilMs: number;
}

/** {@link AlertStore} in memory, on the clock of a test. Each method takes effect at once, after a turn of the event loop. */
export class MemoryAlertStore implements AlertStore {
  readonly rows = new Map<string, Row>();
  readonly log: LogEvent[] = [];
  readonly sent: Reach[] = [];
  readonly positions = new Map<string, { readonly point: LatLng; readonly atMs: number }>();
  readonly settings = new Map<string, PersonSetting>();
  readonly #commands = new Map<string, string>();
  readonly #clock: Clock;
  /** Nothing is answered, and nothing is done. */
  isAway = false;
  /** What is asked is done, and then no answer comes. */
  losesAnswers = false;
  takes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  take: AlertStore['take'] = ({ batchId, personId, steps }, audience, key, decide) =>
    this.#answer(() => {
      this.takes += 1;
      const rows = [...this.rows.values()].filter(({ alert }) => alert.personId === personId);
      if (rows.some((row) => row.batchId === batchId)) return [];
      if (key && this.#commands.has(keyOf(key))) return [];
      const open = new Map(
        rows.filter(({ alert }) => !isClosed(alert)).map(({ alert }) => [alert.condition, alert]),
      );
      const around = { nowMs: this.#clock.nowMs(), opensSos: this.settings.get(personId)?.opensSos ?? true };
      const changes: Change[] = [];
      for (const step of steps) {
        const change = decide(open.get(step.condition) ?? null, step, around);
        if (!change) continue;
        changes.push(change);
        if (isClosed(change.alert)) open.delete(step.condition);
        else open.set(step.condition, change.alert);
      }
      if (key) this.#commands.set(keyOf(key), key.about);
      return this.#write(changes, audience, batchId);
    });

  change: AlertStore['change'] = (key, alertId, audience, decide) =>
    this.#answer(() => {
      const row = this.rows.get(alertId);
      if (!row) return { kind: 'missing' };
      const before = key && this.#commands.get(keyOf(key));
      if (before) return before === key.about ? { kind: 'repeated', alert: row.alert } : { kind: 'reused' };
      const decision = decide(row.alert, this.#clock.nowMs());
      if (!decision.ok) return { kind: 'refused', code: decision.code, alert: row.alert };
      if (key) this.#commands.set(keyOf(key), key.about);
      const [written] = this.#write([decision.value], audience, row.batchId);
      return { kind: 'done', ...(written as Written) };
    });

  get: AlertStore['get'] = (alertId) => this.#answer(() => this.rows.get(alertId)?.alert ?? null);

  history: AlertStore['history'] = (alertId) =>
    this.#answer(
      () => this.log.filter(({ stream }) => stream === `alert:${alertId}`) as unknown as HistoryEntry[],
    );

  list: AlertStore['list'] = ({
    personIds,
    assignedTo,
    forDispatchers,
    onlyForDispatchers,
    isOpen,
    severities,
    before,
    limit,
  }) =>
    this.#answer(() =>
      [...this.rows.values()]
        .map(({ alert }) => alert)
        .filter(
          (alert) =>
            (personIds.includes(alert.personId) ||
              (assignedTo !== null && alert.assignedTo === assignedTo) ||
              (forDispatchers && isForDispatchers(alert))) &&
            (!onlyForDispatchers || isForDispatchers(alert)) &&
            (isOpen === null || isClosed(alert) !== isOpen) &&
            (severities === null || severities.includes(alert.severity)) &&
            (before === null || alert.alertId < before),
        )
        .sort((a, b) => (a.alertId < b.alertId ? 1 : -1))
        .slice(0, limit),
    );

  claimDue: AlertStore['claimDue'] = (_nodeId, limit) =>
    this.#answer(() => {
      const nowMs = this.#clock.nowMs();
      const due = [...this.rows.values()].filter(({ alert, leaseUntilMs }) => {
        const atMs = dueAtMs(alert);
        return atMs !== null && atMs <= nowMs && leaseUntilMs <= nowMs;
      });
      for (const row of due.slice(0, limit)) row.leaseUntilMs = nowMs + LEASE_MS;
      return due.slice(0, limit).map(({ alert }) => alert.alertId);
    });

  setting: AlertStore['setting'] = (personId) =>
    this.#answer(() => this.settings.get(personId) ?? { opensSos: true, changedBy: null, changedAtMs: null });

  setSetting: AlertStore['setSetting'] = (personId, opensSos, changedBy) =>
    this.#answer(() => {
      const setting = { opensSos, changedBy, changedAtMs: this.#clock.nowMs() };
      this.settings.set(personId, setting);
      return setting;
    });

  refusing: AlertStore['refusing'] = () =>
    this.#answer(() => [...this.settings].flatMap(([id, { opensSos }]) => (opensSos ? [] : [id])));

  lastSeen: AlertStore['lastSeen'] = (userId) => this.#answer(() => this.positions.get(userId) ?? null);

  #write(changes: readonly Change[], audience: Audience, batchId: string | null): Written[] {
    const nowMs = this.#clock.nowMs();
    const events: LogEvent[] = [];
    const alerts = new Map<string, Alert>();
    for (const change of changes) {
      const { alert, entries } = writingOf(change, audience);
      alerts.set(alert.alertId, alert);
      for (const { kind, streamId, type, actorId, data } of entries) {
        const stream = `${kind}:${streamId}`;
        const seq = this.log.filter((event) => event.stream === stream).length + 1;
        const event = { stream, seq, atMs: nowMs, actorId, type, data };
        this.log.push(event);
        events.push(event);
      }
      if (change.events.some(({ type }) => type === 'alert.escalated')) this.sent.push(...audience.reach);
    }
    for (const alert of alerts.values()) {
      const leaseUntilMs = alert.sos.state === 'opening' ? nowMs + LEASE_MS : 0;
      this.rows.set(alert.alertId, { alert, batchId, leaseUntilMs });
    }
    return [...alerts.values()].map((alert, i) => {
      const due = dueAtMs(alert);
      return { alert, events: i === 0 ? events : [], dueInMs: due === null ? null : due - nowMs };
    });
  }

  async #answer<T>(work: () => T): Promise<T> {
    await Promise.resolve();
    if (this.isAway) throw storeAway();
    const answer = work();
    if (this.losesAnswers) throw storeAway();
    return answer;
  }
}

const keyOf = ({ actorId, commandId }: CommandKey) => `${actorId}/${commandId}`;
