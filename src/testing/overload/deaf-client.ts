import type { Line } from '../line.ts';
import { until } from '../until.ts';
import { letIn } from './let-in.ts';

const BEATS_EVERY_MS = 8_000;
/** Streams that it takes up again: a socket may have little more. */
const RESUMES = 100;
const RESUMED_WITHIN_MS = 20_000;
const SLOW = 4008;
/** The connection ended without a code: the server gives up what nobody reads. */
const BROKEN = 1006;

/**
 * A client that signs in, asks for what it can hear, and reads none of it. It goes on saying that it lives, so that only the
 * pings which it does not answer can end it.
 */
export class DeafClient {
  readonly #url: string;
  readonly #token: string;
  readonly #beating: NodeJS.Timeout;
  /** By stream, the numbers read in order. */
  readonly #seqs = new Map<string, number[]>();
  readonly #refused: string[] = [];
  #line: Line;
  #closedWith: number | null = null;

  /** `hasMap`: it asks for the feed of dispatchers, which is most of what there is to hear. */
  static async open(url: string, token: string, tailed: string, hasMap: boolean): Promise<DeafClient> {
    const line = await letIn(url, token);
    const client = new DeafClient(url, token, line);
    if (hasMap) line.say(['watch', { feed: 'dispatch' }]);
    line.say(['watch', { feed: 'care' }]);
    line.say(['tail', { personId: tailed }]);
    line.stopReading();
    return client;
  }

  private constructor(url: string, token: string, line: Line) {
    this.#url = url;
    this.#token = token;
    this.#line = line;
    this.#listen(line);
    line.onClose = (code) => {
      this.#closedWith = code;
    };
    this.#beating = setInterval(() => line.say(['hb', { sentAtMs: Date.now() }]), BEATS_EVERY_MS);
  }

  /** Reads what is left, then resumes each stream that it has seen; the answer is what is wrong with it. */
  async readAll(): Promise<string[]> {
    this.#line.readAgain();
    const what = 'a client that reads again to find out that it was closed';
    await until(() => this.#closedWith !== null, { timeoutMs: 5_000, what }).catch(() => {});
    this.close();
    const troubles: string[] = [];
    if (this.#closedWith !== SLOW && this.#closedWith !== BROKEN)
      troubles.push(`${what}: ${this.#closedWith ?? 'it was not'}`);
    const seen = [...this.#seqs.keys()].slice(0, RESUMES);
    const heads = new Map<string, number>();
    this.#line = await letIn(this.#url, this.#token);
    this.#listen(this.#line, heads);
    for (const stream of seen) {
      this.#line.say(['sub', { stream, afterSeq: this.#seqs.get(stream)?.at(-1) ?? 0 }]);
    }
    const missing = () => seen.filter((stream) => !heads.has(stream));
    await until(() => missing().length === 0, {
      timeoutMs: RESUMED_WITHIN_MS,
      what: 'streams to be resumed',
    }).catch(() =>
      troubles.push(
        `of ${seen.length} streams ${missing().length} were not resumed: ${this.#refused.join()}`,
      ),
    );
    for (const stream of seen) {
      const seqs = this.#seqs.get(stream) ?? [];
      const isWhole = seqs.every((seq, i) => i === 0 || seq === (seqs[i - 1] ?? 0) + 1);
      if (!isWhole || (seqs.at(-1) ?? 0) < (heads.get(stream) ?? 0))
        troubles.push(`${stream}: ${seqs.join()} of ${heads.get(stream)}`);
    }
    return troubles;
  }

  close(): void {
    clearInterval(this.#beating);
    this.#line.close();
  }

  #listen(line: Line, heads = new Map<string, number>()): void {
    line.onFrame = ([kind, body]) => {
      if (kind === 'subscribed') heads.set(body.stream, body.headSeq);
      if (kind === 'bye') this.#closedWith ??= body.closeCode;
      if (kind === 'error') this.#refused.push(body.code);
      if (kind === 'unsubscribed') this.#refused.push(body.reason);
      if (kind !== 'event') return;
      const seqs = this.#seqs.get(body.stream) ?? [];
      seqs.push(body.seq);
      this.#seqs.set(body.stream, seqs);
    };
  }
}
