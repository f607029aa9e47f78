import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { must } from '../lib/assert.ts';
import { systemClock } from '../lib/clock.ts';
import { uuidV7Maker } from '../lib/ids.ts';
import { seededRandom } from '../lib/random.ts';
import { ok } from '../lib/result.ts';
import { type Db, sql } from '../store/db.ts';
import { engines } from '../testing/databases.ts';
import { openTestStore } from '../testing/open-store.ts';
import { acknowledge, cancelSos, found, resolve, sosOpened, tick } from './alerts/machine.ts';
import { ALERT_DEFAULTS as settings } from './alerts/settings.ts';
import { type Step, stepOf } from './alerts/step.ts';
import type { AlertStore, Audience, DecideStep, Reach, Written } from './alerts/store.ts';
import type { LogEvent } from './log-event.ts';
import { pgAlerts } from './pg-alerts.ts';
import type { Finding } from './vitals/finding.ts';

const newId = uuidV7Maker(systemClock.nowMs, seededRandom(20_261_126));

describe.each(engines)('alerts on %s', (engine) => {
  let opened: Awaited<ReturnType<typeof openTestStore>>;
  let db: Db;
  let store: AlertStore;
  let sent: Reach[];
  let personId: string;
  let audience: Audience;
  const [nurse, dispatcher, nodeId] = [newId(), newId(), newId()];

  beforeAll(async () => {
    opened = await openTestStore(engine);
    db = opened.db;
    store = pgAlerts(db, {
      newId,
      deliver: async (_tx, { userId, channel, recipient }) => void sent.push({ userId, channel, recipient }),
    });
  });
  afterAll(() => opened?.stop());
  beforeEach(() => {
    sent = [];
    personId = newId();
    audience = { userId: personId, careTeam: [nurse], dispatchers: [dispatcher], reach: [] };
  });

  const step = (change: Partial<Finding> = {}): Step =>
    stepOf({
      personId,
      type: 'vital',
      condition: 'heart_rate_high',
      state: 'holds',
      severity: 'HIGH',
      atMs: systemClock.nowMs(),
      detail: { value: 150, unit: '/min' },
      ...change,
    });
  const news2 = { type: 'news2', condition: 'news2_high', severity: 'CRITICAL' } as const;

  const decide: DecideStep = (open, one, around) =>
    found(open, one, { newId, personId }, { ...around, settings });
  const take = (steps: readonly Step[], batchId = newId(), key: Parameters<AlertStore['take']>[2] = null) =>
    store.take({ batchId, personId, steps }, audience, key, decide);
  const one = (written: readonly Written[]) => {
    const [first] = written;
    if (!first) throw new Error('nothing was written');
    return first.alert;
  };
  const told = (written: readonly Written[]) => written.flatMap(({ events }) => events);
  const inboxOf = (events: readonly LogEvent[], userId: string) =>
    events.filter(({ stream }) => stream === `inbox:${userId}`);
  const acknowledged = (by: string) => (alert: Parameters<typeof acknowledge>[0], nowMs: number) =>
    acknowledge(alert, by, { isFalseAlarm: false }, nowMs);
  const makeDue = (alertId: string) =>
    opened.owner.query(
      sql(
        'test_due',
        `update telemetry.alerts set due_at = now() - interval '1 second', sos_due_at = case when sos_due_at is null then null else now() - interval '1 second' end,
           escalate_at = now() - interval '1 second' where id = $1`,
      ),
      [alertId],
    );

  test('a finding opens an alert, which is read back as it was written and told to those whom it concerns', async () => {
    const written = await take([step()]);
    const alert = one(written);
    expect(await store.get(alert.alertId)).toEqual(alert);
    const events = told(written);
    expect(events.map(({ stream, type }) => [stream, type]).toSorted()).toEqual(
      [
        [`alert:${alert.alertId}`, 'alert.opened'],
        [`inbox:${nurse}`, 'alert.opened'],
        [`inbox:${personId}`, 'alert.opened'],
      ].toSorted(),
    );
    expect(alert.notified).toBe(true);
    expect(inboxOf(events, nurse)[0]?.data).toMatchObject({
      alert: { alertId: alert.alertId, detail: { value: 150 } },
    });
    expect(await store.history(alert.alertId)).toMatchObject([{ seq: 1, type: 'alert.opened' }]);
  });

  test('dispatchers are told of what is escalated to them, and not what was measured', async () => {
    const written = await take([step({ severity: 'CRITICAL' })]);
    // That it is there they see on their feed: their inboxes are not locked for it.
    expect(inboxOf(told(written), dispatcher)).toEqual([]);
    const { alertId } = one(written);
    const events: LogEvent[] = [];
    for (let level = 1; level <= 2; level++) {
      await makeDue(alertId);
      const changed = await store.change(null, alertId, audience, (now, nowMs) =>
        ok(tick(now, { nowMs, settings })),
      );
      if (changed.kind === 'done') events.push(...changed.events);
    }
    const [event] = inboxOf(events, dispatcher);
    expect(event?.type).toBe('alert.escalated');
    const { alert } = must(event, 'what the dispatcher was told').data as { alert: object };
    expect(alert).toMatchObject({ severity: 'CRITICAL', personId });
    expect(alert).not.toHaveProperty('detail');
    expect(alert).not.toHaveProperty('message');
  });

  test('one alert of a person and condition is open, whatever races for it', async () => {
    await Promise.all(Array.from({ length: 12 }, () => take([step()])));
    const alerts = await store.list({
      personIds: [personId],
      assignedTo: null,
      forDispatchers: false,
      onlyForDispatchers: false,
      isOpen: null,
      severities: null,
      before: null,
      limit: 10,
    });
    expect(alerts).toHaveLength(1);
    expect(alerts[0]?.count).toBe(12);
  });

  test('a batch that is written again changes nothing', async () => {
    const batchId = newId();
    const first = one(await take([step()], batchId));
    expect(await take([step()], batchId)).toEqual([]);
    expect((await store.get(first.alertId))?.count).toBe(1);
    const both = newId();
    await take([step({ state: 'over' }), step({ severity: 'LOW' })], both);
    expect(await take([step({ state: 'over' }), step({ severity: 'LOW' })], both)).toEqual([]);
  });

  test('one that ends and begins again in one batch is two', async () => {
    const first = one(await take([step()]));
    const written = await take([step({ state: 'over' }), step()]);
    expect(written.map(({ alert }) => alert.state)).toEqual(['cleared', 'open']);
    expect(written[0]?.alert.alertId).toBe(first.alertId);
    expect(written[1]?.alert.alertId).not.toBe(first.alertId);
  });

  test('several conditions of one person are written together', async () => {
    const written = await take([step(), step({ condition: 'spo2_low' }), step(news2)]);
    expect(written.map(({ alert }) => alert.condition)).toEqual([
      'heart_rate_high',
      'spo2_low',
      'news2_high',
    ]);
    expect(told(written).filter(({ stream }) => stream === `inbox:${nurse}`)).toHaveLength(4);
  });

  test('what is to happen only once ever does not come back when it is over', async () => {
    const key = { actorId: personId, commandId: newId(), about: 'alarm' };
    const alert = one(await take([step()], newId(), key));
    await store.change(null, alert.alertId, audience, (now, nowMs) => resolve(now, nurse, null, nowMs));
    expect(await take([step()], newId(), key)).toEqual([]);
  });

  test('of two who acknowledge at once one is named, and both are answered', async () => {
    const { alertId } = one(await take([step()]));
    const [a, b] = [newId(), newId()];
    const answers = await Promise.all(
      [a, b].map((by) =>
        store.change({ actorId: by, commandId: newId(), about: 'x' }, alertId, audience, acknowledged(by)),
      ),
    );
    expect(answers.map(({ kind }) => kind)).toEqual(['done', 'done']);
    const events = await store.history(alertId);
    expect(events.map(({ type }) => type)).toEqual(['alert.opened', 'alert.acknowledged']);
    expect([a, b]).toContain((await store.get(alertId))?.acknowledgedBy);
  });

  test('a command that comes again is answered and has no second effect; its id is good for nothing else', async () => {
    const { alertId } = one(await take([step()]));
    const key = { actorId: nurse, commandId: newId(), about: 'alert.acknowledge' };
    expect((await store.change(key, alertId, audience, acknowledged(nurse))).kind).toBe('done');
    expect((await store.change(key, alertId, audience, acknowledged(nurse))).kind).toBe('repeated');
    const other = { ...key, about: 'alert.resolve' };
    expect((await store.change(other, alertId, audience, acknowledged(nurse))).kind).toBe('reused');
    expect((await store.change(key, newId(), audience, acknowledged(nurse))).kind).toBe('missing');
  });

  test('what is found while somebody acknowledges loses nothing', async () => {
    const { alertId } = one(await take([step({ severity: 'LOW' })]));
    await Promise.all([
      ...Array.from({ length: 5 }, () => take([step({ severity: 'LOW' })])),
      store.change(null, alertId, audience, acknowledged(nurse)),
      take([step({ severity: 'HIGH' })]),
    ]);
    const alert = await store.get(alertId);
    expect(alert).toMatchObject({ count: 7, severity: 'HIGH' });
    const history = await store.history(alertId);
    expect(history.map(({ seq }) => seq)).toEqual(history.map((_, i) => i + 1));
    expect(alert?.seq).toBe(history.length);
  });

  test('what is refused says how it stands', async () => {
    const { alertId } = one(await take([step()]));
    await store.change(null, alertId, audience, (now, nowMs) => resolve(now, nurse, 'looked', nowMs));
    const again = await store.change(null, alertId, audience, acknowledged(nurse));
    expect(again).toMatchObject({ kind: 'refused', code: 'alert_closed', alert: { resolvedBy: nurse } });
  });

  test('of nodes that look for what is due each is given something else, and nothing before its time', async () => {
    const alerts = [one(await take([step()])), one(await take([step({ condition: 'spo2_low' })]))];
    const ids = alerts.map(({ alertId }) => alertId);
    const ours = (claimed: readonly string[]) => claimed.filter((id) => ids.includes(id));
    expect(ours(await store.claimDue(nodeId, 100))).toEqual([]);
    for (const id of ids) await makeDue(id);
    const claims = await Promise.all([store.claimDue(nodeId, 100), store.claimDue(newId(), 100)]);
    expect(claims.flatMap(ours).toSorted()).toEqual(ids.toSorted());
    expect(ours(await store.claimDue(nodeId, 100))).toEqual([]);
  });

  test('two nodes that escalate at once do it once, and what goes outside is in the same transaction', async () => {
    const { alertId } = one(await take([step()]));
    await makeDue(alertId);
    const reach = [{ userId: nurse, channel: 'email', recipient: 'nurse@example.org' }] as const;
    await Promise.all(
      [1, 2].map(() =>
        store.change(null, alertId, { ...audience, reach }, (now, nowMs) =>
          ok(tick(now, { nowMs, settings })),
        ),
      ),
    );
    const types = (await store.history(alertId)).map(({ type }) => type);
    expect(types).toEqual(['alert.opened', 'alert.escalated']);
    expect(sent).toEqual(reach);
    expect((await store.get(alertId))?.escalationLevel).toBe(1);
  });

  test('an SOS is called off or opened, never both', async () => {
    for (let round = 0; round < 8; round++) {
      personId = newId();
      audience = { ...audience, userId: personId };
      const { alertId } = one(await take([step(news2)]));
      await makeDue(alertId);
      const [opening, cancelling] = await Promise.all([
        store.change(null, alertId, audience, (now, nowMs) => ok(tick(now, { nowMs, settings }))),
        store.change(null, alertId, audience, (now, nowMs) => cancelSos(now, personId, nowMs)),
      ]);
      const isOpening = opening.kind === 'done' && opening.alert.sos.state === 'opening';
      expect(cancelling.kind).toBe(isOpening ? 'refused' : 'done');
      const sosId = newId();
      await store.change(null, alertId, audience, (now, nowMs) =>
        ok(sosOpened(now, { sosId, isAttached: false }, nowMs)),
      );
      expect((await store.get(alertId))?.sos).toMatchObject(
        isOpening ? { state: 'opened', sosId } : { state: 'cancelled', sosId: null },
      );
    }
  });

  test('who does not want it has no SOS opened', async () => {
    expect(await store.setting(personId)).toEqual({ opensSos: true, changedBy: null, changedAtMs: null });
    await store.setSetting(personId, false, nurse);
    expect(await store.setting(personId)).toMatchObject({ opensSos: false, changedBy: nurse });
    expect(one(await take([step(news2)])).sos.state).toBe('none');
  });

  test('lists name what was asked for, the newest first, a page at a time', async () => {
    const first = one(await take([step()]));
    const second = one(await take([step({ condition: 'spo2_low', severity: 'CRITICAL' })]));
    const third = one(await take([step({ condition: 'fall' })]));
    await store.change(null, third.alertId, audience, (now, nowMs) => resolve(now, nurse, null, nowMs));
    const query = {
      personIds: [personId],
      assignedTo: null,
      forDispatchers: false,
      onlyForDispatchers: false,
      isOpen: null,
      severities: null,
      before: null,
      limit: 2,
    };
    const ids = async (change: object) =>
      (await store.list({ ...query, ...change })).map(({ alertId }) => alertId);
    expect(await ids({})).toEqual([third.alertId, second.alertId]);
    expect(await ids({ before: second.alertId })).toEqual([first.alertId]);
    expect(await ids({ isOpen: true })).toEqual([second.alertId, first.alertId]);
    expect(await ids({ isOpen: false })).toEqual([third.alertId]);
    expect(await ids({ severities: ['CRITICAL'] })).toEqual([second.alertId]);
    expect(await ids({ personIds: [] })).toEqual([]);
    expect(await ids({ personIds: [], forDispatchers: true, limit: 100 })).toContain(second.alertId);
  });
});
