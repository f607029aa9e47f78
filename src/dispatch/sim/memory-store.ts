import { isForgotten } from '../kept.ts';
import { isOpen, type SosState, slotOf } from '../machine/state.ts';
import type { Responder } from '../roster.ts';
import type {
  Changed,
  CommandKey,
  Decided,
  DispatchStore,
  Done,
  LogEvent,
  Outcome,
  StoredResponder,
} from '../store.ts';
import { AlreadyHolding, answeredBefore, holdersMoved, writingOf } from '../writing.ts';
import { KeyTaken, type Line, type MemoryDb, type Transaction } from './memory-db.ts';

/** How long a node may take over a deadline before another one does it instead. */
export const LEASE_MS = 5_000;

/** {@link DispatchStore} on {@link MemoryDb}, step by step as `pg.ts` does it. */
export function memoryDispatchStore(db: MemoryDb, line: Line): DispatchStore {
  const transaction = <T>(work: (tx: Transaction) => Promise<T>) =>
    answeredOnce(() => db.transaction(line, work));
  const read = async <T>(look: () => T): Promise<T> => {
    await line.step('begin');
    const seen = look();
    await line.step('answer');
    return seen;
  };

  return {
    create: (key, sosId, decide) =>
      transaction(async (tx): Promise<Changed<never>> => {
        await tx.statement();
        const nowMs = db.nowMs();
        const stored = db.commands.get(keyOf(key));
        if (stored) return answeredBefore(key, stored);
        const decided = decide(nowMs);
        if (!decided) {
          await tx.statement();
          const meanwhile = db.commands.get(keyOf(key));
          return meanwhile ? answeredBefore(key, meanwhile) : { kind: 'too_many' };
        }
        return write(tx, key, key.actorId, null, sosId, decided, nowMs);
      }),

    async change(key, actorId, sosId, known, decide) {
      let state = known;
      try {
        return await transaction(async (tx) => {
          let nowMs = db.nowMs();
          let stored = key ? db.commands.get(keyOf(key)) : undefined;
          await tx.lock(`sos:${sosId}`);
          const head = db.headOf(`sos:${sosId}`);
          if (head === 0) return { kind: 'missing' };
          if (!stored && state?.seq !== head) {
            await tx.statement();
            nowMs = db.nowMs();
            stored = key ? db.commands.get(keyOf(key)) : undefined;
            state = db.states.get(sosId);
          }
          if (stored) return answeredBefore(key, stored);
          if (!state || isForgotten(state, nowMs)) return { kind: 'missing' };
          const decision = decide(state, nowMs);
          if (!decision.ok) return { kind: 'refused', code: decision.code, state };
          return write(tx, key, actorId, state, sosId, decision.value, nowMs);
        });
      } catch (error) {
        if (error instanceof AlreadyHolding && state)
          return { kind: 'refused', code: 'already_holding', state };
        throw error;
      }
    },

    changeTwo: (key, sosIds, decide) =>
      transaction(async (tx) => {
        for (const id of sosIds.toSorted()) await tx.lock(`sos:${id}`);
        const nowMs = db.nowMs();
        const stored = db.commands.get(keyOf(key));
        if (stored) return { answer: answeredBefore(key, stored), done: [] };
        const [first, second] = [db.states.get(sosIds[0]), db.states.get(sosIds[1])];
        if (!first || !second) return { answer: { kind: 'missing' }, done: [] };
        const decision = decide([first, second], nowMs);
        if (!decision.ok) return { answer: { kind: 'refused', code: decision.code, state: first }, done: [] };
        const [a, b] = decision.value;
        const answer = await write(tx, key, key.actorId, first, first.id, a, nowMs);
        return { answer, done: [answer, await write(tx, null, key.actorId, second, second.id, b, nowMs)] };
      }),

    chat: (key, message, allowed) =>
      transaction(async (tx) => {
        await tx.statement();
        const nowMs = db.nowMs();
        const stored = db.commands.get(keyOf(key));
        if (stored) return answeredBefore(key, stored);
        const state = db.states.get(message.sosId);
        if (!state) return { kind: 'missing' };
        const code = allowed(state);
        if (code) return { kind: 'refused', code, state };
        const outcome: Outcome = { sosId: message.sosId, messageId: message.id };
        const { actorId } = key;
        const data = { messageId: message.id, senderId: actorId, text: message.text };
        const events = await tx.append(nowMs, [
          { kind: 'chat', streamId: message.sosId, type: 'chat.message', actorId, data },
        ]);
        await tx.storeOutcome(keyOf(key), { ...outcome, about: key.about });
        return { kind: 'done', before: state, state, outcome, events, dueInMs: null };
      }),

    readChat: (key, { sosId, upToSeq }, allowed) =>
      transaction(async (tx) => {
        await tx.lock(`chat:${sosId}`);
        const nowMs = db.nowMs();
        const stored = db.commands.get(keyOf(key));
        if (stored) return answeredBefore(key, stored);
        const state = db.states.get(sosId);
        if (!state) return { kind: 'missing' };
        const code = allowed(state);
        if (code) return { kind: 'refused', code, state };
        const { actorId } = key;
        const readTo = newlyRead(db, sosId, actorId, upToSeq);
        if (readTo === null) return { kind: 'repeated', outcome: { sosId } };
        await tx.saveRead(sosId, actorId, readTo);
        const data = { readerId: actorId, upToSeq: readTo };
        const events = await tx.append(nowMs, [
          { kind: 'chat', streamId: sosId, type: 'chat.read', actorId, data },
        ]);
        await tx.storeOutcome(keyOf(key), { sosId, about: key.about });
        return { kind: 'done', before: state, state, outcome: { sosId }, events, dueInMs: null };
      }),

    areCurrent: (refusals) =>
      read(() =>
        refusals.map(
          ({ key, sosId, seq }) => db.headOf(`sos:${sosId}`) === seq && !db.commands.has(keyOf(key)),
        ),
      ),

    load: (sosId) => read(() => db.states.get(sosId) ?? null),
    loadOpen: () => read(() => [...db.states.values()].filter(isOpen)),

    claimDue: async (_nodeId, limit) => {
      await line.step('begin');
      const nowMs = db.nowMs();
      const due = [...db.deadlines]
        .filter(([sosId, { dueAtMs, leaseUntilMs }]) => {
          const isFree = leaseUntilMs === null || leaseUntilMs < nowMs;
          return dueAtMs <= nowMs && isFree && !db.isLocked(`deadline:${sosId}`);
        })
        .toSorted(([, a], [, b]) => a.dueAtMs - b.dueAtMs)
        .slice(0, limit);
      for (const [sosId, { dueAtMs }] of due)
        db.deadlines.set(sosId, { dueAtMs, leaseUntilMs: nowMs + LEASE_MS });
      await line.step('answer');
      return due.map(([sosId]) => sosId);
    },

    inbox: (userId) =>
      read(() => ({
        seq: db.headOf(`inbox:${userId}`),
        offers: askingOf(db, userId),
        holding: db.holders.get(userId)?.sosId ?? heldIn(db, userId),
        broadcasts: [],
      })),
    chatLog: (sosId, limit) =>
      read(() => {
        const messages = messagesOf(db, sosId).slice(-limit);
        const reads = [...(db.chatReads.get(sosId) ?? [])].map(([readerId, upToSeq]) => ({
          readerId,
          upToSeq,
        }));
        return {
          seq: db.headOf(`chat:${sosId}`),
          messages: messages.map(({ data, seq }) => ({ ...(data as object), seq })),
          reads: reads.toSorted((a, b) => (a.readerId < b.readerId ? -1 : 1)),
        };
      }),

    newestPolicy: () => read(() => db.policies.at(-1) ?? null),
    addPolicy: async (body, createdBy) => {
      await line.step('begin');
      const policy = { version: db.policies.length + 1, body, createdAtMs: db.nowMs(), createdBy };
      db.policies.push(policy);
      await line.step('answer');
      return policy;
    },
    policies: (limit) => read(() => db.policies.toReversed().slice(0, limit)),

    saveResponders: async (rows) => {
      await line.step('begin');
      for (const row of rows) db.responders.set(row.userId, rowOf(row, db.responders.get(row.userId)));
      await line.step('answer');
    },
    loadResponders: () =>
      read(() => [...db.responders.values()].map((row) => ({ ...row, ...pastOf(db, row.userId) }))),
  };
}

/** Reading the log by stream: what subscriptions resume and fill holes from. */
export function memoryEvents(db: MemoryDb, line: Line) {
  return {
    async readAfter(stream: string, afterSeq: number, limit: number): Promise<readonly LogEvent[]> {
      await line.step('begin');
      const page = (db.streams.get(stream) ?? []).slice(afterSeq, afterSeq + limit);
      await line.step('answer');
      return page;
    },
    async headOf(stream: string): Promise<number> {
      await line.step('begin');
      return db.headOf(stream);
    },
  };
}

export const keyOf = ({ actorId, commandId }: Pick<CommandKey, 'actorId' | 'commandId'>) =>
  `${actorId} ${commandId}`;

/** Runs a command again that was carried out elsewhere meanwhile: it then finds the stored answer. */
async function answeredOnce<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof KeyTaken) return work();
    throw error;
  }
}

async function write(
  tx: Transaction,
  key: CommandKey | null,
  actorId: string | null,
  before: SosState | null,
  sosId: string,
  decided: Decided,
  nowMs: number,
): Promise<Done> {
  const { atMs, entries, state, dueAtMs, outcome } = writingOf(actorId, before, sosId, decided, nowMs);
  if (entries.length === 0) {
    const keptMs = await tx.keepDeadline(state, dueAtMs, nowMs);
    if (key) await tx.storeOutcome(keyOf(key), { ...outcome, about: key.about });
    return {
      kind: 'done',
      before: state,
      state,
      outcome,
      events: [],
      dueInMs: keptMs === null ? null : keptMs - nowMs,
    };
  }
  const events = await tx.append(atMs, entries);
  await tx.saveState(state, dueAtMs);
  const { gone, come } = holdersMoved(before, state);
  if (gone.length > 0) await tx.giveBack(state.id, gone);
  if (come.length > 0 && (await tx.take(state.id, come)) < come.length) throw new AlreadyHolding();
  if (key) await tx.storeOutcome(keyOf(key), { ...outcome, about: key.about });
  return { kind: 'done', before, state, outcome, events, dueInMs: dueAtMs === null ? null : dueAtMs - nowMs };
}

const messagesOf = (db: MemoryDb, sosId: string) =>
  (db.streams.get(`chat:${sosId}`) ?? []).filter(({ type }) => type === 'chat.message');

/** The last message of somebody else up to there, when it was not read before. */
function newlyRead(db: MemoryDb, sosId: string, readerId: string, upToSeq: number): number | null {
  const others = messagesOf(db, sosId).filter(({ seq, actorId }) => seq <= upToSeq && actorId !== readerId);
  const last = others.at(-1)?.seq ?? 0;
  return last > (db.chatReads.get(sosId)?.get(readerId) ?? 0) ? last : null;
}

function askingOf(db: MemoryDb, userId: string): { sosId: string; offerId: string }[] {
  return [...db.states.values()]
    .flatMap((state) => [...state.offers.values()].map((offer) => ({ sosId: state.id, offer })))
    .filter(({ offer }) => offer.responderId === userId && STILL_ASKED.includes(offer.status))
    .toSorted((a, b) => a.offer.sentAtMs - b.offer.sentAtMs)
    .map(({ sosId, offer }) => ({ sosId, offerId: offer.id }));
}

const STILL_ASKED: readonly string[] = ['OPEN', 'RESERVE'];

/** Whose slot they took last: a drill is held by its slot alone. */
function heldIn(db: MemoryDb, userId: string): string | null {
  const held = [...db.states.values()].flatMap((state) => {
    const holder = slotOf(state, userId)?.holder;
    return holder ? [{ sosId: state.id, heldAtMs: holder.heldAtMs }] : [];
  });
  return held.toSorted((a, b) => b.heldAtMs - a.heldAtMs)[0]?.sosId ?? null;
}

function rowOf(row: Responder, before: StoredResponder | undefined): StoredResponder {
  const { userId, skills, verified, available } = row;
  const isNewer = row.locatedAtMs !== null && row.locatedAtMs >= (before?.locatedAtMs ?? row.locatedAtMs);
  const { point, locatedAtMs } = isNewer ? row : (before ?? { point: null, locatedAtMs: null });
  return { userId, skills, verified, available, asOfMs: 0, point, locatedAtMs, ...NO_PAST };
}

const NO_PAST = { asked: 0, accepted: 0, alertsAtMs: [] };
const ANSWERED: readonly string[] = ['ACCEPTED', 'RESERVE', 'DECLINED', 'EXPIRED'];

function pastOf(db: MemoryDb, userId: string): Pick<StoredResponder, 'asked' | 'accepted' | 'alertsAtMs'> {
  const offers = [...db.states.values()]
    .filter((state) => !state.isDrill)
    .flatMap((state) => [...state.offers.values()].filter((offer) => offer.responderId === userId));
  return {
    asked: offers.filter(({ status }) => ANSWERED.includes(status)).length,
    accepted: offers.filter(({ status }) => status === 'ACCEPTED' || status === 'RESERVE').length,
    alertsAtMs: offers.map(({ sentAtMs }) => sentAtMs).toSorted((a, b) => a - b),
  };
}
