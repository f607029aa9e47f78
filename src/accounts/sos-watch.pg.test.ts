import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../lib/clock.ts';
import { uuidV7Maker } from '../lib/ids.ts';
import { silentLogger } from '../lib/log.ts';
import { seededRandom } from '../lib/random.ts';
import { type Db, sql } from '../store/db.ts';
import { engines } from '../testing/databases.ts';
import { CountingMetrics } from '../testing/gateway/stage.ts';
import { openTestStore } from '../testing/open-store.ts';
import { until } from '../testing/until.ts';
import type { AddressPlace, AddressPlaces } from './address-places.ts';
import type { RaisedSos } from './sessions-types.ts';
import { SosWatch } from './sos-watch.ts';

const ZURICH = { lat: 47.3769, lng: 8.5417 };
const BERLIN = { lat: 52.52, lng: 13.405 };
const SAN_FRANCISCO = { lat: 37.7749, lng: -122.4194 };
const PUBLIC = '81.2.69.142';

describe.each(engines)('looking at SOS on %s', (engine) => {
  const newId = uuidV7Maker(() => Date.now(), seededRandom(8));
  let db: Db;
  let stop: () => Promise<void>;
  let clock: ManualClock;
  let metrics: CountingMetrics;
  let userId: string;
  let looked = 0;

  beforeAll(async () => {
    ({ db, stop } = await openTestStore(engine));
  });
  afterAll(() => stop?.());
  beforeEach(async () => {
    clock = new ManualClock();
    metrics = new CountingMetrics();
    userId = newId();
    await db.query(sql('test_user', 'insert into accounts.users (id, email) values ($1, $2)'), [
      userId,
      `${userId}@example.org`,
    ]);
  });

  const watch = (places: AddressPlaces | null = null, mismatchFromM = 500_000) =>
    new SosWatch({ context: { clock, db, log: silentLogger, metrics, newId }, places, mismatchFromM });
  const at = (place: Partial<AddressPlace> | null): AddressPlaces => ({
    placeOf: () => {
      looked += 1;
      return place && { ...ZURICH, accuracyM: 20_000, country: 'CH', ...place };
    },
  });
  const sos = (more: Partial<RaisedSos> = {}): RaisedSos => ({
    userId,
    sosId: randomUUID(),
    address: PUBLIC,
    point: ZURICH,
    ...more,
  });
  const kept = () =>
    db.query<{ type: string; details: object; address: string | null }>(
      sql(
        'test_activities',
        `select activity_type as type, details, host(ip_address) as address
           from accounts.suspicious_activities where user_id = $1 order by id`,
      ),
      [userId],
    );
  /** The line goes by order: once one that is noticed is there, all before it were looked at. */
  const afterAllOf = async (on: SosWatch, raised: readonly RaisedSos[]) => {
    for (const one of raised) on.raised(one);
    const last = newId();
    await db.query(sql('test_user', 'insert into accounts.users (id, email) values ($1, $2)'), [
      last,
      `${last}@example.org`,
    ]);
    for (let i = 0; i < 4; i++) on.raised({ ...sos(), userId: last, address: null });
    const counted = () => metrics.counts.get('accounts_suspicious{RATE_LIMIT_EXCEEDED}') ?? 0;
    const known = () =>
      db.query(sql('test_last', 'select 1 from accounts.suspicious_activities where user_id = $1'), [last]);
    await until(async () => counted() > 0 && (await known()).length > 0, {
      timeoutMs: 10_000,
      what: 'the last of the line',
    });
  };

  describe('from an address elsewhere', () => {
    test('is kept in a band of distance with the country, once a day, and never where the person was', async () => {
      const here = watch(at({}));
      await afterAllOf(here, [
        sos({ point: SAN_FRANCISCO }),
        sos({ point: SAN_FRANCISCO }),
        sos({ point: SAN_FRANCISCO }),
      ]);
      expect(await kept()).toEqual([
        { type: 'LOCATION_MISMATCH', details: { withinKm: 10_000, country: 'CH' }, address: PUBLIC },
      ]);
      await db.query(
        sql(
          'test_yesterday',
          `update accounts.suspicious_activities set created_at = now() - interval '25 hours' where user_id = $1`,
        ),
        [userId],
      );
      clock.advance(600_000);
      await afterAllOf(here, [sos({ point: SAN_FRANCISCO })]);
      expect(await kept()).toHaveLength(2);
    });

    test.each<[string, Partial<RaisedSos>, Partial<AddressPlace> | null, number]>([
      ['near', { point: ZURICH }, {}, 500_000],
      ['farther than allowed', { point: BERLIN }, {}, 700_000],
      ['farther only if the place were exact', { point: BERLIN }, { accuracyM: 200_000 }, 500_000],
      ['not known to the file', { point: SAN_FRANCISCO }, null, 500_000],
    ])('is nothing when %s', async (_why, more, place, fromM) => {
      await afterAllOf(watch(at(place), fromM), [sos(more)]);
      expect(await kept()).toEqual([]);
    });

    test('of this house, or none, is not asked about', async () => {
      const before = looked;
      const inside = ['127.0.0.1', '10.1.2.3', 'fd00::1', null];
      await afterAllOf(
        watch(at({})),
        inside.map((address) => sos({ address, point: SAN_FRANCISCO, sosId: userId })),
      );
      expect(looked).toBe(before);
      expect(await kept()).toEqual([]);
    });
  });

  describe('of one person', () => {
    test('the fourth in ten minutes is kept, once, and one that is sent again is the same', async () => {
      const on = watch();
      const third = sos();
      await afterAllOf(on, [sos(), sos(), third, third, third]);
      expect(await kept()).toEqual([]);
      await afterAllOf(on, [sos(), sos()]);
      const details = { what: 'sos.create', withinS: 600 };
      expect(await kept()).toEqual([{ type: 'RATE_LIMIT_EXCEEDED', details, address: PUBLIC }]);
    });

    test('ten minutes later the count begins anew', async () => {
      const on = watch();
      await afterAllOf(on, [sos(), sos(), sos()]);
      clock.advance(600_000);
      await afterAllOf(on, [sos(), sos(), sos()]);
      expect(await kept()).toEqual([]);
    });
  });

  test('more than there is room for are not looked at, and counted', async () => {
    const on = watch();
    for (let i = 0; i < 1_003; i++) on.raised(sos({ sosId: userId }));
    await until(() => metrics.counts.get('accounts_sos_not_looked_at_total{}') === 2, {
      timeoutMs: 10_000,
      what: 'two too many',
    });
    await until(() => on.waiting === 0, { timeoutMs: 10_000, what: 'all to be looked at' });
  });
});
