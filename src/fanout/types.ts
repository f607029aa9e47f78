/** One event as the log holds it, before anybody's view of it is made. */
export interface LogEvent {
  /** `sos:<id>`, `chat:<id>`, `inbox:<user id>`, `alert:<id>` or `record:<person id>`. */
  readonly stream: string;
  readonly seq: number;
  readonly atMs: number;
  readonly actorId: string | null;
  readonly type: string;
  readonly data: unknown;
  /** Decided while the store was away: it is not in the log, and its number means nothing. */
  readonly isProvisional?: true;
}

/** Where holes are filled from: the event log in the store. */
export interface EventSource {
  /** Up to `limit` events after a number, in order. */
  readAfter(stream: string, afterSeq: number, limit: number): Promise<readonly LogEvent[]>;
  /** The numbers that exist: `low` is the lowest kept, `head` the highest given (0: none yet). */
  bounds(stream: string): Promise<{ low: number; head: number }>;
}

/** Who is looking. Grants are of the moment of asking, not of the moment of connecting. */
export interface Viewer {
  readonly userId: string;
  readonly isDispatcher: boolean;
  /** Absent: none that matter. */
  readonly grants?: readonly string[];
}

/** What each audience may see. Asked at the moment of sending, for every event. */
export interface Entitlement {
  /**
   * Reads what deciding about this stream up to this number needs, when it is not in memory: who may see an event is
   * decided by the state that it led to. Asked before anything is sent, and for every page that is read from the log, with
   * its `events`.
   */
  prepare(stream: string, upToSeq: number, events?: readonly LogEvent[]): Promise<void>;
  mayRead(viewer: Viewer, stream: string): boolean;
  /**
   * The event as this viewer may see it (exact offers for dispatchers, numbers for others); the very same object when
   * nothing is hidden, and for all dispatchers, who share one frame then. Null: not to be shown, the viewer
   * gets a snapshot in its place.
   */
  project(viewer: Viewer, event: LogEvent): LogEvent | null;
}

/** Where it is kept who was shown whose exact position. Called for every row that is sent; must be quick. */
export interface Disclosures {
  /** `sosId`: the SOS whose place it is; absent: where a responder is. */
  saw(viewer: Viewer, subjectId: string, sosId?: string): void;
  /** The same of where many responders are. */
  sawAll(viewer: Viewer, subjectIds: readonly string[]): void;
}

/** The state that stands for everything up to a number of a stream. */
export interface Snapshots {
  /** Null when there is no such stream for this viewer. */
  snapshotOf(viewer: Viewer, stream: string): Promise<{ seq: number; view: unknown } | null>;
  /** How this node knows it, while the store is away; null: it does not, or not for this viewer. Reads nothing. */
  knownOf?(viewer: Viewer, stream: string): unknown;
}

/** Whether the store answers, as far as anybody has noticed. */
export interface StoreWatch {
  readonly isAway: boolean;
  /** Something of this stream is decided, here or on another node, and not in the store yet. */
  isUnsettled(stream: string): boolean;
  /** It did not answer. Everybody is told when it does again. */
  foundAway(): void;
}

/** Of a node that goes on without nothing. */
export const STORE_THERE: StoreWatch = {
  isAway: false,
  isUnsettled: () => false,
  foundAway: () => {},
};
