import type { Relation } from '../access/words.ts';
import type { LogEvent } from '../journal/event-log.ts';
import type { Clock } from '../lib/clock.ts';
import type { Result } from '../lib/result.ts';
import type { Standing } from '../schema/records/define.ts';
import type { Db, Tx } from '../store/db.ts';

/** Who asks: their account, and what they have been granted at this moment. */
export interface Viewer {
  readonly userId: string;
  readonly grants: readonly string[];
}

export interface RecordPerson {
  /** Their account; of somebody who has none, their patient record. */
  readonly personId: string;
  readonly userId: string | null;
  readonly patientId: string | null;
}

/** How somebody stands to a person at this moment. */
export interface StandingTo {
  readonly person: RecordPerson;
  readonly relations: readonly Relation[];
  /** The accounts that hear of changes: the person, and who cares for them. */
  readonly audience: readonly string[];
}

/** Who people are and who cares for them. Rejects when the store does not answer. */
export interface RecordPeople {
  /** By account or by patient record; null: there is nobody. */
  standing(viewerId: string, id: string): Promise<StandingTo | null>;
  /** Themselves, and at most so many for whom they care. */
  charges(viewerId: string, most: number): Promise<readonly Omit<StandingTo, 'audience'>[]>;
  /** Whether they are an authority of this hospital at this moment. */
  isAuthorityAt(viewerId: string, hospitalId: string): Promise<boolean>;
  /** The account of each patient record that belongs to one. */
  accountsOf(patientIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

export interface RecordEntry {
  readonly actorId: string;
  readonly grants: readonly string[];
  readonly action: string;
  /** The name of the type. */
  readonly resourceKind: string;
  readonly resourceId: string | null;
  readonly subjectUserId: string | null;
  readonly purpose: 'care' | 'break_glass' | null;
  readonly reason?: string | null;
}

/** Where it is kept who did what, and who was refused. What is no promise neither throws nor waits. */
export interface RecordTrail {
  /** False while an act that has to be on record can't be promised to get there. */
  readonly hasRoom: boolean;
  /** In the transaction of what was done: on record whatever happens to the node. */
  recordIn(tx: Tx, entries: readonly (RecordEntry & { readonly outcome: 'allowed' })[]): Promise<void>;
  refused(entry: RecordEntry): void;
  saw(
    viewer: Viewer,
    subjectId: string,
    purpose: 'care' | 'break_glass',
    what: { readonly resourceKind: string; readonly resourceId?: string | undefined },
  ): void;
}

/** What happened to a record. */
export interface RecordOccasion {
  /** The name of the type. */
  readonly type: string;
  readonly verb: 'create' | 'change' | 'remove' | 'erase';
  /** As it is then, by column. */
  readonly row: Readonly<Record<string, unknown>>;
  /** Of a change: the fields that say something else than before. */
  readonly changed: readonly string[];
  readonly byUserId: string;
  readonly personUserId: string | null;
}

export interface RecordParts {
  readonly db: Db;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly people: RecordPeople;
  readonly trail: RecordTrail;
  /** Who else has to be told, written in the same transaction; absent: nobody is. */
  readonly tell?: (tx: Tx, occasions: readonly RecordOccasion[]) => Promise<void>;
  /** Tells what was written, after commit. Must not throw. */
  readonly publish: (event: LogEvent) => void;
}

/** A record as it is read: what every record has, and the fields of its type. */
export type AnyView = Standing & Readonly<Record<string, unknown>>;

/** A version that was replaced, or the one that counts. */
export interface VersionView {
  readonly version: number;
  readonly record: AnyView;
  /** Null: it counts. */
  readonly replacedAtMs: number | null;
  /** Why it was replaced, where somebody said so. */
  readonly reason: string | null;
}

export type RecordCode =
  | 'not_found'
  | 'forbidden'
  | 'bad_request'
  | 'busy'
  | 'record_changed'
  | 'record_exists'
  | 'time_taken'
  | 'step_not_allowed';

export type Answered<T> = Result<T, RecordCode>;

/** Given by whoever sends a command, so that it can be sent again. */
export type Key = string | null;

/** What can be done with records of any type. `type` is as in addresses; one that nobody declared is not found. */
export interface Records {
  create(by: Viewer, type: string, body: unknown, key?: Key): Promise<Answered<AnyView>>;
  /** All of them or none. */
  createMany(by: Viewer, type: string, bodies: unknown, key?: Key): Promise<Answered<readonly AnyView[]>>;
  read(by: Viewer, type: string, id: string): Promise<Answered<AnyView>>;
  /** `{version, change, reason}`: what it says from now on, decided on that version. */
  change(by: Viewer, type: string, id: string, body: unknown, key?: Key): Promise<Answered<AnyView>>;
  /** `{version, reason}`: it counts no more, and is shown in its history only. */
  remove(by: Viewer, type: string, id: string, body: unknown, key?: Key): Promise<Answered<null>>;
  /** `{reason}`: takes it out with its history. Who did what with it stays on record. */
  erase(by: Viewer, type: string, id: string, body: unknown, key?: Key): Promise<Answered<null>>;
  /** The newest first; `after` is the `next` of the page before. */
  history(
    by: Viewer,
    type: string,
    id: string,
    query?: Readonly<Record<string, string>>,
  ): Promise<Answered<VersionsPage>>;
  list(by: Viewer, type: string, query: Readonly<Record<string, string>>): Promise<Answered<Page>>;
}

export interface VersionsPage {
  readonly versions: readonly VersionView[];
  /** Where the next page begins; null: there is none. */
  readonly next: string | null;
}

export interface Page {
  readonly records: readonly AnyView[];
  /** Where the next page begins; null: there is none. */
  readonly next: string | null;
}
