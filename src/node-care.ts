import type { Access } from './accounts/access-service.ts';
import { whoIsTold } from './accounts/who-is-told.ts';
import { CareFeed, type CareRow, type Measured } from './fanout/care-feed.ts';
import type { Hub } from './fanout/hub.ts';
import { must } from './lib/assert.ts';
import { groupBy } from './lib/group-by.ts';
import type { Site } from './node-site.ts';
import type { Stores } from './store/open-store.ts';
import { alertView } from './telemetry/alerts/view.ts';
import { pgAlertReads } from './telemetry/pg-alert-reads.ts';
import type { Current } from './telemetry/vitals/current.ts';
import { type ScoreResult, scoreAt } from './telemetry/vitals/score.ts';
import type { Vigil } from './telemetry/vitals/vigil.ts';

export interface Care {
  readonly feed: CareFeed;
  /** How somebody is with each sample that was judged here. */
  onJudged(personId: string, current: Current, result: ScoreResult): void;
  /** Who knows how people are of whom nothing has come in here. */
  knownBy(vigil: Pick<Vigil, 'known'>): void;
}

/** More open alerts than a wall could show. */
const ALERTS_MAX = 2_000;
/** Of people whom another node hears, so many are read at the same time. */
const AT_ONCE = 4;

/** The wall of those who care. */
export function buildCare(
  site: Site,
  { db }: Pick<Stores, 'db'>,
  { access, hub }: { readonly access: Pick<Access, 'trail'>; readonly hub: Hub },
): Care {
  const { charges } = whoIsTold(db, []);
  const alerts = pgAlertReads(db);
  let vigil: Pick<Vigil, 'known'> | null = null;
  const measuredOf = async (personId: string): Promise<Measured> => {
    const { current, limits, person } = await must(vigil, 'who judges vital signs').known(personId);
    const terms = { ...limits.news2, dateOfBirth: person.dateOfBirth };
    return measured(current, scoreAt(current, terms, site.clock.nowMs()));
  };
  const feed = new CareFeed({
    ...site,
    charges,
    async rows(personIds) {
      const whose = { personIds, assignedTo: null, forDispatchers: false, onlyForDispatchers: false };
      const which = { isOpen: true, severities: null, before: null, limit: ALERTS_MAX };
      const open = groupBy(await alerts.list({ ...whose, ...which }), ({ personId }) => personId);
      const rows: CareRow[] = [];
      for (let from = 0; from < personIds.length; from += AT_ONCE) {
        const some = personIds.slice(from, from + AT_ONCE).map(async (personId) => ({
          personId,
          ...(await measuredOf(personId)),
          alerts: (open.get(personId) ?? []).map((alert) => wireAlert(alertView(alert))),
        }));
        rows.push(...(await Promise.all(some)));
      }
      return rows;
    },
    saw: (viewer, personId) =>
      access.trail.saw(viewer, personId, 'care', { resourceKind: 'vitals', resourceId: personId }),
    log: site.log.named('fanout'),
  });
  const leave = hub.watchAll((event) => feed.happened(event));
  site.releasers.add('care feed', async () => {
    leave();
    feed.close();
  });
  return {
    feed,
    onJudged: (personId, current, result) => {
      if (feed.follows(personId)) feed.judged(personId, measured(current, result));
    },
    knownBy(known) {
      vigil = known;
    },
  };
}

const wireAlert = (view: ReturnType<typeof alertView>): CareRow['alerts'][number] => ({
  ...view,
  detail: { ...view.detail },
});

function measured(current: Current, result: ScoreResult): Measured {
  const values = Object.fromEntries(
    Object.entries(current).map(([name, { value, atMs }]) => [name, { value, atMs: Math.round(atMs) }]),
  );
  if (!result.applies || Object.keys(current).length === 0) return { values, news2: null };
  const { total, atLeast, complete, risk, atMs } = result.score;
  return { values, news2: { total, atLeast, complete, risk, atMs: Math.round(atMs) } };
}
