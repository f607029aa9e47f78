import type { SpentRow } from '../lib/spending.ts';
import type { PackedPeople } from './packed-people.ts';
import type { LogEvent } from './types.ts';

/** What is in the store beside the log, and is kept in the memory of each node. */
export const LOOK_TOPICS = ['accounts', 'policies', 'geofences', 'vitals'] as const;
export type LookTopic = (typeof LOOK_TOPICS)[number];

/** What nodes tell each other. All of it is a hint: whatever is lost here is found in the store within a second. */
export type BusMessage =
  /** Committed just now. */
  | readonly ['event', LogEvent]
  | readonly ['people', PackedPeople]
  /** Something else than an event changed in the store, and is to be looked at now. */
  | readonly ['look', LookTopic]
  /** What was spent here of what is limited, since the last time. */
  | readonly ['spent', readonly SpentRow[]]
  /** Devices of these people, on whichever node, are to say where they are. */
  | readonly ['locate', readonly string[]]
  /** Decided without the store and on the sender's own disk: a step, as it is kept there, and which batch of them it is of. */
  | readonly ['step', object, number]
  /** How the sender is with the store: said once a second while it answers, and when that changes. */
  | readonly ['store', StoreWord]
  /** For the node that has decided it: all of it, please. */
  | readonly ['whole', { readonly toNodeId: string; readonly sosId: string }]
  | readonly ['steps', Steps]
  /** For the node that decides about an SOS: something that is true though nobody asked for it. */
  | readonly ['inner', { readonly toNodeId: string; readonly sosId: string; readonly command: object }]
  /** Others have gone on in the store with an SOS of which the sender has decided something: it decides about it no longer. */
  | readonly ['overtaken', string]
  /** For the one node that decides about an SOS while the store is away: a command, and who gives it. */
  | readonly ['ask', Asked]
  | readonly ['answer', Answer];

export interface StoreWord {
  readonly has: boolean;
  /** Everything that the sender had decided without it, in batches up to this one, is in it. */
  readonly settledBatch: number;
}

export interface Steps {
  readonly toNodeId: string;
  readonly sosId: string;
  readonly steps: readonly object[];
  readonly batch: number;
}

export interface Asked {
  readonly askId: string;
  readonly toNodeId: string;
  readonly by: object;
  readonly command: readonly unknown[];
  readonly receivedAtMs: number;
}

/** `answered`: null when that node can't say. */
export interface Answer {
  readonly askId: string;
  readonly toNodeId: string;
  readonly answered: object | null;
}

export type BusListener = (message: BusMessage, fromNodeId: string) => void;

/** The nerves between nodes: at most once, in the order of each sender and partition while nothing fails. */
export interface Bus {
  /** Tells all other nodes. `key`: messages of one key keep their order. Never waits and never throws. */
  tell(key: string, message: BusMessage): void;
  /** Hears what other nodes tell, never what this one did. The answer ends it. */
  onMessage(listener: BusListener): () => void;
  /** False while nothing gets through. */
  readonly isUp: boolean;
  stop(): Promise<void>;
}

/** A single node has nobody to tell. */
export const NO_BUS: Bus = {
  tell: () => {},
  onMessage: () => () => {},
  isUp: false,
  stop: async () => {},
};
