import type { SosEvent } from '../machine/events.ts';
import type { Decided, DispatchStore } from '../store.ts';
import { type Commit, type Line, MemoryDb, Transaction } from './memory-db.ts';
import type { Entitlement } from './subscriber.ts';

/** Classic mistakes, put in around the real code so that the simulation can show that it finds them. */
export const PLANTED_BUGS = [
  'key_check_skipped',
  'deadline_forgotten_on_takeover',
  'privacy_checked_at_subscribe',
  'accepted_twice_by_one_person',
  'replacement_of_decline_lost',
] as const;
export type PlantedBug = (typeof PLANTED_BUGS)[number];

/** What the simulation puts around its parts. With no bug planted, nothing at all. */
export interface Planted {
  db(nowMs: () => number, onCommit: (commit: Commit) => void): MemoryDb;
  store(store: DispatchStore): DispatchStore;
  entitlement(entitlement: Entitlement): Entitlement;
}

const NOTHING: Planted = {
  db: (nowMs, onCommit) => new MemoryDb(nowMs, onCommit),
  store: (store) => store,
  entitlement: (entitlement) => entitlement,
};

export function planted(bug: PlantedBug | null): Planted {
  switch (bug) {
    case 'key_check_skipped':
      return { ...NOTHING, db: (nowMs, onCommit) => new KeylessDb(nowMs, onCommit) };
    case 'accepted_twice_by_one_person':
      return { ...NOTHING, db: (nowMs, onCommit) => new ManyHandedDb(nowMs, onCommit) };
    case 'deadline_forgotten_on_takeover':
      return { ...NOTHING, store: (store) => changing(store, forgetDeadline) };
    case 'replacement_of_decline_lost':
      return { ...NOTHING, store: (store) => changing(store, loseReplacement) };
    case 'privacy_checked_at_subscribe':
      return { ...NOTHING, entitlement: onceEntitled };
    case null:
      return NOTHING;
  }
}

/** No lock on the stream and no key of the log: two decisions get one number. */
class KeylessDb extends MemoryDb {
  override async lock(tx: Transaction, row: string): Promise<void> {
    if (!row.startsWith('sos:')) await super.lock(tx, row);
  }

  override isTaken(): boolean {
    return false;
  }
}

/** No key of the holders: whoever asks for a slot is given it. */
class ManyHandedDb extends MemoryDb {
  protected override begin(line: Line): Transaction {
    return new (class extends Transaction {
      override async take(...args: Parameters<Transaction['take']>): Promise<number> {
        await super.take(...args);
        return args[1].length;
      }
    })(this, line);
  }
}

function changing(store: DispatchStore, change: (decided: Decided) => Decided): DispatchStore {
  return {
    ...store,
    change: (key, actorId, sosId, known, decide, order) =>
      store.change(
        key,
        actorId,
        sosId,
        known,
        (state, nowMs) => {
          const decision = decide(state, nowMs);
          return decision.ok ? { ok: true, value: change(decision.value) } : decision;
        },
        order,
      ),
  };
}

const has = (events: readonly SosEvent[], type: SosEvent['type']) =>
  events.some((event) => event.type === type);

const forgetDeadline = (decided: Decided): Decided =>
  has(decided.events, 'sos.taken_over') ? { ...decided, dueAtMs: () => null } : decided;

const loseReplacement = (decided: Decided): Decided =>
  has(decided.events, 'sos.offer_declined')
    ? { ...decided, events: decided.events.filter(({ type }) => type === 'sos.offer_declined') }
    : decided;

/** Whoever was entitled when they subscribed stays so. */
function onceEntitled(entitlement: Entitlement): Entitlement {
  const entitled = new Set<string>();
  return {
    ...entitlement,
    mayRead(viewer, stream) {
      const key = `${viewer.userId} ${stream}`;
      if (entitlement.mayRead(viewer, stream)) entitled.add(key);
      return entitled.has(key);
    },
  };
}
