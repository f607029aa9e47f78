import type { Tx } from '../store/db.ts';
import type { Context } from './context.ts';
import type { Prove } from './sign-in-proof.ts';

/** Something to be sent outside. Both texts can hold a one-time token, so they are wiped once it is done with. */
export interface Message {
  readonly userId: string | null;
  readonly channel: 'email' | 'sms';
  readonly recipient: string;
  readonly subject: string;
  readonly body: string;
  /** After this nobody needs it any more. */
  readonly lifeMs: number;
}

/** Writes a message down in the transaction that decided it; it is sent after commit. */
export type Deliver = (tx: Tx, message: Message) => Promise<void>;

/** Where the bytes of documents are kept. Rejects with code `store_unavailable` when they can't be. */
export interface DocumentStore {
  /** Resolves once the bytes survive a power cut. */
  put(key: string, content: Uint8Array): Promise<void>;
  /** Null: there is nothing under this key. */
  get(key: string): Promise<Uint8Array | null>;
  /** Resolves once it is gone; also when nothing was there. */
  remove(key: string): Promise<void>;
}

export interface PeopleParts {
  readonly deliver: Deliver;
  readonly documents: DocumentStore;
  /** What can be sent outside; a code that nobody would send is refused. */
  readonly channels: readonly Message['channel'][];
  /** Where links in messages lead: the address of this server as people know it. */
  readonly publicUrl: string;
  /** Told after commit of somebody who was erased, so that nothing of them stays in memory. Must not throw. */
  readonly onErased?: (userId: string) => void;
}

export interface PeopleContext extends Context, PeopleParts {
  readonly prove: Prove;
  readonly onErased: (userId: string) => void;
  /** Ends what somebody is signed in with, in the transaction that makes it necessary. */
  readonly endSessions: (tx: Tx, userId: string) => Promise<void>;
}
