import { expect, test } from 'vitest';
import { ManualClock } from '../../lib/clock.ts';
import { uuidV7Maker } from '../../lib/ids.ts';
import { silentLogger } from '../../lib/log.ts';
import { noMetrics } from '../../lib/metric.ts';
import { seededRandom } from '../../lib/random.ts';
import { MemoryAlertStore, storeAway } from '../../testing/telemetry/memory-alert-store.ts';
import type { LogEvent } from '../log-event.ts';
import type { DeviceAlarm } from '../vitals/sample.ts';
import { Alerts, type OutageOfAlerts, type SosForAlerts } from './alerts.ts';
import type { AlertLog, KeptAlerts } from './kept-alerts.ts';
import { ALERT_DEFAULTS } from './settings.ts';

const PERSON = 'person';
const POINT = { lat: 1, lng: 2 };
type Order = Parameters<SosForAlerts['raise']>[0];

/** The disk of a node: what is on it outlives the process. */
class Disk implements AlertLog {
  readonly entries = new Map<string, KeptAlerts>();
  isFull = false;
  async append(kept: KeptAlerts): Promise<boolean> {
    if (!this.isFull) this.entries.set(kept.batchId, JSON.parse(JSON.stringify(kept)));
    return !this.isFull;
  }
  done(batchId: string): void {
    this.entries.delete(batchId);
  }
  kept(): readonly KeptAlerts[] {
    return [...this.entries.values()];
  }
}

class Scene {
  readonly clock = new ManualClock();
  readonly store = new MemoryAlertStore(this.clock);
  readonly newId = uuidV7Maker(() => this.clock.nowMs(), seededRandom(7));
  readonly disk = new Disk();
  readonly foretold: LogEvent[] = [];
  readonly told: LogEvent[] = [];
  readonly raised: Order[] = [];
  readonly #sos = new Map<string, string>();
  openSos: ReturnType<SosForAlerts['openOf']> = null;
  isRaising = true;
  elsewhere: OutageOfAlerts['elsewhere'] = async () => false;

  node(): Alerts {
    const { store } = this;
    const outage: OutageOfAlerts = {
      get isAway() {
        return store.isAway;
      },
      log: this.disk,
      elsewhere: (kept) => this.elsewhere(kept),
      foretell: (event) => void this.foretold.push(event),
      positionOf: () => null,
      isAccount: () => true,
    };
    const answer = <T>(value: T) => (store.isAway ? Promise.reject(storeAway()) : Promise.resolve(value));
    return new Alerts({
      store,
      people: {
        person: (id) => answer({ personId: id, userId: id, patientId: null, dateOfBirth: null }),
        relations: () => answer([]),
        careTeam: () => answer(['nurse']),
      },
      dispatchers: () => answer(['dispatcher']),
      reach: () => answer([]),
      isDispatcher: () => answer(false),
      sos: {
        openOf: () => this.openSos,
        raise: async (order) => {
          if (!this.isRaising) throw storeAway();
          this.raised.push(order);
          const key = `${order.alertId} ${order.dueAtMs}`;
          const sosId = this.#sos.get(key) ?? this.newId();
          this.#sos.set(key, sosId);
          return { sosId, isAttached: false };
        },
      },
      settings: ALERT_DEFAULTS,
      nodeId: this.newId(),
      clock: this.clock,
      random: seededRandom(3),
      newId: this.newId,
      log: silentLogger,
      metrics: noMetrics,
      publish: (event) => this.told.push(event),
      outage,
    });
  }

  alarm(change: Partial<DeviceAlarm> = {}): DeviceAlarm {
    const nowMs = this.clock.nowMs();
    const times = { raisedAtMs: nowMs, receivedAtMs: nowMs };
    return {
      id: this.newId(),
      personId: PERSON,
      deviceId: 'd',
      kind: 'panic',
      ...times,
      point: POINT,
      late: false,
      ...change,
    };
  }

  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 500) {
      this.clock.advance(Math.min(500, left));
      await settled();
    }
  }

  get alerts() {
    return [...this.store.rows.values()].map(({ alert }) => alert);
  }
}

const settled = async () => {
  for (let turn = 0; turn < 60; turn++) await Promise.resolve();
};

test('an alarm that is acknowledged while the store is away is on the disk, those who care hear of it, and its SOS is opened', async () => {
  const scene = new Scene();
  const alerts = scene.node();
  await alerts.alarmed(scene.alarm({ kind: 'no_motion' }));
  scene.store.isAway = true;
  await alerts.alarmed(scene.alarm());
  expect(scene.disk.kept()).toHaveLength(1);
  expect(scene.foretold.map(({ stream, type }) => `${stream} ${type}`)).toEqual(
    expect.arrayContaining([`inbox:${PERSON} alert.opened`, 'inbox:nurse alert.opened']),
  );
  expect(scene.raised).toEqual([]);
  await scene.pass(10_000);
  expect(scene.raised).toMatchObject([{ userId: PERSON, point: POINT }]);
  expect(scene.foretold.map(({ type }) => type)).toContain('alert.sos_opened');
});

test('it is written when the store is back, with the SOS that it has, and opens no other', async () => {
  const scene = new Scene();
  const alerts = scene.node();
  alerts.start();
  scene.store.isAway = true;
  await alerts.alarmed(scene.alarm());
  await scene.pass(10_000);
  const [order] = scene.raised;
  scene.store.isAway = false;
  expect(await alerts.reconcile()).toBe(true);
  expect(scene.disk.kept()).toEqual([]);
  expect(scene.alerts).toMatchObject([{ alertId: order?.alertId, sos: { state: 'opened' } }]);
  // Its SOS may long be over.
  await scene.pass(60_000);
  expect(scene.raised).toHaveLength(1);
  expect(await alerts.reconcile()).toBe(false);
  await alerts.stop();
});

test('a node that is killed finds what it has acknowledged, opens its SOS as the same one, and writes it once', async () => {
  const scene = new Scene();
  scene.store.isAway = true;
  const alarm = scene.alarm();
  await scene.node().alarmed(alarm);
  const again = scene.node();
  again.start();
  await scene.pass(10_000);
  // The process that was killed would have raised the same.
  expect(new Set(scene.raised.map(({ alertId, dueAtMs }) => `${alertId} ${dueAtMs}`)).size).toBe(1);
  // Its device had not heard the acknowledgement.
  await again.alarmed(alarm);
  scene.store.isAway = false;
  expect(await again.reconcile()).toBe(true);
  await again.alarmed(alarm);
  expect(scene.alerts).toMatchObject([{ condition: 'panic', count: 1 }]);
  await again.stop();
});

test('what a finding says waits on the disk, and what is over before its time opens nothing', async () => {
  const scene = new Scene();
  const alerts = scene.node();
  scene.store.isAway = true;
  const finding = { personId: PERSON, type: 'news2', condition: 'news2_high', severity: 'CRITICAL' } as const;
  const atMs = scene.clock.nowMs();
  alerts.found({ ...finding, state: 'holds', atMs, detail: {} });
  await settled();
  expect(alerts.figures().waiting).toBe(0);
  alerts.found({ ...finding, state: 'over', atMs, detail: {} });
  await scene.pass(60_000);
  expect([scene.raised, scene.disk.kept().length]).toEqual([[], 2]);
  scene.store.isAway = false;
  expect(await alerts.reconcile()).toBe(true);
  expect(scene.alerts).toMatchObject([{ condition: 'news2_high', state: 'cleared' }]);
});

test('no machine opens an SOS for somebody who has said that they want none', async () => {
  const scene = new Scene();
  await scene.store.setSetting(PERSON, false, PERSON);
  const alerts = scene.node();
  alerts.start();
  await settled();
  scene.store.isAway = true;
  await alerts.alarmed(scene.alarm());
  await scene.pass(60_000);
  expect(scene.raised).toEqual([]);
  await alerts.stop();
});

test('an SOS that can not be opened is tried again, and one that is there is enough', async () => {
  const scene = new Scene();
  const alerts = scene.node();
  scene.store.isAway = true;
  scene.isRaising = false;
  await alerts.alarmed(scene.alarm());
  await scene.pass(12_000);
  scene.openSos = { sosId: 'theirs', alertId: null };
  await scene.pass(3_000);
  expect(scene.foretold.at(-1)).toMatchObject({ type: 'alert.sos_opened', data: { sosId: 'theirs' } });
  expect(scene.raised).toEqual([]);
});

test('nothing is acknowledged that is neither on the disk nor with a node that has the store', async () => {
  const scene = new Scene();
  const alerts = scene.node();
  const other = scene.node();
  scene.store.isAway = true;
  scene.disk.isFull = true;
  await expect(alerts.alarmed(scene.alarm())).rejects.toMatchObject({ code: 'store_unavailable' });
  const taken: KeptAlerts[] = [];
  scene.elsewhere = async (kept) => taken.push(kept) > 0;
  await alerts.alarmed(scene.alarm());
  scene.store.isAway = false;
  for (const kept of taken) await other.takeForOther(kept);
  expect(scene.alerts).toMatchObject([{ condition: 'panic', alertId: taken[0]?.alertIds[0] }]);
});
