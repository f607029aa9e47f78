/** Sent to acknowledged within this: there is room for more. */
const QUICK_MS = 400;
/** Longer than this: too much is on its way, and whatever is urgent would stand behind it. */
const SLOW_MS = 800;
/** Rows a frame at the beginning of a connection, and at least: a few kilobytes in all that are on their way. */
const FIRST_ROWS = 50;
const FEWEST_ROWS = 25;

/**
 * How many rows to put into a frame, by how long frames take to be acknowledged. On a slow link full frames of a backlog
 * are seconds of sending, in which neither a call for help nor the newest position gets through.
 */
export class Pace {
  #most = 1;
  #rows = FIRST_ROWS;

  get rowsPerFrame(): number {
    return Math.min(this.#rows, this.#most);
  }

  /** A new connection: perhaps over another network. */
  opened(rowsPerFrameMax: number): void {
    this.#most = rowsPerFrameMax;
    this.#rows = FIRST_ROWS;
  }

  /** A frame was acknowledged so long after it was sent. */
  acknowledged(afterMs: number): void {
    if (afterMs <= QUICK_MS) this.#rows = Math.min(this.#most, this.#rows * 2);
    else if (afterMs > SLOW_MS) this.#rows = Math.max(FEWEST_ROWS, Math.floor(this.#rows / 2));
  }
}
