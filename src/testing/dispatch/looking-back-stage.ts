import type { SosState } from '../../dispatch/machine/state.ts';
import type { PersonCommand } from '../../dispatch/person-command.ts';
import { pgDispatchStore } from '../../dispatch/pg.ts';
import { pgListStore } from '../../dispatch/pg-lists.ts';
import type { Rule } from '../../dispatch/rule.ts';
import { Dispatch } from '../../dispatch/service.ts';
import { openSosRecords } from '../../dispatch/sos-records.ts';
import { policyWith } from '../../dispatch/testing/policy.ts';
import { destination, type LatLng } from '../../geo/lat-lng.ts';
import { eventSource } from '../../journal/event-log.ts';
import { type Clock, systemClock } from '../../lib/clock.ts';
import { uuidV7Maker } from '../../lib/ids.ts';
import { silentLogger } from '../../lib/log.ts';
import { noMetrics } from '../../lib/metric.ts';
import { seededRandom } from '../../lib/random.ts';
import { type Db, sql } from '../../store/db.ts';
import { pgTracks } from '../../telemetry/pg-tracks.ts';

const newId = uuidV7Maker(systemClock.nowMs, seededRandom(20_261_126));
const HERE: LatLng = { lat: 37.7749, lng: -122.4194 };
const DISPATCHER = { userId: newId(), isDispatcher: true };
const asPerson = (userId: string) => ({ userId, isDispatcher: false });

type Kind = PersonCommand[0];

/** One node on a real store, the people around a place, and what it looks back by. */
export async function lookingBackStage(db: Db, clock: Clock = systemClock) {
  const seen: string[] = [];
  let dispatch: Dispatch;
  const events = eventSource(db);
  const open = async (rule: Partial<Rule>) => {
    await pgDispatchStore(db).addPolicy(policyWith(rule), null);
    dispatch = await Dispatch.open({
      store: pgDispatchStore(db),
      nodeId: newId(),
      clock,
      newId,
      log: silentLogger,
      metrics: noMetrics,
      publish: () => {},
    });
    const records = openSosRecords({
      dispatch,
      lists: pgListStore(db),
      clock,
      readAfter: events.readAfter,
      contacts: async (ids) => new Map(ids.map((id) => [id, { name: `name of ${id}`, phone: '1' }])),
      ratings: async (ids) => new Map(ids.map((id) => [id, { averageRating: 4, cancellationCount: 1 }])),
      disclosures: { saw: (viewer, subject, sosId) => seen.push(`${viewer.userId} ${subject} ${sosId}`) },
      tracks: pgTracks(db),
    });
    return { dispatch, records };
  };

  const person = async () => {
    const id = newId();
    await db.query(
      sql(
        'test_user',
        `insert into accounts.users (id, email) values ($1::uuid, $1::uuid || '@example.org')`,
      ),
      [id],
    );
    return id;
  };
  const state = (sosId: string): SosState => {
    const known = dispatch.known.get(sosId);
    if (!known) throw new Error('not known');
    return known;
  };
  const ask = async (by: string, kind: Kind, body: Readonly<Record<string, unknown>>) => {
    const who = by === DISPATCHER.userId ? DISPATCHER : asPerson(by);
    const answer = await dispatch.execute(who, [kind, { id: newId(), ...body }] as never, clock.nowMs());
    if (!answer.ok) throw new Error(`${kind}: ${answer.code}`);
    return answer.value.sosId;
  };
  return {
    open,
    seen,
    newId,
    person,
    state,
    ask,
    here: HERE,
    dispatcher: DISPATCHER,
    asPerson,
    async responder(distanceM: number, skills = ['CPR']) {
      const id = await person();
      dispatch.roster.setTraits({ userId: id, skills, verified: true, available: true, asOfMs: 1 });
      dispatch.roster.connected(id);
      dispatch.roster.moved(id, destination(HERE, 90, distanceM), clock.nowMs());
      return id;
    },
    raise: (by: string, more: Readonly<Record<string, unknown>> = {}) =>
      ask(by, 'sos.create', { emergencyType: 'MEDICAL', priority: 'HIGH', point: HERE, ...more }),
    accept(by: string, sosId: string) {
      const offer = [...state(sosId).offers.values()].findLast((o) => o.responderId === by);
      if (!offer) throw new Error('not offered');
      return ask(by, 'offer.accept', { sosId, offerId: offer.id });
    },
  };
}
