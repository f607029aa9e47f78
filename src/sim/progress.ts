import type { CommandIo } from './command-io.ts';

const EVERY_MS = 5_000;
const REWRITE_EVERY_MS = 200;

/** One line about where things stand: rewritten in place on a terminal, otherwise a line every five seconds. */
export class Progress {
  readonly #io: CommandIo;
  readonly #monotonicMs: () => number;
  #shownAtMs = Number.NEGATIVE_INFINITY;
  #isLineOpen = false;

  constructor(io: CommandIo, monotonicMs: () => number) {
    this.#io = io;
    this.#monotonicMs = monotonicMs;
  }

  /** Shows a line if it is time for one; the text is only made then. */
  show(line: () => string): void {
    const nowMs = this.#monotonicMs();
    if (nowMs - this.#shownAtMs < (this.#io.isTerminal ? REWRITE_EVERY_MS : EVERY_MS)) return;
    this.#shownAtMs = nowMs;
    this.#io.err(this.#io.isTerminal ? `\r\u001b[K${line()}` : `${line()}\n`);
    this.#isLineOpen = this.#io.isTerminal;
  }

  /** Says something that stays. */
  say(line: string): void {
    this.end();
    this.#io.err(`${line}\n`);
  }

  /** Leaves the last line standing. */
  end(): void {
    if (this.#isLineOpen) this.#io.err('\n');
    this.#isLineOpen = false;
    this.#shownAtMs = Number.NEGATIVE_INFINITY;
  }
}
