import { storedOutcome, storeOutcome } from '../journal/commands.ts';
import { append, areCurrent, lockStream } from '../journal/event-log.ts';
import type { Result } from '../lib/result.ts';
import { type Db, sql, type Tx } from '../store/db.ts';
import { isForgotten } from './kept.ts';
import type { OfferSent, SosEvent } from './machine/events.ts';
import type { SosState } from './machine/state.ts';
import { pgChat } from './pg-chat.ts';
import { answeredOnce } from './pg-commands.ts';
import { saveHoldings } from './pg-holdings.ts';
import { loadOne } from './pg-load.ts';
import { pgPolicies } from './pg-policies.ts';
import { pgReads } from './pg-reads.ts';
import { pgResponders } from './pg-responders.ts';
import { keepDeadline, saveCancellation, saveHandOff, saveState, takeSlots } from './pg-state.ts';
import type { Changed, CommandKey, Decided, DispatchStore, Done, OpenLimit } from './store.ts';
import { AlreadyHolding, answeredBefore, type Stored, writingOf } from './writing.ts';

/** What else is to be written with offers, such as who is woken outside when no device of theirs answers. */
export type KeepOffers = (tx: Tx, sosId: string, offers: readonly OfferSent[]) => Promise<void>;

/** {@link DispatchStore} on PostgreSQL or embedded PGlite. */
export function pgDispatchStore(db: Db, keepOffers?: KeepOffers): DispatchStore {
  const write: typeof writeDecided = async (tx, key, actorId, before, sosId, decided, nowMs) => {
    const done = await writeDecided(tx, key, actorId, before, sosId, decided, nowMs);
    // Whoever practises alone has the page before them.
    if (!keepOffers || done.state.drillFor !== null) return done;
    const sent = decided.events.flatMap(({ type, data }) => (type === 'sos.wave_sent' ? data.offers : []));
    if (sent.length > 0) await keepOffers(tx, done.state.id, sent);
    return done;
  };
  return {
    create: (key, sosId, decide, _order, limit = null) =>
      answeredOnce(() =>
        db.transaction(async (tx): Promise<Changed<never>> => {
          const { nowMs, outcome } = await storedOutcome<Stored>(tx, key);
          if (outcome) return answeredBefore(key, outcome);
          const decided = (await isReached(tx, limit)) ? null : decide(nowMs);
          if (!decided) {
            // Another node may have carried this very command out meanwhile: then it is among those that are too many.
            const { outcome: meanwhile } = await storedOutcome<Stored>(tx, key);
            return meanwhile ? answeredBefore(key, meanwhile) : { kind: 'too_many' };
          }
          return write(tx, key, key.actorId, null, sosId, decided, nowMs);
        }),
      ),

    async change<Code extends string>(
      key: CommandKey | null,
      actorId: string | null,
      sosId: string,
      known: SosState | undefined,
      decide: (state: SosState, nowMs: number) => Result<Decided, Code>,
    ): Promise<Changed<Code | 'already_holding'>> {
      let state = known;
      try {
        return await answeredOnce(() =>
          db.transaction(async (tx): Promise<Changed<Code>> => {
            const locked = await lockStream<Stored>(tx, 'sos', sosId, key);
            if (!locked) return { kind: 'missing' };
            if (locked.outcome) return answeredBefore(key, locked.outcome);
            if (state?.seq !== locked.head) {
              // Who waited for the lock has seen the answers of before the wait, and the newest number.
              const { outcome } = key ? await storedOutcome<Stored>(tx, key) : { outcome: null };
              if (outcome) return answeredBefore(key, outcome);
              state = await loadOne(tx, sosId);
            }
            if (!state || isForgotten(state, locked.nowMs)) return { kind: 'missing' };
            const decision = decide(state, locked.nowMs);
            if (!decision.ok) return { kind: 'refused', code: decision.code, state };
            return write(tx, key, actorId, state, sosId, decision.value, locked.nowMs);
          }),
        );
      } catch (error) {
        if (error instanceof AlreadyHolding && state)
          return { kind: 'refused', code: 'already_holding', state };
        throw error;
      }
    },

    changeTwo: (key, sosIds, decide) =>
      answeredOnce(() =>
        db.transaction(async (tx) => {
          for (const id of sosIds.toSorted()) await lockStream<Stored>(tx, 'sos', id, key);
          const { nowMs, outcome } = await storedOutcome<Stored>(tx, key);
          if (outcome) return { answer: answeredBefore(key, outcome), done: [] };
          const [first, second] = [await loadOne(tx, sosIds[0]), await loadOne(tx, sosIds[1])];
          if (!first || !second) return { answer: { kind: 'missing' }, done: [] };
          const decision = decide([first, second], nowMs);
          if (!decision.ok)
            return { answer: { kind: 'refused', code: decision.code, state: first }, done: [] };
          const [a, b] = decision.value;
          const done = [
            await write(tx, key, key.actorId, first, first.id, a, nowMs),
            await write(tx, null, key.actorId, second, second.id, b, nowMs),
          ];
          return { answer: done[0] as Done, done };
        }),
      ),

    areCurrent: (refusals) =>
      areCurrent(
        db,
        'sos',
        refusals.map(({ key, sosId, seq }) => ({ streamId: sosId, head: seq, key })),
      ),

    load: async (sosId) => (await loadOne(db, sosId)) ?? null,
    ...pgChat(db),
    ...pgReads(db),
    ...pgPolicies(db),
    ...pgResponders(db),
  };
}

const OPEN_OF = sql(
  'dispatch_open_of',
  `select count(*)::int as open from dispatch.sos_requests
    where user_id = $1 and is_drill = $2 and status in ('PENDING', 'ACCEPTED', 'IN_PROGRESS', 'ESCALATED')`,
);

/** Of what two nodes open at the same moment neither sees the other's. */
async function isReached(tx: Tx, limit: OpenLimit | null): Promise<boolean> {
  if (limit === null) return false;
  const [row] = await tx.query<{ open: number }>(OPEN_OF, [limit.requesterId, limit.isDrill]);
  return (row?.open ?? 0) >= limit.max;
}

/** Appends what was decided, moves the rows of the present, and keeps the answer: one transaction, all or nothing. */
async function writeDecided(
  tx: Tx,
  key: CommandKey | null,
  actorId: string | null,
  before: SosState | null,
  sosId: string,
  decided: Decided,
  nowMs: number,
): Promise<Done> {
  const writing = writingOf(actorId, before, sosId, decided, nowMs);
  const { atMs, entries, state, dueAtMs, outcome } = writing;
  if (entries.length === 0) {
    const dueInMs = await keepDeadline(tx, state.id, dueAtMs, nowMs);
    if (key) await storeOutcome(tx, key, { ...outcome, about: key.about } satisfies Stored);
    return { kind: 'done', before: state, state, outcome, events: [], dueInMs };
  }
  const events = await append(tx, atMs, entries);
  await saveState(tx, before, state, dueAtMs, key?.commandId ?? null);
  await saveHoldings(tx, state.id, writing.holdings);
  for (const event of decided.events) await keepBesides(tx, state.id, event, actorId, atMs);
  if (!(await takeSlots(tx, before, state))) throw new AlreadyHolding();
  if (key) await storeOutcome(tx, key, { ...outcome, about: key.about } satisfies Stored);
  return { kind: 'done', before, state, outcome, events, dueInMs: dueAtMs === null ? null : dueAtMs - nowMs };
}

/** What has rows of its own besides the state. */
async function keepBesides(
  tx: Tx,
  sosId: string,
  event: SosEvent,
  by: string | null,
  atMs: number,
): Promise<void> {
  if (event.type === 'sos.withdrawn') {
    const { responderId, reason } = event.data;
    await saveCancellation(tx, { sosId, volunteerId: responderId, reason, atMs });
  } else if (event.type === 'sos.handed_off') {
    const { handOffId: id, ...told } = event.data;
    await saveHandOff(tx, { sosId, id, ...told, by, atMs });
  } else if (event.type === 'sos.escalated' && event.data.step === 'hand_off') {
    const nothing = { id: null, service: null, reference: null, note: null, by: null };
    await saveHandOff(tx, { sosId, state: 'needed', ...nothing, atMs });
  }
}
