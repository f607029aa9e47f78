import { parse } from 'csv-parse/sync';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { eventSource } from '../journal/event-log.ts';
import { uuidV7Ms } from '../lib/ids.ts';
import type { Db } from '../store/db.ts';
import { sql } from '../store/db.ts';
import { engines } from '../testing/databases.ts';
import { lookingBackStage } from '../testing/dispatch/looking-back-stage.ts';
import { openTestStore } from '../testing/open-store.ts';
import { POINTS_MAX } from './exports.ts';
import { PHASES } from './lists.ts';
import { OPEN_SOS } from './pg-lists.ts';
import type { Dispatch } from './service.ts';
import type { SosRecords } from './sos-records.ts';
import type { TimelinePage } from './timeline.ts';
import { sosView } from './view.ts';

const TWO_SLOTS = {
  slots: [
    { role: 'PRIMARY' as const, skills: [] },
    { role: 'SUPPORT' as const, skills: [] },
  ],
};

describe.each(engines)('looking back on %s', (engine) => {
  let store: Awaited<ReturnType<typeof openTestStore>>;
  let db: Db;
  let on: Awaited<ReturnType<typeof lookingBackStage>>;
  let dispatch: Dispatch;
  let records: SosRecords;

  beforeAll(async () => {
    store = await openTestStore(engine);
    db = store.db;
    on = await lookingBackStage(db);
  });
  afterAll(() => store?.stop());
  beforeEach(async () => {
    ({ dispatch, records } = await on.open(TWO_SLOTS));
  });
  afterEach(async () => {
    for (const { id } of [...dispatch.known.open()]) {
      await on.ask(on.dispatcher.userId, 'sos.cancel', { sosId: id });
    }
    await dispatch.stop();
  });

  const valueIn = <T>(result: { ok: true; value: T } | { ok: false; code: string }): T => {
    if (!result.ok) throw new Error(result.code);
    return result.value;
  };
  const rows = <Row>(text: string, params: readonly unknown[] = []) =>
    store.owner.query<Row>(
      sql(`test_${text.length}_${text.slice(0, 12).replaceAll(/\W/g, '_')}`, text),
      params,
    );

  describe('the list of what is open', () => {
    test('has CRITICAL first, ESCALATED in it, drills marked, and each one once however many come meanwhile', async () => {
      const raised: Record<string, string> = {};
      for (const priority of ['LOW', 'HIGH', 'CRITICAL', 'MEDIUM', 'CRITICAL', 'HIGH']) {
        const sosId = await on.raise(await on.person(), { priority });
        raised[sosId] = priority;
      }
      const escalated = Object.keys(raised)[1] ?? '';
      await on.ask(on.dispatcher.userId, 'sos.escalate', { sosId: escalated });
      expect(on.state(escalated).status).toBe('ESCALATED');

      const listed: { sosId: string; status: string; isDrill: boolean; priority: string }[] = [];
      let cursor: string | undefined;
      do {
        const page = valueIn(await records.histories.open(on.dispatcher, { cursor, limit: 2 }));
        listed.push(...page.sos);
        if (listed.length === 2) await on.raise(await on.person(), { priority: 'CRITICAL', isDrill: true });
        cursor = page.next ?? undefined;
      } while (cursor !== undefined);
      expect(listed.map(({ priority }) => priority)).toEqual([
        'CRITICAL',
        'CRITICAL',
        'CRITICAL',
        'HIGH',
        'HIGH',
        'MEDIUM',
        'LOW',
      ]);
      expect(new Set(listed.map(({ sosId }) => sosId)).size).toBe(7);
      expect(listed.filter(({ isDrill }) => isDrill)).toHaveLength(1);
      expect(listed.find(({ sosId }) => sosId === escalated)?.status).toBe('ESCALATED');
      expect(on.seen.filter((sight) => sight.endsWith(` ${escalated}`))).not.toEqual([]);
      expect(await records.histories.open(on.dispatcher, { cursor: 'eyJ', limit: 2 })).toMatchObject({
        code: 'bad_request',
      });
    });
  });

  test('a supporter’s history has what they supported, without the exact place; the requester’s has everybody who came', async () => {
    const requester = await on.person();
    const [near, far] = [await on.responder(100), await on.responder(200)];
    const sosId = await on.raise(requester);
    await on.accept(near, sosId);
    await on.accept(far, sosId);
    await on.ask(near, 'sos.start', { sosId });
    await on.ask(near, 'sos.resolve', { sosId });

    const held = valueIn(await records.histories.held(far, { limit: 10 }));
    expect(held.sos).toMatchObject([
      { sosId, role: 'SUPPORT', primaryAtMs: null, endedBy: 'resolved', isDrill: false },
    ]);
    expect(JSON.stringify(held)).not.toContain(String(on.here.lat));
    await rows(
      `insert into dispatch.sos_feedback (sos_id, id, volunteer_id, by_user, rating, comment, created_at)
       values ($1, $1, $2, $3, 5, 'kind', now())`,
      [sosId, near, requester],
    );
    const mine = valueIn(await records.histories.raised(on.asPerson(requester), requester, { limit: 10 }));
    expect(mine.sos).toMatchObject([
      {
        sosId,
        point: on.here,
        helpers: [
          { userId: near, name: `name of ${near}`, rating: 5, comment: 'kind' },
          { userId: far, rating: null },
        ],
      },
    ]);
    expect(mine.next).toBeNull();
    const closed = valueIn(await records.histories.closed(on.dispatcher, { limit: 1 }));
    expect(closed.sos).toMatchObject([{ sosId, requesterName: `name of ${requester}` }]);
  });

  test('what is over is found by when it was raised, its kind, and how its id or the number of its caller ends', async () => {
    await rows('insert into accounts.users (id, email) values ($1, $2)', [
      on.dispatcher.userId,
      'd@example.org',
    ]);
    const fire = await on.ask(on.dispatcher.userId, 'sos.raise', {
      emergencyType: 'FIRE',
      priority: 'LOW',
      point: on.here,
      callbackNumber: '+41 44 555 01 99',
    });
    await on.ask(on.dispatcher.userId, 'sos.cancel', { sosId: fire });
    const other = await on.raise(await on.person());
    await on.ask(on.dispatcher.userId, 'sos.cancel', { sosId: other });
    const foundBy = async (asked: Parameters<typeof records.histories.closed>[1]) =>
      valueIn(await records.histories.closed(on.dispatcher, asked)).sos.map(({ sosId }) => sosId);
    const all = await foundBy({ limit: 50 });
    expect(all).toEqual(expect.arrayContaining([fire, other]));
    expect(await foundBy({ limit: 50, type: 'FIRE' })).toEqual([fire]);
    expect(await foundBy({ limit: 50, number: fire.slice(-8).toUpperCase() })).toEqual([fire]);
    expect(await foundBy({ limit: 50, number: '555 01 99' })).toEqual([fire]);
    expect(await foundBy({ limit: 50, number: '555 01 98' })).toEqual([]);
    const raisedAtMs = uuidV7Ms(other);
    expect(await foundBy({ limit: 50, from: raisedAtMs, to: raisedAtMs + 1 })).toContain(other);
    expect(await foundBy({ limit: 50, to: raisedAtMs })).not.toContain(other);
    expect(await foundBy({ limit: 50, from: raisedAtMs + 60_000 })).toEqual([]);
    expect(await records.histories.names([on.dispatcher.userId])).toMatchObject([
      { userId: on.dispatcher.userId, skills: [] },
    ]);
  });

  test('a history goes on by its cursor, newest first', async () => {
    const requester = await on.person();
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.push(await on.raise(requester));
    const listed: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = valueIn(await records.histories.raised(on.dispatcher, requester, { cursor, limit: 2 }));
      listed.push(...page.sos.map(({ sosId }) => sosId));
      if (page.next === null) break;
      cursor = page.next;
    }
    expect(listed).toEqual(ids.toReversed());
  });

  test('figures of a volunteer count support, and no drill', async () => {
    const volunteer = await on.responder(100);
    const drill = await on.raise(volunteer, { isDrill: true });
    await on.accept(volunteer, drill);
    await on.ask(volunteer, 'sos.resolve', { sosId: drill });
    const first = await on.responder(50);
    const sosId = await on.raise(await on.person());
    await on.accept(first, sosId);
    await on.accept(volunteer, sosId);
    await on.ask(volunteer, 'sos.arrive', { sosId });
    await on.ask(first, 'sos.resolve', { sosId });
    const given = await on.raise(await on.person());
    await on.accept(volunteer, given);
    await on.ask(volunteer, 'sos.withdraw', { sosId: given });

    expect(await records.histories.figuresOf([volunteer])).toMatchObject([
      {
        userId: volunteer,
        averageRating: 4,
        offers: 2,
        accepted: 2,
        held: 2,
        asPrimary: 1,
        asSupport: 1,
        resolved: 1,
        withdrawn: 1,
      },
    ]);
    expect(await records.histories.figuresOf([await on.person()])).toMatchObject([
      { offers: 0, held: 0, answerMs: null },
    ]);
  });

  test('who could be sent now is the nearest first, and nobody who holds a place already', async () => {
    const [near, far, busy] = [await on.responder(300), await on.responder(900), await on.responder(20)];
    dispatch.roster.holds(busy, on.newId());
    const found = await records.histories.nearest(on.dispatcher, {
      point: on.here,
      radiusM: 1_000,
      skills: ['CPR'],
      limit: 2_000,
    });
    const ids = found.map(({ userId }) => userId);
    expect(ids).toEqual(expect.arrayContaining([near, far]));
    expect(ids).not.toContain(busy);
    expect(found.map(({ distanceM }) => distanceM)).toEqual(
      found.map(({ distanceM }) => distanceM).toSorted((a, b) => a - b),
    );
    expect(on.seen).toContain(`${on.dispatcher.userId} ${near} undefined`);
  });

  describe('an SOS', () => {
    const finished = async () => {
      const requester = await on.person();
      const [gone, stays] = [await on.responder(100), await on.responder(200)];
      const sosId = await on.raise(requester, { description: 'chest pain' });
      await on.accept(gone, sosId);
      await on.accept(stays, sosId);
      await on.ask(gone, 'sos.withdraw', { sosId, reason: 'flat tyre' });
      await on.ask(stays, 'sos.arrive', { sosId });
      await on.ask(stays, 'sos.start', { sosId });
      const open = on.state(sosId);
      await on.ask(stays, 'sos.resolve', { sosId });
      return { requester, gone, stays, sosId, open };
    };

    test('is replayed to any instant, also when it is closed and no node remembers it', async () => {
      const { requester, stays, sosId, open } = await finished();
      await dispatch.stop();
      ({ dispatch, records } = await on.open(TWO_SLOTS));
      const log = await eventSource(db).readAfter(`sos:${sosId}`, 0, 100);
      const resolved = log.find(({ type }) => type === 'sos.resolved');
      const then = valueIn(await records.timeline.view(on.dispatcher, sosId, (resolved?.atMs ?? 0) - 1));
      const { callbackNumber: _, ...expected } = sosView(open);
      expect(then).toMatchObject(JSON.parse(JSON.stringify({ ...expected, slots: undefined })));
      expect(then.slots).toMatchObject([
        { holderId: stays, holderName: `name of ${stays}` },
        { holderId: null },
      ]);
      const now = valueIn(await records.timeline.view(on.asPerson(requester), sosId, null));
      expect(valueIn(await records.timeline.view(on.asPerson(requester), sosId, Date.now()))).toEqual(now);
      expect(now.status).toBe('RESOLVED');
      const early = valueIn(await records.timeline.view(on.dispatcher, sosId, log[0]?.atMs ?? 0));
      expect(early).toMatchObject({ status: 'PENDING', acceptedBy: null });
      expect(await records.timeline.view(on.dispatcher, sosId, (log[0]?.atMs ?? 0) - 1)).toMatchObject({
        code: 'sos_not_found',
      });
    });

    test('raised before there were rules, ladders and merges is replayed too', async () => {
      const [sosId, requester, helper, offerId] = [
        on.newId(),
        await on.person(),
        await on.person(),
        on.newId(),
      ];
      await rows(
        `insert into dispatch.sos_requests (id, client_id, user_id, emergency_type, priority, location, status, created_at,
           closed_at, wave, radius_m, escalation_level, policy_version, seq, rule, seeking_since)
         values ($1, $1, $2, 'FIRE', 'HIGH', st_makepoint(8, 47)::geography, 'CANCELLED', '2026-01-01', '2026-01-02', 1, 500,
                 1, 1, 5, $3, '2026-01-01')`,
        [sosId, requester, JSON.stringify(dispatch.policy.body.base)],
      );
      const offer = { offerId, responderId: helper, distanceM: 5, etaMs: 5, expiresAtMs: 5 };
      const former: [string, unknown][] = [
        [
          'sos.created',
          {
            emergencyType: 'FIRE',
            priority: 'HIGH',
            point: { lat: 47, lng: 8 },
            description: null,
            requesterId: requester,
            policyVersion: 1,
          },
        ],
        ['sos.escalated', { reason: 'nobody_left', level: 1, nextWaveAtMs: 9 }],
        [
          'sos.wave_sent',
          { wave: 1, radiusM: 500, policyVersion: 1, offers: [offer], excluded: {}, nextWaveAtMs: 9 },
        ],
        ['sos.accepted', { offerId, responderId: helper, slot: 1, distanceM: 5 }],
        ['sos.cancelled', { reason: null }],
      ];
      for (const [n, [type, data]] of former.entries()) {
        await rows(
          `insert into journal.events (kind, stream_id, seq, type, at, data) values ('sos', $1, $2, $3, $4, $5)`,
          [sosId, n + 1, type, new Date(Date.UTC(2026, 0, 1, n)), JSON.stringify(data)],
        );
      }
      const statusAt = async (hour: number) => {
        const then = await records.timeline.view(on.dispatcher, sosId, Date.UTC(2026, 0, 1, hour));
        return valueIn(then).status;
      };
      expect([await statusAt(0), await statusAt(1), await statusAt(3), await statusAt(4)]).toEqual([
        'PENDING',
        'ESCALATED',
        'ACCEPTED',
        'CANCELLED',
      ]);
      const asked = { after: 0, limit: 10 };
      const { events } = valueIn(await records.timeline.page(on.asPerson(requester), sosId, asked));
      expect(events[0]?.data).toMatchObject({ wanted: ['PRIMARY', 'SUPPORT'] });
    });

    test('shows its timeline page by page, to each as they may see it', async () => {
      const { requester, gone, sosId } = await finished();
      const types: string[] = [];
      for (let after: number | null = 0; after !== null; ) {
        const page: TimelinePage = valueIn(
          await records.timeline.page(on.asPerson(requester), sosId, { after, limit: 3 }),
        );
        types.push(...page.events.map(({ type }) => type));
        after = page.next;
      }
      const log = await eventSource(db).readAfter(`sos:${sosId}`, 0, 100);
      expect(types).toEqual(log.map(({ type }) => type));
      const asked = { after: 0, limit: 100 };
      const theirs = JSON.stringify(
        valueIn(await records.timeline.page(on.asPerson(requester), sosId, asked)).events,
      );
      expect(theirs).not.toContain('candidates');
      // Why somebody gave up is for dispatchers, too.
      expect(theirs).not.toContain('flat tyre');
      expect(JSON.stringify(valueIn(await records.timeline.page(on.dispatcher, sosId, asked)))).toContain(
        'candidates',
      );
      for (const who of [gone, await on.person()]) {
        expect(await records.timeline.page(on.asPerson(who), sosId, asked)).toMatchObject({
          code: 'sos_not_found',
        });
        expect(await records.timeline.view(on.asPerson(who), sosId, Date.now())).toMatchObject({
          code: 'sos_not_found',
        });
      }
    });

    test('becomes files: its timeline, and the ways of those who came between taking a place and leaving it', async () => {
      const { requester, gone, stays, sosId } = await finished();
      const holdings = await rows<{ responder_id: string; held_at: number; ended_at: number }>(
        'select responder_id, held_at, ended_at from dispatch.sos_holdings where sos_id = $1',
        [sosId],
      );
      const of = (id: string) => holdings.find((h) => h.responder_id === id);
      const fix = (userId: string, atMs: number, lat: number) =>
        rows(
          `insert into telemetry.positions (received_at, user_id, device_id, epoch, seq, fix_at, device_at, location, late)
           values ($2, $1, $1, $1, (random() * 1e9)::bigint, $2, $2, st_makepoint(-122.4, $3)::geography, false)`,
          [userId, new Date(atMs), lat],
        );
      await fix(stays, (of(stays)?.held_at ?? 0) - 5, 36.5);
      await fix(stays, of(stays)?.held_at ?? 0, 37.5);
      await fix(stays, of(stays)?.ended_at ?? 0, 37.6);
      await fix(stays, (of(stays)?.ended_at ?? 0) + 1, 38.5);

      const csv = valueIn(await records.exports.timelineCsv(on.asPerson(requester), sosId));
      const table: Record<string, string>[] = parse(csv.body, { columns: true, record_delimiter: '\r\n' });
      expect(table.map(({ type }) => type)).toContain('sos.withdrawn');
      const map = valueIn(await records.exports.geoJson(on.dispatcher, sosId, {}));
      const { features } = JSON.parse(map.body);
      const kinds = features.map(({ properties }: { properties: { kind: string } }) => properties.kind);
      expect(kinds.filter((kind: string) => kind === 'track')).toHaveLength(2);
      const track = features.find(
        ({ properties: p }: { properties: { kind: string; responderId: string } }) =>
          p.kind === 'track' && p.responderId === stays,
      );
      expect(track.geometry).toEqual({
        type: 'LineString',
        coordinates: [
          [-122.4, 37.5],
          [-122.4, 37.6],
        ],
      });
      const gpx = valueIn(await records.exports.gpx(on.dispatcher, sosId, {}));
      expect(gpx.body.match(/<trkpt /g)).toHaveLength(2);
      expect(gpx.body).toContain(`<name>name of ${gone}</name>`);
      expect(on.seen).toContain(`${on.dispatcher.userId} ${stays} undefined`);
      for (const made of [records.exports.geoJson, records.exports.gpx]) {
        expect(await made(on.asPerson(requester), sosId, {})).toMatchObject({ code: 'sos_not_found' });
      }
    });

    test('with more positions than a file may have says so, and gives a part', async () => {
      const { stays, sosId } = await finished();
      const [held] = await rows<{ at: number }>(
        'update dispatch.sos_holdings set ended_at = held_at + interval $$1 hour$$ where sos_id = $1 and responder_id = $2 returning held_at as at',
        [sosId, stays],
      );
      const fromMs = held?.at ?? 0;
      await rows(
        `insert into telemetry.positions (received_at, user_id, device_id, epoch, seq, fix_at, device_at, location, late)
         select $2::timestamptz + n * interval '0.1 second', $1, $1, $1, n, $2::timestamptz + n * interval '0.1 second',
                $2, st_makepoint(-122.4, 37.5)::geography, false from generate_series(1, $3::int) n`,
        [stays, new Date(fromMs), POINTS_MAX + 1],
      );
      const all = await records.exports.gpx(on.dispatcher, sosId, {});
      expect(all).toMatchObject({ code: 'too_large', detail: expect.stringContaining('fromMs') });
      const part = await records.exports.gpx(on.dispatcher, sosId, { toMs: fromMs + 10_000 });
      expect(valueIn(part).body.match(/<trkpt /g)).toHaveLength(100);
    });
  });

  test('who held a place is kept through promotion, withdrawal and the end', async () => {
    const [first, second] = [await on.responder(100), await on.responder(200)];
    const sosId = await on.raise(await on.person());
    await on.accept(first, sosId);
    await on.accept(second, sosId);
    await on.ask(first, 'sos.withdraw', { sosId });
    await on.ask(second, 'sos.start', { sosId });
    await on.ask(second, 'sos.resolve', { sosId });
    const holdings = await rows<Record<string, unknown>>(
      `select responder_id, role, slot, ended_by, primary_at > held_at as promoted, started_at is not null as started,
              arrived_at is not null as arrived
         from dispatch.sos_holdings where sos_id = $1 order by held_at`,
      [sosId],
    );
    expect(holdings).toMatchObject([
      { responder_id: first, role: 'PRIMARY', ended_by: 'withdrawn', promoted: false, started: false },
      {
        responder_id: second,
        role: 'PRIMARY',
        slot: 1,
        ended_by: 'resolved',
        promoted: true,
        started: true,
        arrived: true,
      },
    ]);
  });

  describe('the times of the phases', () => {
    const DAY = Date.UTC(2031, 4, 6, 12);

    /** An SOS of that day whose phases were reached so many seconds after it was received. */
    const past = async (
      seconds: {
        offered?: number;
        accepted?: readonly number[];
        arrived?: readonly number[];
        closed?: number;
      },
      more: { isDrill?: boolean; priority?: string; mergedInto?: string } = {},
    ) => {
      const [id, requester] = [on.newId(), await on.person()];
      const dated = `${DAY.toString(16).padStart(12, '0')}`;
      const sosId = `${dated.slice(0, 8)}-${dated.slice(8)}-${id.slice(14)}`;
      const at = (s: number | undefined) => (s === undefined ? null : new Date(DAY + s * 1_000));
      await rows(
        `insert into dispatch.sos_requests (id, client_id, user_id, emergency_type, priority, location, status, created_at,
           closed_at, wave, radius_m, escalation_level, policy_version, seq, rule, seeking_since, is_drill, merged_into)
         values ($1, $1, $2, 'FIRE', $3, st_makepoint(0, 0)::geography, 'CANCELLED', $4, $5, 0, 0, 0, 1, 1, '{}', $4, $6, $7)`,
        [
          sosId,
          requester,
          more.priority ?? 'HIGH',
          at(0),
          at(seconds.closed ?? 9_999),
          more.isDrill ?? false,
          more.mergedInto ?? null,
        ],
      );
      await rows(
        `insert into dispatch.sos_offers (sos_id, id, responder_id, wave, distance_m, eta_ms, status, sent_at, expires_at)
         select $1, gen_random_uuid(), $2, 1, 1, 1, 'EXPIRED', $3, $3 where $3::timestamptz is not null`,
        [sosId, requester, at(seconds.offered)],
      );
      for (const [n, accepted] of (seconds.accepted ?? []).entries()) {
        await rows(
          `insert into dispatch.sos_holdings (sos_id, responder_id, held_at, slot, role, primary_at, arrived_at)
           values ($1, $2, $3, 1, 'PRIMARY', $3, $4)`,
          [sosId, await on.person(), at(accepted), at(seconds.arrived?.[n])],
        );
      }
    };

    test('are those of the first who came so far, by kind and priority, without drills and duplicates', async () => {
      for (const s of [1, 2, 3, 4, 5]) {
        // The first primary gave up; the second arrived.
        await past({ offered: s, accepted: [10 * s, 20 * s], arrived: [undefined as never, 30 * s] });
      }
      await past({ offered: 50 }, { priority: 'LOW' });
      await past({ offered: 1_000, accepted: [1_000], arrived: [2_000] }, { isDrill: true });
      await past({ offered: 1_000 }, { mergedInto: on.newId() });

      const days = { from: '2031-05-06', to: '2031-05-06', timezone: 'UTC' };
      const report = await records.histories.phases(days);
      const of = (priority: string | null, phase: string) =>
        report.find(
          (r) => r.priority === priority && r.phase === phase && r.emergencyType === (priority && 'FIRE'),
        );
      expect(of('HIGH', 'offered')).toMatchObject({ raised: 5, reached: 5, p50Ms: 3_000, p90Ms: 4_600 });
      expect(of('HIGH', 'accepted')).toMatchObject({ raised: 5, reached: 5, p50Ms: 30_000, p90Ms: 46_000 });
      expect(of('HIGH', 'arrived')).toMatchObject({ reached: 5, p50Ms: 90_000 });
      expect(of('HIGH', 'delivered')).toMatchObject({ reached: 0, p50Ms: null });
      expect(of('LOW', 'accepted')).toMatchObject({ raised: 1, reached: 0, p50Ms: null });
      expect(of(null, 'offered')).toMatchObject({ raised: 6, reached: 6, p50Ms: 3_500 });
      expect(report.slice(0, PHASES.length).map(({ phase }) => phase)).toEqual(PHASES);
      // That noon is the seventh where the day begins earlier.
      expect(await records.histories.phases({ ...days, timezone: 'Pacific/Auckland' })).toEqual([]);
      expect(
        await records.histories.phases({ from: '2031-05-07', to: '2031-05-08', timezone: 'UTC' }),
      ).toEqual([]);
    });
  });

  test('the list of what is open is read in the order of its index, beside ten thousand that are closed', async () => {
    const someone = await on.person();
    // In parts: an embedded engine takes a while, and a statement has its deadline.
    for (let from = 1; from < 12_000; from += 2_000) {
      await rows(
        `insert into dispatch.sos_requests (id, client_id, user_id, emergency_type, priority, location, status, created_at,
           closed_at, wave, radius_m, escalation_level, policy_version, seq, rule, seeking_since)
         select gen_random_uuid(), gen_random_uuid(), $1, 'OTHER', (array['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'])[n % 4 + 1],
                st_makepoint(0, 0)::geography, case when n > 10000 then 'PENDING' else 'CANCELLED' end, now(),
                case when n > 10000 then null else now() end, 0, 0, 0, 1, 1, '{}', now()
           from generate_series($2::int, $2::int + 1999) n`,
        [someone, from],
      );
    }
    await rows('analyze dispatch.sos_requests');
    const asked = [1, new Date(), on.newId(), 50];
    const plan = await rows<{ 'QUERY PLAN': string }>(`explain ${OPEN_SOS.text}`, asked);
    const text = plan.map((line) => line['QUERY PLAN']).join('\n');
    expect(text).toMatch(/Index (Only )?Scan using sos_requests_default_array_position/);
    expect(text).not.toMatch(/Seq Scan|Sort/);
  });
});
