import type { LatLng } from '../../geo/lat-lng.ts';
import type { Fix } from '../positions/fix.ts';

/** A fix as a stock app sent it, in our units. What is not known is null. `atMs` is by the clock of the device. */
export interface AppFix extends Fix {
  /** The id that the app gave to its message; one that it sends again has the same. */
  readonly messageId: string | null;
  /** Made up by a program of its owner: kept, but it says nothing of where they are. */
  readonly isMock: boolean;
}

/** One message of a stock app. Everything but `fix` is there too when the position is of no use. */
export interface AppMessage {
  /** What kind it says it is, or `other`. */
  readonly type: string;
  readonly fix: AppFix | null;
  /** Why there is no fix: what it says can't be used, or a message of this kind has none. Null with a fix. */
  readonly without: 'invalid' | 'ignored-type' | null;
  /** What exactly is wrong, in words that hold nothing of what was sent. */
  readonly problem: string | null;
  /** When it happened, by the clock of the device. */
  readonly atMs: number | null;
  /** Where, as far as it says so; of a fix that the device itself doubts too. */
  readonly place: LatLng | null;
  readonly isSos: boolean;
  readonly batteryPct: number | null;
  readonly messageId: string | null;
}

/** What a request holds; null: it can't be read at all, and `problem` says why. */
export type AppMessages =
  | { readonly messages: readonly AppMessage[]; readonly problem: null }
  | { readonly messages: null; readonly problem: string };

export const unreadable = (problem: string): AppMessages => ({ messages: null, problem });

/** One that has no position by its kind. */
export const ignored = (type: string, about: Partial<AppMessage> = {}): AppMessage => ({
  type,
  fix: null,
  without: 'ignored-type',
  problem: null,
  atMs: null,
  place: null,
  isSos: false,
  batteryPct: null,
  messageId: null,
  ...about,
});

/** Names come from strangers and go into metrics and tables: only those that are known do. */
export const knownType = (type: unknown, known: ReadonlySet<string>): string =>
  typeof type === 'string' && known.has(type) ? type : 'other';
