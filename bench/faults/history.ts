import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** What one client, or the driver, saw or did. A history is a file of these, one line of JSON each. */
export type Fact =
  /** What the clock on the wall showed: events carry its times, histories their own. */
  | { readonly kind: 'clock'; readonly wallMs: number }
  | { readonly kind: 'client'; readonly userId: string; readonly role: 'caller' | 'volunteer' }
  /** A connection to this node is open. */
  | { readonly kind: 'open'; readonly node: number }
  | { readonly kind: 'lost'; readonly reason: string }
  | { readonly kind: 'asked'; readonly commandId: string; readonly command: string; readonly sosId?: string }
  | ({ readonly kind: 'done' } & Answer)
  | {
      readonly kind: 'refused';
      readonly commandId: string;
      readonly command: string;
      readonly code: string;
      readonly sosId?: string;
    }
  /** `afterSeq` null: a snapshot comes first. `subscription` tells those of one client apart. */
  | {
      readonly kind: 'subscribed';
      readonly subscription: number;
      readonly stream: string;
      readonly afterSeq: number | null;
    }
  | ({ readonly kind: 'event' } & Heard)
  /** Decided while the store was away: it has no number of its own, and a snapshot takes its place later. */
  | ({ readonly kind: 'provisional' } & Heard)
  | {
      readonly kind: 'snapshot';
      readonly subscription: number;
      readonly stream: string;
      readonly seq: number;
    }
  | { readonly kind: 'unsubscribed'; readonly subscription: number; readonly stream: string }
  | {
      readonly kind: 'fixes';
      readonly deviceId: string;
      readonly sent: number;
      readonly ackedSeq: number;
      readonly epochBreaks: number;
    }
  /** `deadNode`: it answers nobody from now on. */
  | { readonly kind: 'fault'; readonly what: string; readonly deadNode: number | null }
  | { readonly kind: 'fault_over'; readonly what: string }
  /** Everybody is connected, nobody has begun anything new for a while. */
  | { readonly kind: 'settled' };

export interface Answer {
  readonly commandId: string;
  readonly command: string;
  readonly userId: string;
  readonly sosId?: string;
  readonly status?: string;
  readonly as?: string;
  readonly offerId?: string;
  readonly messageId?: string;
  readonly text?: string;
  /** The engine said that the store has not confirmed it. */
  readonly isProvisional?: true;
}

export interface Heard {
  readonly subscription: number;
  readonly stream: string;
  readonly seq: number;
  readonly type: string;
  /** By the engine's clock. */
  readonly atMs: number;
  readonly sosId?: string;
}

/** `monoMs`: `process.hrtime`, the same for all processes of a machine and never set. */
export type Entry = Fact & { readonly monoMs: number; readonly client: string };
export type EntryOf<K extends Fact['kind']> = Extract<Entry, { readonly kind: K }>;

const NS_PER_MS = 1_000_000n;
const US_PER_MS = 1_000;

/** Now, in ms with three decimals, from an origin that only differences of matter. */
export function monotonicMs(): number {
  const ns = process.hrtime.bigint();
  return Number(ns / NS_PER_MS) + Number((ns % NS_PER_MS) / 1_000n) / US_PER_MS;
}

/** The history of one client, written as it happens: a driver that dies leaves what was seen so far. */
export class History {
  readonly #file: number;
  readonly #client: string;
  #isClosed = false;

  constructor(folder: string, client: string) {
    this.#client = client;
    this.#file = openSync(join(folder, `${client}.ndjson`), 'a');
  }

  /** What comes after the end is no part of it: clients are still saying goodbye. */
  add(fact: Fact): void {
    if (this.#isClosed) return;
    const { kind, ...rest } = fact;
    const entry = { monoMs: monotonicMs(), client: this.#client, kind, ...rest };
    writeSync(this.#file, `${JSON.stringify(entry)}\n`);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    closeSync(this.#file);
  }
}

/** All histories of a folder, in the order in which things happened. Throws and names the line that is none. */
export function readHistories(folder: string): Entry[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.ndjson'));
  const entries = names.flatMap((name) => parseHistory(readFileSync(join(folder, name), 'utf8'), name));
  return inOrder(entries);
}

export function parseHistory(text: string, name: string): Entry[] {
  return text.split('\n').flatMap((line, i) => {
    if (line === '') return [];
    try {
      return [JSON.parse(line) as Entry];
    } catch {
      throw new Error(`${name}:${i + 1} is no line of a history`);
    }
  });
}

export const inOrder = (entries: readonly Entry[]): Entry[] =>
  [...entries].sort((a, b) => a.monoMs - b.monoMs);
