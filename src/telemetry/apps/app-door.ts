import type { AppAlarms, OpenedSos, Sender } from './alarms.ts';
import type { AppMessage, AppMessages } from './app-message.ts';
import { type Coming, type Friend, friendsOf } from './friends.ts';
import { type OsmAndMessages, type OsmAndRequest, readOsmAnd } from './osmand.ts';
import { readOwnTracks } from './owntracks.ts';
import type { IngestResult } from './plan-unnumbered.ts';
import type { Message, UnnumberedIngest } from './unnumbered.ts';

/** What became of a request. */
export interface Taken {
  /** Of each of its messages, in order; one that could not be read at all is `rejected`. */
  readonly results: readonly IngestResult[];
  readonly sos: OpenedSos | null;
}

/** How much came of a device on one day, by what became of it. */
export interface DayOfDevice {
  /** `YYYY-MM-DD`, of UTC, by when it was received. */
  readonly day: string;
  readonly accepted: number;
  readonly late: number;
  readonly refused: Readonly<Record<string, number>>;
}

export interface DeviceHealth {
  /** The newest first. */
  readonly days: readonly DayOfDevice[];
  readonly lastFixAtMs: number | null;
  /** What last went wrong, in words of ours. */
  readonly lastError: {
    readonly reason: string;
    readonly detail: string | null;
    readonly atMs: number;
  } | null;
}

/** The door for stock apps behind HTTP. What reads or writes the store rejects when it does not answer. */
export interface AppDoor {
  readOwnTracks(body: Uint8Array | null, receivedAtMs: number): AppMessages;
  readOsmAnd(
    request: Omit<OsmAndRequest, 'body'> & { readonly body: Uint8Array | null },
    receivedAtMs: number,
  ): OsmAndMessages;
  /** Whether somebody calls for help in it. */
  calls(read: AppMessages): boolean;
  /** Takes in what a known device sent; null when there is no room now, whatever became of an alarm in it. */
  take(from: Sender, read: AppMessages, receivedAtMs: number): Promise<Taken | null>;
  /** Who comes to help this person now, for an app that shows friends. */
  friends(userId: string): Promise<readonly Friend[]>;
  health(from: Sender, nowMs: number): Promise<DeviceHealth>;
}

export interface AppDoorParts {
  readonly ingest: UnnumberedIngest;
  readonly alarms: AppAlarms;
  readonly coming: (userId: string) => Promise<readonly Coming[]>;
  readonly health: AppDoor['health'];
}

const NOTHING = new Uint8Array();
const TOO_LATE: Message = {
  fix: null,
  result: 'sos-too-late',
  problem: 'a call for help came more than an hour after it was made',
};
const TOO_LARGE = { messages: null, problem: 'body: larger than the limit' } as const;

export function openAppDoor({ ingest, alarms, coming, health }: AppDoorParts): AppDoor {
  return {
    health,
    readOwnTracks: (body, receivedAtMs) => (body === null ? TOO_LARGE : readOwnTracks(body, receivedAtMs)),

    readOsmAnd({ query, body }, receivedAtMs) {
      const read = readOsmAnd({ query, body: body ?? NOTHING }, receivedAtMs);
      return body === null ? { ...read, ...TOO_LARGE } : read;
    },

    calls: ({ messages }) => messages?.some(({ isSos }) => isSos) ?? false,

    async take(from, { messages, problem }, receivedAtMs) {
      // First, and whatever becomes of the rest.
      const { sos, tooLate } = await raiseAll(from, messages ?? [], receivedAtMs);
      const items: Message[] =
        messages === null ? [{ fix: null, result: 'rejected', problem }] : messages.map(itemOf);
      const results = await ingest.take(from, [...items, ...tooLate], receivedAtMs);
      return results && { results: results.slice(0, items.length), sos };
    },

    friends: async (userId) => friendsOf(await coming(userId)),
  };

  /** One after the other: the second finds the first one open. */
  async function raiseAll(from: Sender, messages: readonly AppMessage[], receivedAtMs: number) {
    let sos: OpenedSos | null = null;
    const tooLate: Message[] = [];
    for (const message of messages) {
      if (!message.isSos) continue;
      const { opened, isTooOld } = await alarms.raise(from, message, receivedAtMs);
      sos ??= opened;
      if (isTooOld) tooLate.push(TOO_LATE);
    }
    return { sos, tooLate };
  }
}

function itemOf({ fix, without, problem }: AppMessage): Message {
  return fix ? { fix } : { fix: null, result: without ?? 'invalid', problem };
}
