import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { destination, type LatLng } from '../geo/lat-lng.ts';
import { ManualClock, systemClock } from '../lib/clock.ts';
import { uuidV7Maker } from '../lib/ids.ts';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import { seededRandom } from '../lib/random.ts';
import { sql } from '../store/db.ts';
import { engines } from '../testing/databases.ts';
import { openTestStore, type TestStore } from '../testing/open-store.ts';
import { until } from '../testing/until.ts';
import type { FenceOrder } from './geofences/fence.ts';
import { Fences } from './geofences/fences.ts';
import type { FenceStore } from './geofences/store.ts';
import type { LogEvent } from './log-event.ts';
import { pgFences } from './pg-geofences.ts';

const HOME: LatLng = { lat: 47.05, lng: 7.03 };
const AWAY = destination(HOME, 90, 3_000);
const newId = uuidV7Maker(systemClock.nowMs, seededRandom(20_261_125));
const soon = { timeoutMs: 5_000 };

const order = (more: Partial<FenceOrder> = {}): FenceOrder => ({
  name: 'Home',
  shape: { center: HOME, radiusM: 150 },
  onEnter: true,
  onExit: true,
  dwellAfterMs: null,
  active: null,
  tellsTeam: true,
  ...more,
});

let statements = 0;

describe.each(engines)('geofences on %s', (engine) => {
  let store: TestStore;
  let person: string;
  let nurse: string;
  const nodes: { fences: Fences; clock: ManualClock }[] = [];
  const told: LogEvent[] = [];

  beforeAll(async () => {
    store = await openTestStore(engine);
  });
  afterAll(() => store?.stop());
  beforeEach(async () => {
    told.length = 0;
    [person, nurse] = [await account(), await account()];
  });
  afterEach(() => {
    for (const { fences } of nodes.splice(0)) fences.stop();
  });

  const ask = <Row>(text: string, params: unknown[] = []) =>
    store.db.query<Row>(sql(`geofence_test_${statements++}`, text), params);

  async function account(): Promise<string> {
    const id = newId();
    await ask('insert into accounts.users (id, email) values ($1, $2)', [id, `${id}@example.org`]);
    return id;
  }

  /** A node with a clock of its own, which begins with the store's. */
  const node = async (over: Partial<FenceStore> = {}) => {
    const clock = new ManualClock(systemClock.nowMs());
    const fences = new Fences({
      store: { ...pgFences(store.db), ...over },
      audience: async ({ personId }) => [personId, nurse],
      publish: (event) => told.push(event),
      clock,
      log: silentLogger,
      metrics: noMetrics,
    });
    await fences.start();
    nodes.push({ fences, clock });
    return {
      fences,
      clock,
      /** A fix as ingest tells it, and as it is stored a moment later. */
      async at(point: LatLng, { isStored = true, accuracyM = 10 } = {}) {
        clock.advance(10_000);
        fences.moved(person, point.lat, point.lng, accuracyM);
        if (isStored) await located(point);
      },
    };
  };

  const located = (point: LatLng, at = 'now()') =>
    ask(
      `insert into telemetry.user_locations (user_id, location, accuracy_m, fix_at, received_at)
       values ($1, st_makepoint($2, $3)::geography, 10, ${at}, ${at})
       on conflict (user_id) do update set location = excluded.location, received_at = excluded.received_at`,
      [person, point.lng, point.lat],
    );

  const stateOf = async (fenceId: string) =>
    (
      await ask<{ inside: boolean | null; version: number }>(
        'select inside, version from telemetry.geofence_states where fence_id = $1',
        [fenceId],
      )
    )[0];
  const side = (fenceId: string, inside: boolean) =>
    until(async () => (await stateOf(fenceId))?.inside === inside, { ...soon, what: `inside is ${inside}` });
  const inbox = async (userId: string) =>
    (
      await ask<{ type: string; data: { version: number; name: string } }>(
        `select type, data from journal.events where kind = 'inbox' and stream_id = $1 order by seq`,
        [userId],
      )
    ).map(({ type, data }) => `${type} ${data.name} ${data.version}`);

  test('coming in and going out is in the inboxes of the person and of those who are told, and told live', async () => {
    const one = await node();
    const fenceId = newId();
    await one.fences.set(fenceId, person, nurse, order());
    await one.at(AWAY);
    await side(fenceId, false);
    await one.at(HOME);
    await one.at(HOME);
    await side(fenceId, true);
    await one.at(AWAY);
    await one.at(AWAY);
    await side(fenceId, false);
    const both = ['geofence.entered Home 2', 'geofence.exited Home 3'];
    expect(await inbox(person)).toEqual(both);
    expect(await inbox(nurse)).toEqual(both);
    await until(() => told.length === 4, { ...soon, what: 'the events' });
    expect(new Set(told.map(({ stream }) => stream))).toEqual(new Set([`inbox:${person}`, `inbox:${nurse}`]));
  });

  test('a node that starts, and another one that hears the same, tell nothing again', async () => {
    const one = await node();
    const fenceId = newId();
    await one.fences.set(fenceId, person, nurse, order());
    await one.at(AWAY);
    await side(fenceId, false);
    await one.at(HOME);
    await one.at(HOME);
    await side(fenceId, true);
    const other = await node();
    await other.at(HOME);
    await other.at(HOME);
    await one.at(AWAY, { isStored: false });
    await other.at(AWAY, { isStored: false });
    await located(AWAY);
    await Promise.all([one.at(AWAY), other.at(AWAY)]);
    await side(fenceId, false);
    await until(async () => (await inbox(person)).length >= 2, { ...soon, what: 'the exit' });
    expect(await inbox(person)).toEqual(['geofence.entered Home 2', 'geofence.exited Home 3']);
    expect((await stateOf(fenceId))?.version).toBe(3);
  });

  test('a person whose device goes over to another node is told by that one, because it learns what the first did', async () => {
    const [one, other] = [await node(), await node()];
    const fenceId = newId();
    await one.fences.set(fenceId, person, nurse, order());
    await one.at(AWAY);
    await side(fenceId, false);
    await one.at(HOME);
    await one.at(HOME);
    await side(fenceId, true);
    expect(other.fences.size).toBeGreaterThanOrEqual(0);
    other.clock.advance(5_000);
    await until(() => other.fences.knows(fenceId, 'in'), { ...soon, what: 'the other node to know' });
    await other.at(AWAY);
    await other.at(AWAY);
    await side(fenceId, false);
    expect(await inbox(person)).toEqual(['geofence.entered Home 2', 'geofence.exited Home 3']);
  });

  test('one fix followed by silence counts after a minute, unless another node has heard otherwise since', async () => {
    const one = await node();
    const fenceId = newId();
    await one.fences.set(fenceId, person, nurse, order());
    await one.at(HOME);
    await side(fenceId, true);
    await one.at(AWAY, { isStored: false });
    await located(HOME, `now() + interval '30 seconds'`);
    one.clock.advance(61_000);
    await until(() => one.fences.knows(fenceId, 'in') && !one.fences.isUnsure(fenceId), {
      ...soon,
      what: 'the doubt to end',
    });
    expect((await stateOf(fenceId))?.inside).toBe(true);
    await located(AWAY);
    await one.at(AWAY);
    one.clock.advance(61_000);
    await side(fenceId, false);
    expect(await inbox(person)).toEqual(['geofence.exited Home 2']);
  });

  test('staying is told once, by whichever node has the job, and again after the next coming in', async () => {
    const one = await node();
    const fenceId = newId();
    await one.fences.set(
      fenceId,
      person,
      nurse,
      order({ onEnter: false, onExit: false, dwellAfterMs: 600_000 }),
    );
    await one.at(AWAY);
    await side(fenceId, false);
    await one.at(HOME);
    await one.at(HOME);
    await side(fenceId, true);
    const run = (fences: Fences) => fences.job.run({ signal: new AbortController().signal });
    await run(one.fences);
    expect(await inbox(person)).toEqual([]);
    await ask(
      `update telemetry.geofence_states set since = now() - interval '11 minutes' where fence_id = $1`,
      [fenceId],
    );
    const other = await node();
    await Promise.all([run(one.fences), run(other.fences)]);
    await run(one.fences);
    expect(await inbox(person)).toEqual(['geofence.dwelled Home 3']);
    expect(await inbox(nurse)).toEqual(['geofence.dwelled Home 3']);
  });

  test('while the store is away nothing is lost: what was crossed is told when it is back', async () => {
    let isAway = false;
    const real = pgFences(store.db);
    const one = await node({
      move: (...args) => (isAway ? Promise.reject(new Error('no answer')) : real.move(...args)),
    });
    const fenceId = newId();
    await one.fences.set(fenceId, person, nurse, order());
    await one.at(HOME);
    await side(fenceId, true);
    isAway = true;
    await one.at(AWAY);
    await one.at(AWAY);
    await until(() => one.fences.isUnsure(fenceId), { ...soon, what: 'the doubt' });
    isAway = false;
    for (let i = 0; i < 12; i++) {
      one.clock.advance(6_000);
      await Promise.resolve();
    }
    await side(fenceId, false);
    expect(await inbox(person)).toEqual(['geofence.exited Home 2']);
  });

  test('a fence that is replaced keeps its side, but for a new shape; one that is removed tells nothing more', async () => {
    const one = await node();
    const fenceId = newId();
    await one.fences.set(fenceId, person, nurse, order());
    await one.at(HOME);
    await side(fenceId, true);
    await one.fences.set(fenceId, person, nurse, order({ name: 'House' }));
    expect(await stateOf(fenceId)).toEqual({ inside: true, version: 1 });
    await one.fences.set(
      fenceId,
      person,
      nurse,
      order({ name: 'House', shape: { center: AWAY, radiusM: 100 } }),
    );
    expect(await stateOf(fenceId)).toEqual({ inside: null, version: 2 });
    await one.at(HOME);
    await side(fenceId, false);
    expect(await one.fences.remove(fenceId, nurse)).toBe(false);
    expect(await one.fences.remove(fenceId, person)).toBe(true);
    await one.at(AWAY);
    await one.at(AWAY);
    expect(await stateOf(fenceId)).toBeUndefined();
    expect(await inbox(person)).toEqual([]);
  });

  test('an id belongs to one person, and nobody has more fences than they may', async () => {
    const one = await node();
    const fenceId = newId();
    await one.fences.set(fenceId, person, nurse, order());
    expect(await one.fences.set(fenceId, nurse, nurse, order())).toBe('taken');
    const more = await Promise.all(
      Array.from({ length: 52 }, () => one.fences.set(newId(), person, nurse, order())),
    );
    expect(more.filter((set) => set === 'too_many')).toHaveLength(3);
    expect(await one.fences.ofPerson(person)).toHaveLength(50);
  });

  test('polygons, cells and active times come back as they were given', async () => {
    const one = await node();
    const active = { timezone: 'Asia/Jakarta', windows: [{ weekday: 1, fromMin: 0, toMin: 600 }] };
    const shape = {
      type: 'Polygon' as const,
      coordinates: [
        [
          [7, 47],
          [7.1, 47],
          [7.1, 47.1],
          [7, 47],
        ],
      ],
    };
    await one.fences.set(newId(), person, nurse, order({ shape, active, dwellAfterMs: 90_000 }));
    const [kept] = await one.fences.ofPerson(person);
    expect(kept?.fence).toMatchObject({
      shape,
      active,
      dwellAfterMs: 90_000,
      createdBy: nurse,
      personId: person,
    });
    expect(kept?.state).toBeNull();
  });
});
