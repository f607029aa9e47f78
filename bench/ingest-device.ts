import { uuidV7Maker } from '../src/lib/ids.ts';
import { type Random, seededRandom } from '../src/lib/random.ts';
import type { TelemetryIngest } from '../src/telemetry/lanes/ingest.ts';
import type { TelemetrySource } from '../src/telemetry/lanes/types.ts';

const newId = uuidV7Maker(() => Date.now(), seededRandom(1));
const STEP_DEG = 1e-4;

/** A phone on the move that remembers when it sent what, and how long its acknowledgement took. */
export class BenchDevice {
  readonly userId = newId();
  readonly #from = { userId: this.userId, deviceId: newId() };
  readonly #epoch = newId();
  readonly #fixesPerFrame: number;
  readonly #onAck: (tookMs: number) => void;
  readonly #sent: { lastSeq: number; atMs: number }[] = [];
  readonly #source: TelemetrySource;
  #lat: number;
  readonly #lng: number;
  #seq = 0;
  #atMs = Date.now() - 3_600_000;
  #afterAck = () => {};
  ackedSeq = 0;

  constructor(place: number, fixesPerFrame: number, random: Random, onAck: (tookMs: number) => void) {
    this.#fixesPerFrame = fixesPerFrame;
    this.#onAck = onAck;
    this.#lat = random() * 20;
    this.#lng = (place % 360) - 180;
    this.#source = { answer: (frame) => frame[0] === 'ack' && this.#acknowledged(frame[1].seq) };
  }

  send(ingest: TelemetryIngest): void {
    const first = this.#seq + 1;
    const fixes: unknown[][] = [];
    for (let i = 0; i < this.#fixesPerFrame; i++) {
      this.#seq += 1;
      this.#atMs += 1_000;
      this.#lat += STEP_DEG;
      fixes.push([this.#atMs, this.#lat, this.#lng, 5, 11, 0, 30, 80]);
    }
    this.#sent.push({ lastSeq: this.#seq, atMs: performance.now() });
    const frame = { epoch: this.#epoch, seq: first, sentAtMs: this.#atMs, fixes };
    ingest.take(this.#from, ['pos', frame], Date.now(), this.#source);
  }

  /** Sends, and sends again whenever it is answered, as long as `goesOn` says so. */
  sendOn(ingest: TelemetryIngest, goesOn: () => boolean): void {
    this.#afterAck = () => {
      if (goesOn()) this.send(ingest);
    };
    this.send(ingest);
  }

  #acknowledged(seq: number): void {
    this.ackedSeq = seq;
    const nowMs = performance.now();
    while (this.#sent[0] && this.#sent[0].lastSeq <= seq) {
      this.#onAck(nowMs - this.#sent[0].atMs);
      this.#sent.shift();
    }
    this.#afterAck();
  }
}
