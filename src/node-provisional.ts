import path from 'node:path';
import type { OpenedAccounts } from './accounts/accounts.ts';
import type { Grant } from './accounts/types.ts';
import { isAway } from './dispatch/provisional/away.ts';
import { provisionalDispatchStore } from './dispatch/provisional/provisional-dispatch-store.ts';
import type { ProvisionalStore } from './dispatch/provisional/provisional-store.ts';
import type { AnyStep, StepLog } from './dispatch/provisional/steps.ts';
import type { Dispatch } from './dispatch/service.ts';
import type { DispatchStore, LogEvent } from './dispatch/store.ts';
import type { Hub } from './fanout/hub.ts';
import type { StoreWatch } from './fanout/types.ts';
import { append, splitStream } from './journal/event-log.ts';
import { journalFiles } from './journal/local/files.ts';
import { jsonLane } from './journal/local/json-lane.ts';
import { LocalJournal } from './journal/local/local-journal.ts';
import { takeAbandoned, takeSlot } from './journal/local/slot.ts';
import { must } from './lib/assert.ts';
import type { Clock } from './lib/clock.ts';
import { errorFields, type Logger } from './lib/log.ts';
import type { Deciders } from './node-deciders.ts';
import type { Site } from './node-site.ts';
import { type Db, sql } from './store/db.ts';
import type { AlertLog, KeptAlerts } from './telemetry/alerts/kept-alerts.ts';

/** What goes on of a node while the store is away. */
export interface Outage extends StoreWatch {
  /** Dispatch's store, through what is decided without it. */
  readonly store: DispatchStore;
  /** Whether something of an SOS is decided on this node and not in the store yet. */
  has(sosId: string): boolean;
  /** The store has this event of it. */
  isStored(sosId: string, event: LogEvent): void;
  /** Resolves when a command of this person need not wait for what is being written any more; null: it need not. */
  behind(sosId: string | null, userId: string): Promise<void> | null;
  /** Whether SOS are taken in without the store: the operator wants it so, and the disk takes them. */
  readonly goesOn: boolean;
  /** Where alerts are kept meanwhile; null: nothing goes on without the store. */
  readonly alertLog: AlertLog | null;
  /** Whether the store is to be asked: it is there, or back and being written to. */
  readonly hasStore: boolean;
  /** Done once a second while it is. */
  whileThere(work: () => Promise<void>): void;
  /** How long a session is good beyond its time at this moment. */
  graceMs(): number;
  /** Writes what an earlier process of this host has left, and looks after the store from then on. */
  start(dispatch: Dispatch): Promise<void>;
}

export interface OutageParts {
  readonly db: Db;
  /** A connection that nothing else uses: whether the store answers must not depend on who waits for what there. */
  readonly probeDb: Db;
  readonly inner: DispatchStore;
  readonly hub: Hub;
  readonly deciders: Deciders;
}

const LOOK_EVERY_MS = 1_000;
/** A store that has not answered a question without work for so long does not answer. */
const SILENT_MS = 2_000;
const STEP_LANE = 1;
const ASIDE_LANE = 2;
const ALERT_LANE = 3;
/** A call of the store that has ended so much later than it ends by itself: the process was held. */
const STOOD_STILL_MS = 5_000;
const MEGABYTE = 1_048_576;
/** Takes half a megabyte of the disk, and of the log: small things may fit where nothing goes on. */
const ROOM = sql(
  'store_room',
  `create temporary table muster_room on commit drop as
   select repeat(md5(random()::text), 30) as filling from generate_series(1, 512)`,
);
/** A standby that has not become the primary yet answers, and takes nothing. */
const PROBE = sql('store_probe', `select current_setting('transaction_read_only') = 'off' as "isWritable"`);

/** Opens the journal of this process, and what decides on it. */
export async function openOutage(
  site: Site,
  { db, probeDb, inner, hub, deciders }: OutageParts,
): Promise<Outage> {
  const { clock, config, metrics, newId, releasers } = site;
  const log = site.log.named('outage');
  const journal = await openJournal(site, log);
  const steps = stepLog(journal, log, newId);
  const report = site.engines.reporter('store');
  // An embedded database is on the disk that the journal would be on, and starts again within seconds.
  const isWanted = config.onStoreDown === 'provisional' && config.databaseUrl !== null;
  let dispatch: Dispatch | null = null;
  const the = () => must(dispatch, 'dispatch, which nothing is decided before');
  const { store, provisional } = provisionalDispatchStore({
    inner,
    log: steps,
    logger: log,
    clock,
    metrics,
    newId,
    mayDecide: isWanted,
    callsEndWithinMs: config.storeTimeoutMs + STOOD_STILL_MS,
    others: deciders,
    onKept: (step, batch) => deciders.told(step, batch),
    onOvertaken: (sosId) => deciders.sayOvertaken(sosId),
    isUnsure: (sosId) => the().comingBack.isUnsure(sosId),
    known: (sosId) => the().known.get(sosId),
    holding: (userId, isDrill) => the().roster.holding(userId, isDrill),
    decideAgain: (...args) => the().comingBack.decideAgain(...args),
    onBroken: (sosId) => the().comingBack.takeBack(sosId),
    onBelieved: (state) => the().comingBack.believe(state),
    onSuperseded: (sosId, userId) => tellLoser(db, hub, clock.nowMs(), sosId, userId),
    onSettled: (step, settled, done) => the().comingBack.settled(step, settled, done),
    onAway: (away) => {
      report(away ? 'silent' : null);
      deciders.sayStore();
    },
    onRestored: () => {
      deciders.sayStore();
      hub.restored();
    },
  });
  const works: (() => Promise<void>)[] = [];
  const outage: Outage = {
    store,
    get isAway() {
      return provisional.isAway;
    },
    get goesOn() {
      return isWanted && !journal.isFailing;
    },
    has: (sosId) => provisional.has(sosId),
    isStored: (sosId, event) => provisional.isStored(sosId, event),
    behind: (sosId, userId) => provisional.behind(sosId, userId),
    get hasStore() {
      return provisional.hasStore;
    },
    alertLog: isWanted ? alertLog(journal, log) : null,
    whileThere: (work) => void works.push(work),
    isUnsettled(stream) {
      const { id } = splitStream(stream);
      return provisional.has(id) || deciders.has(id);
    },
    foundAway: () => provisional.foundAway(),
    graceMs: () => (provisional.isAway ? config.authGraceMin * 60_000 : 0),
    async start(opened) {
      dispatch = opened;
      deciders.join({ dispatch, hub, outage: provisional });
      const left = steps.kept().length;
      if (left > 0) log.warn({ left }, 'writing what was decided before this node was started');
      // What does not go through now is tried again every second.
      if (left > 0 && !(await provisional.reconcile())) provisional.foundAway();
      releasers.add('outage', lookAfter(site, [probeDb, db], { provisional, deciders, works }));
    },
  };
  return outage;
}

async function openJournal(site: Site, log: Logger): Promise<LocalJournal> {
  const { config, releasers } = site;
  const root = path.resolve(config.dataDir, 'journal');
  const own = await takeSlot(root);
  const report = site.engines.reporter('journal');
  const open = async (folder: string) =>
    LocalJournal.open({
      ...site,
      log,
      files: await journalFiles(folder),
      keptBytesMax: config.localJournalMb * MEGABYTE,
      onState: (isFailing) => report(isFailing ? 'write_failed' : null),
    });
  const journal = await open(own.folder);
  releasers.add('local journal', async () => {
    await journal.stop();
    own.release();
  });
  // Of processes that this host runs no longer.
  for (const abandoned of await takeAbandoned(root)) {
    const left = await open(abandoned.folder);
    for (const entry of left.kept()) if ((await journal.append(entry)).ok) left.done(entry.id);
    await left.stop();
    abandoned.release();
  }
  return journal;
}

function stepLog(journal: LocalJournal, log: Logger, newId: () => string): StepLog {
  const steps = jsonLane<AnyStep>(journal, STEP_LANE, log);
  const aside = jsonLane<AnyStep>(journal, ASIDE_LANE, log);
  return {
    append: (step) => steps.append(step.id, step),
    done: (id) => steps.done(id),
    layAside: (step) => aside.append(newId(), step),
    kept: () => steps.kept(),
  };
}

function alertLog(journal: LocalJournal, log: Logger): AlertLog {
  const lane = jsonLane<KeptAlerts>(journal, ALERT_LANE, log);
  return {
    append: (kept) => lane.append(kept.batchId, kept),
    done: (batchId) => lane.done(batchId),
    kept: () => lane.kept(),
  };
}

/** Written to their inbox, so that they hear of it wherever and whenever they come: as such, and not only that they hold nothing. */
async function tellLoser(db: Db, hub: Hub, atMs: number, sosId: string, userId: string): Promise<void> {
  const data = { sosId, reason: 'superseded' };
  const told = { kind: 'inbox', streamId: userId, type: 'sos.released', actorId: null, data } as const;
  for (const event of await db.transaction((tx) => append(tx, atMs, [told]))) hub.publish(event);
}

interface Looking {
  readonly provisional: ProvisionalStore;
  readonly deciders: Pick<Deciders, 'orphaned' | 'sayStore'>;
  /** What else is done while it is there. */
  readonly works?: readonly (() => Promise<void>)[];
}

/** What follows from whether the store answers: what it lacks is written to it, of this node and of those that are gone. */
export async function lookAtStore(
  { provisional, deciders, works = [] }: Looking,
  isThere: boolean,
): Promise<void> {
  if (isThere) {
    const write = async () => {
      if (provisional.isAway || provisional.hasBacklog) await provisional.reconcile();
    };
    // First what makes room on this disk: what others left may find none.
    await write();
    await provisional.takeOver(deciders.orphaned());
    await write();
    if (!provisional.isAway) for (const work of works) await work();
  } else provisional.foundAway();
  deciders.sayStore();
}

/** Whether any of these connections has an answer in time: one alone may be broken, or stand behind much. */
export async function storeAnswers(
  clock: Pick<Clock, 'after'>,
  dbs: readonly Pick<Db, 'query'>[],
  needsRoom = false,
): Promise<boolean> {
  let stopWaiting = () => {};
  const silent = new Promise<false>((resolve) => {
    stopWaiting = clock.after(SILENT_MS, () => resolve(false));
  });
  const asked = dbs.map(async (db) => {
    const [row] = await db.query<{ isWritable: boolean }>(PROBE);
    if (row?.isWritable !== true) throw new Error('it takes nothing');
    if (needsRoom) await findRoom(db);
    return true;
  });
  const answered = Promise.any(asked).catch(() => false);
  const isThere = await Promise.race([answered, silent]);
  stopWaiting();
  return isThere;
}

async function findRoom(db: Pick<Db, 'query'>): Promise<void> {
  try {
    await db.query(ROOM);
  } catch (error) {
    // Who may make no temporary tables finds out by what is to be written.
    if (isAway(error)) throw error;
  }
}

/** Looks once a second whether the store has gone, or is back. The answer ends it. */
function lookAfter({ clock, log }: Site, dbs: readonly Db[], parts: Looking): () => Promise<void> {
  let isStopped = false;
  let cancel = () => {};
  let looking: Promise<unknown> = Promise.resolve();
  const look = async () => lookAtStore(parts, await storeAnswers(clock, dbs, parts.provisional.lacksRoom));
  const failed = (error: unknown) =>
    log.error(errorFields(error), 'what was decided without the database could not be written');
  const again = () => {
    if (isStopped) return;
    cancel = clock.after(LOOK_EVERY_MS, () => {
      looking = look().catch(failed).finally(again);
    });
  };
  again();
  return async () => {
    isStopped = true;
    cancel();
    await looking;
  };
}

/** What somebody may do at this moment; while the store is away what was known of them last, or else what they were let in with. */
export function grantsInOutage(accounts: OpenedAccounts, outage: StoreWatch) {
  return async (userId: string, fromToken: readonly Grant[]): Promise<readonly Grant[]> => {
    if (!outage.isAway) {
      try {
        return await accounts.grantsForSos(userId);
      } catch (error) {
        if (!isAway(error)) throw error;
        outage.foundAway();
      }
    }
    return accounts.lastGrantsOf(userId) ?? fromToken;
  };
}
