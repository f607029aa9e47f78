import { randomUUID } from 'node:crypto';
import type { LatLng } from '../../geo/lat-lng.ts';
import type { Line } from '../line.ts';
import { letIn } from './let-in.ts';

/** What the flooder, a process of its own, is told over IPC: first who floods, then how. */
export type FlooderOrder =
  | {
      readonly kind: 'connect';
      readonly url: string;
      readonly people: readonly { readonly token: string; readonly at: LatLng }[];
    }
  /** Single fixes, so many a second of all together. */
  | { readonly kind: 'send'; readonly perS: number; readonly ms: number };

export interface FlooderFigures {
  readonly sent: number;
  readonly sentPerS: number;
  /** Acknowledged of what was sent in this time. */
  readonly acked: number;
  readonly ackMs: readonly number[];
  readonly holds: number;
  /** Sockets that were told to hold, or to send less often. */
  readonly told: number;
  readonly closed: number;
  /** By device, up to where it was told that all is stored, since the beginning. */
  readonly ackedSeqs: readonly (readonly [deviceId: string, seq: number])[];
}

export type FlooderNews =
  | { readonly kind: 'connected' }
  | { readonly kind: 'sent'; readonly figures: FlooderFigures };

const TICK_MS = 10;
const CONNECT_AT_ONCE = 20;
/** What was on its way is waited for so long. */
const LINGERS_MS = 1_500;
/** Times are kept of so many frames of one device; the older ones are never asked for. */
const TIMES_KEPT = 200;

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** A device that sends on whatever it is told. */
class Flooder {
  readonly deviceId = randomUUID();
  readonly #epoch = randomUUID();
  readonly #at: LatLng;
  readonly #sentAtMs = new Map<number, number>();
  #line: Line | null = null;
  #seq = 0;
  ackedSeq = 0;
  holds = 0;
  isTold = false;
  isClosed = false;
  ackMs: number[] = [];

  constructor(at: LatLng) {
    this.#at = at;
  }

  async connect(url: string, token: string): Promise<void> {
    const line = await letIn(url, token, this.deviceId);
    line.onFrame = ([kind, body]) => {
      if (kind === 'ack') this.#acknowledged(body.seq);
      else if (kind === 'hold') this.holds += 1;
      if (kind === 'hold' || kind === 'rate') this.isTold = true;
    };
    line.onClose = () => {
      this.isClosed = true;
    };
    this.#line = line;
  }

  send(): void {
    const atMs = Date.now();
    const seq = ++this.#seq;
    this.#sentAtMs.set(seq, performance.now());
    if (this.#sentAtMs.size > TIMES_KEPT) {
      const [oldest] = this.#sentAtMs.keys();
      if (oldest !== undefined) this.#sentAtMs.delete(oldest);
    }
    const fix: [number, number, number] = [atMs, this.#at.lat + (seq % 1_000) * 1e-6, this.#at.lng];
    this.#line?.say(['pos', { epoch: this.#epoch, seq, sentAtMs: atMs, fixes: [fix] }]);
  }

  /** Begins to count anew. */
  forget(): void {
    this.ackMs = [];
    this.holds = 0;
    this.isTold = false;
  }

  #acknowledged(upTo: number): void {
    const nowMs = performance.now();
    this.ackedSeq = Math.max(this.ackedSeq, upTo);
    for (const [seq, sentMs] of this.#sentAtMs) {
      if (seq > upTo) break;
      this.ackMs.push(nowMs - sentMs);
      this.#sentAtMs.delete(seq);
    }
  }
}

async function connect(order: Extract<FlooderOrder, { kind: 'connect' }>): Promise<Flooder[]> {
  const flooders = order.people.map(({ at }) => new Flooder(at));
  for (let from = 0; from < flooders.length; from += CONNECT_AT_ONCE) {
    const some = flooders.slice(from, from + CONNECT_AT_ONCE);
    await Promise.all(some.map((one, i) => one.connect(order.url, order.people[from + i]?.token ?? '')));
  }
  return flooders;
}

async function send(flooders: readonly Flooder[], perS: number, ms: number): Promise<FlooderFigures> {
  for (const one of flooders) one.forget();
  const ackedBefore = flooders.reduce((sum, { ackedSeq }) => sum + ackedSeq, 0);
  const startMs = performance.now();
  let sent = 0;
  for (let nowMs = 0; nowMs < ms; nowMs = performance.now() - startMs) {
    // What this process could not send in time is not made up for: it would be another flood than was asked for.
    const due = Math.min(sent + perS / 10, (nowMs * perS) / 1_000);
    for (; sent < due; sent++) flooders[sent % flooders.length]?.send();
    await pause(TICK_MS);
  }
  const tookMs = performance.now() - startMs;
  await pause(LINGERS_MS);
  return {
    sent,
    sentPerS: Math.round((sent * 1_000) / tookMs),
    acked: flooders.reduce((sum, { ackedSeq }) => sum + ackedSeq, 0) - ackedBefore,
    ackMs: flooders.flatMap(({ ackMs }) => ackMs),
    holds: flooders.reduce((sum, { holds }) => sum + holds, 0),
    told: flooders.filter(({ isTold }) => isTold).length,
    closed: flooders.filter(({ isClosed }) => isClosed).length,
    ackedSeqs: flooders.map(({ deviceId, ackedSeq }) => [deviceId, ackedSeq] as const),
  };
}

let flooders: Flooder[] = [];
const tell = (news: FlooderNews) => process.send?.(news);

async function obey(order: FlooderOrder): Promise<void> {
  if (order.kind === 'connect') {
    flooders = await connect(order);
    tell({ kind: 'connected' });
  } else {
    tell({ kind: 'sent', figures: await send(flooders, order.perS, order.ms) });
  }
}

process.on('message', (order: FlooderOrder) => {
  obey(order).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
    process.exit(1);
  });
});
