import { describe, expect, test } from 'vitest';
import type { Relation } from '../../access/words.ts';
import { type Clock, ManualClock, systemClock } from '../../lib/clock.ts';
import { uuidV7Maker } from '../../lib/ids.ts';
import { silentLogger } from '../../lib/log.ts';
import type { Metrics } from '../../lib/metric.ts';
import { seededRandom } from '../../lib/random.ts';
import { MemoryAlertStore } from '../../testing/telemetry/memory-alert-store.ts';
import type { LogEvent } from '../log-event.ts';
import type { Finding } from '../vitals/finding.ts';
import type { DeviceAlarm } from '../vitals/sample.ts';
import { Alerts, type AlertsOptions, type SosForAlerts } from './alerts.ts';
import { ALERT_DEFAULTS } from './settings.ts';

const [PERSON, NURSE, DISPATCHER, STRANGER] = ['person', 'nurse', 'dispatcher', 'stranger'] as const;
const POINT = { lat: 1, lng: 2 };
const MINUTE = 60_000;

/** A street with a store, a care team of one, and as many nodes as a test wants. */
class Scene {
  readonly clock = new ManualClock();
  readonly #time: Clock;
  readonly store: MemoryAlertStore;
  readonly newId = uuidV7Maker(() => this.#time.nowMs(), seededRandom(7));
  readonly told: LogEvent[] = [];
  readonly counted = new Map<string, number>();
  readonly raised: Parameters<SosForAlerts['raise']>[0][] = [];
  openSos: ReturnType<SosForAlerts['openOf']> = null;
  raising: (() => Promise<void>) | null = null;
  readonly #sosOf = new Map<string, string>();

  constructor(time?: Clock) {
    this.#time = time ?? this.clock;
    this.store = new MemoryAlertStore(this.#time);
  }

  node(change: Partial<AlertsOptions> = {}): Alerts {
    const metrics: Metrics = {
      count: (name, _labels, by = 1) => void this.counted.set(name, (this.counted.get(name) ?? 0) + by),
      gauge: () => {},
      observeMs: () => {},
    };
    return new Alerts({
      store: this.store,
      people: {
        person: async (id) => ({ personId: id, userId: id, patientId: null, dateOfBirth: null }),
        relations: async (viewer, { personId }): Promise<Relation[]> =>
          viewer === NURSE ? ['care_team'] : viewer === personId ? ['self'] : [],
        careTeam: async () => [NURSE],
      },
      dispatchers: async () => [DISPATCHER],
      reach: async (userIds) =>
        userIds.map((userId) => ({ userId, channel: 'sms', recipient: `+1${userId}` })),
      isDispatcher: async (userId) => userId === DISPATCHER,
      sos: {
        openOf: () => this.openSos,
        raise: async (order) => {
          await this.raising?.();
          this.raised.push(order);
          const key = `${order.alertId} ${order.dueAtMs}`;
          const sosId = this.#sosOf.get(key) ?? this.newId();
          this.#sosOf.set(key, sosId);
          return { sosId, isAttached: false };
        },
      },
      settings: ALERT_DEFAULTS,
      nodeId: this.newId(),
      clock: this.#time,
      random: seededRandom(3),
      newId: this.newId,
      log: silentLogger,
      metrics,
      publish: (event) => this.told.push(event),
      ...change,
    });
  }

  finding(change: Partial<Finding> = {}): Finding {
    return {
      personId: PERSON,
      type: 'vital',
      condition: 'heart_rate_high',
      state: 'holds',
      severity: 'HIGH',
      atMs: this.clock.nowMs(),
      detail: {},
      ...change,
    };
  }

  alarm(change: Partial<DeviceAlarm> = {}): DeviceAlarm {
    const nowMs = this.#time.nowMs();
    return {
      id: this.newId(),
      personId: PERSON,
      deviceId: 'd',
      kind: 'fall',
      raisedAtMs: nowMs,
      receivedAtMs: nowMs,
      point: POINT,
      late: false,
      ...change,
    };
  }

  /** Lets time pass in steps of a sweep, and everything happen that follows. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 500) {
      this.clock.advance(Math.min(500, left));
      await settled();
    }
  }

  types(stream: string): string[] {
    return this.store.log.filter((event) => event.stream === stream).map(({ type }) => type);
  }

  get alerts() {
    return [...this.store.rows.values()].map(({ alert }) => alert);
  }

  get alert() {
    const [first] = this.alerts;
    if (!first) throw new Error('there is no alert');
    return first;
  }
}

const settled = async () => {
  for (let turn = 0; turn < 60; turn++) await Promise.resolve();
};

describe('what is found', () => {
  test('is told at once to those whom it concerns', async () => {
    const scene = new Scene();
    scene.node().found(scene.finding());
    await settled();
    expect(scene.told.map(({ stream, type }) => `${stream.split(':')[0]} ${type}`)).toEqual([
      'alert alert.opened',
      'inbox alert.opened',
      'inbox alert.opened',
    ]);
  });

  test('while the store is away waits as its newest state, is counted, and arrives', async () => {
    const scene = new Scene();
    const alerts = scene.node();
    scene.store.isAway = true;
    for (let i = 0; i < 100; i++) {
      alerts.found(scene.finding({ detail: { i } }));
      alerts.found(scene.finding({ condition: 'spo2_low', state: i % 2 === 0 ? 'holds' : 'over' }));
      await scene.pass(500);
    }
    expect(alerts.figures().waiting).toBeLessThanOrEqual(4);
    expect(scene.counted.get('alerts_findings_coalesced')).toBeGreaterThan(150);
    scene.store.isAway = false;
    await scene.pass(6_000);
    expect(alerts.figures().waiting).toBe(0);
    const ofHeart = scene.alerts.filter(({ condition }) => condition === 'heart_rate_high');
    expect(ofHeart).toMatchObject([{ count: 100, detail: { i: 99 }, state: 'open' }]);
    const ofOxygen = scene.alerts.filter(({ condition }) => condition === 'spo2_low');
    expect(ofOxygen.map(({ state }) => state)).not.toContain('open');
    expect(ofOxygen.reduce((sum, { count }) => sum + count, 0)).toBe(50);
  });

  test('is written once when the answer was lost', async () => {
    const scene = new Scene();
    const alerts = scene.node();
    scene.store.losesAnswers = true;
    alerts.found(scene.finding());
    await settled();
    scene.store.losesAnswers = false;
    await scene.pass(1_000);
    expect(scene.store.takes).toBe(2);
    expect(scene.alert.count).toBe(1);
  });

  const failing = (scene: Scene, error: Error & { code?: string }) => {
    const take = scene.store.take;
    scene.store.take = (batch, ...rest) =>
      batch.personId === 'poison' ? Promise.reject(error) : take(batch, ...rest);
    return () => {
      scene.store.take = take;
    };
  };

  test.each(['22P02', '23514'])(
    'does not wait behind what the store refuses with %s, which is dropped',
    async (code) => {
      const scene = new Scene();
      failing(scene, Object.assign(new Error('never'), { code }));
      const alerts = scene.node();
      alerts.found(scene.finding({ personId: 'poison' }));
      alerts.found(scene.finding());
      await settled();
      expect(scene.alerts).toHaveLength(1);
      await scene.pass(30_000);
      expect(alerts.figures().waiting).toBe(0);
      expect(scene.counted.get('alerts_findings_dropped')).toBe(1);
    },
  );

  test.each(['40001', '53100', undefined])(
    'is kept through whatever else fails (%s), and holds up nobody',
    async (code) => {
      const scene = new Scene();
      const recover = failing(scene, Object.assign(new Error('not now'), code === undefined ? {} : { code }));
      const alerts = scene.node();
      alerts.found(scene.finding({ personId: 'poison' }));
      await scene.pass(10 * MINUTE);
      alerts.found(scene.finding());
      await settled();
      expect(scene.alerts.map(({ personId }) => personId)).toEqual([PERSON]);
      expect(alerts.waitsFor('poison')).toBe(true);
      expect(scene.counted.get('alerts_findings_failed')).toBeLessThan(1_000);
      recover();
      await scene.pass(6_000);
      expect(scene.alerts.map(({ personId }) => personId)).toEqual([PERSON, 'poison']);
      expect(alerts.waitsFor('poison')).toBe(false);
      expect(scene.counted.get('alerts_findings_dropped')).toBeUndefined();
    },
  );

  test('when it is critical, is written before all others that wait, and beside those that are being written', async () => {
    const scene = new Scene();
    const take = scene.store.take;
    const begun: string[] = [];
    let go = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    scene.store.take = async (batch, ...rest) => {
      begun.push(batch.personId);
      await gate;
      return take(batch, ...rest);
    };
    const alerts = scene.node();
    for (let i = 0; i < 100; i++) alerts.found(scene.finding({ personId: `p${i}` }));
    for (const personId of ['a', 'b', 'c']) alerts.found(scene.finding({ personId, severity: 'CRITICAL' }));
    await settled();
    expect(begun).toEqual(['p0', 'p1', 'p2', 'p3', 'p4', 'p5', 'a', 'b']);
    go();
    for (let turn = 0; turn < 50; turn++) await settled();
    expect(begun.indexOf('c')).toBe(8);
    expect(scene.alerts).toHaveLength(103);
  });

  test('takes no memory without bound: what is not critical is dropped by name', async () => {
    const scene = new Scene();
    scene.store.isAway = true;
    const alerts = scene.node({});
    for (let i = 0; i < 50_100; i++) alerts.found(scene.finding({ personId: `p${i}` }));
    expect(alerts.figures().waiting).toBe(50_000);
    expect(scene.counted.get('alerts_findings_dropped')).toBe(100);
    alerts.found(scene.finding({ personId: 'q', severity: 'CRITICAL' }));
    expect(alerts.figures().waiting).toBe(50_001);
  });
});

describe('an alarm of a device', () => {
  test('is an alert once its promise resolves, and the same again is none', async () => {
    const scene = new Scene();
    const alerts = scene.node();
    const alarm = scene.alarm();
    await alerts.alarmed(alarm);
    expect(scene.alert).toMatchObject({ type: 'alarm', condition: 'fall', severity: 'CRITICAL', count: 1 });
    await alerts.alarmed(alarm);
    await alerts.alarmed(scene.alarm());
    expect(scene.alert.count).toBe(2);
  });

  test('rejects while the store is away, so that the device keeps it', async () => {
    const scene = new Scene();
    scene.store.isAway = true;
    await expect(scene.node().alarmed(scene.alarm())).rejects.toThrow('away');
  });

  test.each([
    ['panic', false, 'CRITICAL'],
    ['no_motion', false, 'HIGH'],
    ['panic', true, 'LOW'],
  ] as const)('%s, late: %s, is %s', async (kind, late, severity) => {
    const scene = new Scene();
    await scene.node().alarmed(scene.alarm({ kind, late }));
    expect(scene.alert.severity).toBe(severity);
  });
});

describe('escalation', () => {
  test('goes to the care team again, outside too, and then to dispatchers', async () => {
    const scene = new Scene();
    const alerts = scene.node();
    alerts.start();
    alerts.found(scene.finding());
    await scene.pass(5 * MINUTE - 500);
    expect(scene.types(`inbox:${NURSE}`)).toEqual(['alert.opened']);
    await scene.pass(1_000);
    expect(scene.types(`inbox:${NURSE}`)).toEqual(['alert.opened', 'alert.escalated']);
    expect(scene.store.sent).toEqual([{ userId: NURSE, channel: 'sms', recipient: '+1nurse' }]);
    expect(scene.types(`inbox:${DISPATCHER}`)).toEqual([]);
    await scene.pass(5 * MINUTE);
    expect(scene.types(`inbox:${DISPATCHER}`)).toEqual(['alert.escalated']);
    await scene.pass(60 * MINUTE);
    expect(scene.types(`inbox:${NURSE}`)).toHaveLength(3);
    await alerts.stop();
  });

  test('is done by another node when the one that opened the alert is gone', async () => {
    const scene = new Scene();
    const first = scene.node();
    first.found(scene.finding());
    await settled();
    await first.stop();
    const second = scene.node();
    second.start();
    await scene.pass(5 * MINUTE + 1_000);
    expect(scene.alert.escalationLevel).toBe(1);
    await second.stop();
  });
});

describe('an SOS by a machine', () => {
  test('is opened once by two nodes, when its moment has passed', async () => {
    const scene = new Scene();
    const nodes = [scene.node(), scene.node()];
    for (const node of nodes) node.start();
    await nodes[0]?.alarmed(scene.alarm());
    await scene.pass(29_000);
    expect(scene.raised).toEqual([]);
    await scene.pass(2_000);
    expect(new Set(scene.raised.map(({ alertId }) => alertId)).size).toBe(1);
    expect(scene.raised[0]).toMatchObject({ userId: PERSON, point: POINT });
    expect(scene.raised[0]?.description).toMatch(
      /^Raised by a machine, not by the person: A fall was detected\./,
    );
    expect(scene.alert.sos).toMatchObject({ state: 'opened', isAttached: false });
    expect(
      scene.types(`alert:${scene.alert.alertId}`).filter((type) => type === 'alert.sos_opened'),
    ).toHaveLength(1);
    for (const node of nodes) await node.stop();
  });

  test('is not opened after it was called off by the person', async () => {
    const scene = new Scene();
    const alerts = scene.node();
    alerts.start();
    await alerts.alarmed(scene.alarm());
    await scene.pass(20_000);
    const { alertId } = scene.alert;
    const by = { userId: PERSON, grants: [] };
    expect(await alerts.execute(by, ['alert.cancel_sos', { id: scene.newId(), alertId }])).toMatchObject({
      ok: true,
      value: { alert: { sos: { state: 'cancelled' } } },
    });
    await scene.pass(10 * MINUTE);
    expect(scene.raised).toEqual([]);
    await alerts.stop();
  });

  test('goes where the phone was last, when the alarm does not say where', async () => {
    const scene = new Scene();
    const alerts = scene.node();
    alerts.start();
    scene.store.positions.set(PERSON, { point: { lat: 5, lng: 6 }, atMs: scene.clock.nowMs() - 10 * MINUTE });
    await alerts.alarmed(scene.alarm({ point: null }));
    await scene.pass(31_000);
    expect(scene.raised[0]?.point).toEqual({ lat: 5, lng: 6 });
    expect(scene.raised[0]?.description).toContain('Last known to be here 11 minutes ago.');
    await alerts.stop();
  });

  test('is left to dispatchers when nobody knows where the person is', async () => {
    const scene = new Scene();
    const alerts = scene.node();
    alerts.start();
    await alerts.alarmed(scene.alarm({ point: null }));
    await scene.pass(31_000);
    expect(scene.raised).toEqual([]);
    expect(scene.alert).toMatchObject({ escalationLevel: 2, sos: { state: 'no_position' } });
    expect(scene.types(`inbox:${DISPATCHER}`)).toContain('alert.escalated');
    await alerts.stop();
  });

  test('belongs to the one that the person has opened meanwhile', async () => {
    const scene = new Scene();
    const alerts = scene.node();
    alerts.start();
    await alerts.alarmed(scene.alarm());
    scene.openSos = { sosId: 'theirs', alertId: null };
    await scene.pass(31_000);
    expect(scene.raised).toEqual([]);
    expect(scene.alert.sos).toMatchObject({ state: 'opened', sosId: 'theirs', isAttached: true });
    await alerts.stop();
  });

  test('is tried again until dispatch takes it', async () => {
    const scene = new Scene();
    const alerts = scene.node();
    alerts.start();
    let tries = 0;
    scene.raising = async () => {
      tries += 1;
      if (tries < 3) throw new Error('busy');
    };
    await alerts.alarmed(scene.alarm());
    await scene.pass(45_000);
    expect(tries).toBe(3);
    expect(scene.alert.sos.state).toBe('opened');
    await alerts.stop();
  });
});

describe('an SOS that dispatch is slow to take', () => {
  test('is asked for once at a time, however long it takes', async () => {
    const scene = new Scene(systemClock);
    let [tries, atOnce, most] = [0, 0, 0];
    let done = () => {};
    const refused = new Promise<void>((resolve) => {
      done = resolve;
    });
    scene.raising = async () => {
      tries += 1;
      atOnce += 1;
      most = Math.max(most, atOnce);
      const waitMs = 1_200;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      atOnce -= 1;
      done();
      throw new Error('busy');
    };
    const alerts = scene.node({ settings: { ...ALERT_DEFAULTS, sosAfterMs: { fall: 10 } } });
    alerts.start();
    await alerts.alarmed(scene.alarm());
    await refused;
    expect({ tries, most }).toEqual({ tries: 1, most: 1 });
    await alerts.stop();
  });

  test('is another for another press, when that of the time before is closed', async () => {
    const scene = new Scene();
    const alerts = scene.node();
    alerts.start();
    await alerts.alarmed(scene.alarm({ kind: 'panic' }));
    await scene.pass(11_000);
    const first = scene.alert.sos.sosId;
    await alerts.alarmed(scene.alarm({ kind: 'panic' }));
    await scene.pass(11_000);
    expect(scene.raised).toHaveLength(2);
    expect(scene.alert.sos).toMatchObject({ state: 'opened', isAttached: false });
    expect(scene.alert.sos.sosId).not.toBe(first);
    await alerts.stop();
  });
});

describe('a command', () => {
  const opened = async (severity: Finding['severity'] = 'HIGH') => {
    const scene = new Scene();
    const alerts = scene.node();
    alerts.found(scene.finding({ severity }));
    await settled();
    return { scene, alerts, alertId: scene.alert.alertId };
  };
  const by = (userId: string, ...grants: string[]) => ({ userId, grants });

  test('of a stranger is answered as if there were no alert', async () => {
    const { scene, alerts, alertId } = await opened();
    const command = ['alert.acknowledge', { id: scene.newId(), alertId }] as const;
    expect(await alerts.execute(by(STRANGER), command)).toEqual({ ok: false, code: 'not_found' });
    expect(await alerts.execute(by(DISPATCHER, 'dispatcher'), command)).toEqual({
      ok: false,
      code: 'not_found',
    });
  });

  test('of the person is carried out, but what is critical needs somebody else', async () => {
    const high = await opened();
    const acknowledge = (alertId: string, id: string) => ['alert.acknowledge', { id, alertId }] as const;
    expect(
      await high.alerts.execute(by(PERSON), acknowledge(high.alertId, high.scene.newId())),
    ).toMatchObject({ ok: true });
    const critical = await opened('CRITICAL');
    const { alerts, alertId, scene } = critical;
    expect(await alerts.execute(by(PERSON), acknowledge(alertId, scene.newId()))).toMatchObject({
      ok: false,
      code: 'forbidden',
      current: { state: 'open' },
    });
    expect(await alerts.execute(by(NURSE), acknowledge(alertId, scene.newId()))).toMatchObject({
      value: { alert: { acknowledgedBy: NURSE } },
    });
  });

  test('of a dispatcher who was told is carried out, and shows nothing that was measured', async () => {
    const { scene, alerts, alertId } = await opened('CRITICAL');
    const answered = await alerts.execute(by(DISPATCHER, 'dispatcher'), [
      'alert.acknowledge',
      { id: scene.newId(), alertId },
    ]);
    expect(answered).toMatchObject({ ok: true, value: { alert: { acknowledgedBy: DISPATCHER } } });
    expect(answered.ok && answered.value.alert).not.toHaveProperty('message');
  });

  test('assigns to the care team or a dispatcher, and to nobody else', async () => {
    const { scene, alerts, alertId } = await opened();
    const assign = (toId: string) => ['alert.assign', { id: scene.newId(), alertId, toId }] as const;
    expect(await alerts.execute(by(NURSE), assign(STRANGER))).toMatchObject({ code: 'bad_request' });
    expect(await alerts.execute(by(NURSE), assign(DISPATCHER))).toMatchObject({ ok: true });
    expect(scene.types(`inbox:${DISPATCHER}`)).toEqual(['alert.assigned']);
  });

  test('that comes too late is answered with how it stands', async () => {
    const { scene, alerts, alertId } = await opened();
    const resolve = () => ['alert.resolve', { id: scene.newId(), alertId, actionTaken: 'called' }] as const;
    expect(await alerts.execute(by(NURSE), resolve())).toMatchObject({ ok: true });
    expect(await alerts.execute(by(NURSE), resolve())).toMatchObject({
      code: 'alert_closed',
      current: { state: 'resolved', resolvedBy: NURSE, actionTaken: 'called' },
    });
  });
});
