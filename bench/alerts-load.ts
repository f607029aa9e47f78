import { randomUUID } from 'node:crypto';
import { seededRandom } from '../src/lib/random.ts';
import type { DownFrame } from '../src/protocol/down.ts';
import { Line } from '../src/testing/line.ts';

/** What the load generator, a process of its own, is told over IPC. */
export interface AlertsOrder {
  readonly url: string;
  readonly seed: number;
  readonly warmUpMs: number;
  readonly runMs: number;
  /** So many a second cross a critical limit, each patient once. */
  readonly alertsPerS: number;
  readonly patients: readonly { readonly userId: string; readonly token: string }[];
  readonly carers: readonly { readonly userId: string; readonly token: string }[];
}

export type AlertsNews =
  | { readonly kind: 'ready' }
  | { readonly kind: 'over'; readonly figures: AlertsFigures };

export interface AlertsFigures {
  readonly crossed: number;
  /** From the frame handed to the patient's socket to the alert read from the carer's. */
  readonly alertMs: readonly number[];
  readonly samples: number;
  readonly acknowledged: number;
  readonly held: number;
  /** How long this process itself was late, at its 99th percentile. */
  readonly lateP99Ms: number;
}

const CONNECT_AT_ONCE = 50;
const HEARTBEAT_MS = 10_000;
const EVERY_MS = 1_000;
const WAIT_MS = 5_000;
const TICK_MS = 5;

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** A patient's device, which sends a sample each second. */
class Device {
  readonly line: Line;
  readonly #epoch = randomUUID();
  #seq = 0;
  ackedSeq = 0;

  constructor(line: Line) {
    this.line = line;
  }

  get sent(): number {
    return this.#seq;
  }

  measure(values: Readonly<Record<string, number>>): void {
    this.#seq += 1;
    const atMs = Date.now();
    this.line.say(['vit', { epoch: this.#epoch, seq: this.#seq, sentAtMs: atMs, samples: [[atMs, values]] }]);
  }
}

class Ward {
  readonly #order: AlertsOrder;
  readonly #devices: Device[] = [];
  readonly #carers: Line[] = [];
  /** By patient: when the frame that crossed the limit was sent, and when its alert came. */
  readonly #crossedAtMs = new Map<string, number>();
  readonly #alertedAtMs = new Map<string, number>();
  #held = 0;

  constructor(order: AlertsOrder) {
    this.#order = order;
  }

  async connect(): Promise<void> {
    const { patients, carers, url } = this.#order;
    for (let from = 0; from < patients.length; from += CONNECT_AT_ONCE) {
      const lines = patients
        .slice(from, from + CONNECT_AT_ONCE)
        .map(({ token }) => Line.open(url, token, randomUUID()));
      for (const line of await Promise.all(lines)) this.#devices.push(this.#device(line));
    }
    for (const { userId, token } of carers) {
      const line = await Line.open(url, token);
      line.onFrame = (frame) => this.#heard(frame);
      line.say(['sub', { stream: `inbox:${userId}`, afterSeq: 0 }]);
      this.#carers.push(line);
    }
    setInterval(() => {
      const hb = { sentAtMs: Date.now() };
      for (const line of this.#carers) line.say(['hb', hb]);
    }, HEARTBEAT_MS).unref();
  }

  /** Everybody measures once a second, spread over it; now and then somebody's pressure falls. */
  async stream(): Promise<AlertsFigures> {
    const { seed, warmUpMs, runMs, alertsPerS, patients } = this.#order;
    const random = seededRandom(seed);
    const late: number[] = [];
    const startMs = performance.now();
    const perTick = EVERY_MS / this.#devices.length;
    let next = 0;
    let dueAlertMs = warmUpMs;
    let owed = 0;
    for (let dueMs = 0; dueMs < warmUpMs + runMs; dueMs += perTick) {
      while (performance.now() - startMs < dueMs) await pause(TICK_MS);
      late.push(performance.now() - startMs - dueMs);
      if (dueMs >= dueAlertMs) {
        dueAlertMs += 1_000 / alertsPerS;
        owed += 1;
      }
      const at = next % this.#devices.length;
      const userId = patients[at]?.userId ?? '';
      const fallsNow = owed > 0 && !this.#crossedAtMs.has(userId);
      if (fallsNow) {
        owed -= 1;
        this.#crossedAtMs.set(userId, performance.now());
      }
      this.#devices[at]?.measure({
        heartRateBpm: 60 + Math.round(random() * 25),
        respirationPerMin: 12 + Math.round(random() * 6),
        systolicMmhg: fallsNow ? 80 : 115 + Math.round(random() * 20),
      });
      next += 1;
    }
    await pause(WAIT_MS);
    return this.#figures(late);
  }

  close(): void {
    for (const { line } of this.#devices) line.close();
    for (const line of this.#carers) line.close();
  }

  #device(line: Line): Device {
    const device = new Device(line);
    line.onFrame = ([kind, body]) => {
      if (kind === 'ack' && body.lane === 'vitals') device.ackedSeq = body.seq;
      else if (kind === 'hold') this.#held += 1;
    };
    return device;
  }

  #heard([kind, body]: DownFrame): void {
    if (kind !== 'event' || body.type !== 'alert.opened') return;
    const { personId, condition } = body.data.alert;
    if (condition !== 'systolic_low' || this.#alertedAtMs.has(personId)) return;
    this.#alertedAtMs.set(personId, performance.now());
  }

  #figures(late: readonly number[]): AlertsFigures {
    const sorted = [...late].sort((a, b) => a - b);
    return {
      crossed: this.#crossedAtMs.size,
      alertMs: [...this.#crossedAtMs].flatMap(([userId, atMs]) => {
        const alertedAtMs = this.#alertedAtMs.get(userId);
        return alertedAtMs === undefined ? [] : [alertedAtMs - atMs];
      }),
      samples: this.#devices.reduce((sum, { sent }) => sum + sent, 0),
      acknowledged: this.#devices.reduce((sum, { ackedSeq }) => sum + ackedSeq, 0),
      held: this.#held,
      lateP99Ms: sorted[Math.floor(0.99 * sorted.length)] ?? 0,
    };
  }
}

async function serve(order: AlertsOrder): Promise<void> {
  const tell = (news: AlertsNews) => process.send?.(news);
  const ward = new Ward(order);
  await ward.connect();
  tell({ kind: 'ready' });
  await new Promise<void>((resolve) => process.once('message', () => resolve()));
  const figures = await ward.stream();
  ward.close();
  tell({ kind: 'over', figures });
  process.disconnect?.();
}

process.once('message', (order: AlertsOrder) => {
  serve(order).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
    process.exit(1);
  });
});
