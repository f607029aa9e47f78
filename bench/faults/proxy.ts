import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** What a piece that comes from the server may be kept by. True: it is swallowed. */
export type Swallow = (piece: Buffer) => boolean;

/**
 * A line over TCP that can be cut, go dark, be slow, and swallow what comes from the server. In user space, because
 * kernels of small machines have no netem. Whatever it does holds until {@link heal}.
 */
export class FaultProxy {
  readonly #server: Server;
  readonly #target: number;
  readonly #ends = new Set<Socket>();
  #isCut = false;
  #isDark = false;
  #delayMs = 0;
  #swallow: Swallow | null = null;
  /** Pieces swallowed so far. */
  swallowed = 0;

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer((near) => this.#join(near));
  }

  /** A line to this port of this machine. */
  static async to(target: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get connections(): number {
    return this.#ends.size / 2;
  }

  /** Ends what is open by a reset, and lets nobody in. */
  cut(): void {
    this.#isCut = true;
    this.reset();
  }

  /** Ends what is open by a reset; whoever calls again is let in. */
  reset(): void {
    for (const end of [...this.#ends]) end.resetAndDestroy();
  }

  /** Swallows what either side says and closes nothing, as a firewall that forgets a connection. */
  goDark(): void {
    this.#isDark = true;
  }

  /** Each direction takes so much longer. */
  slow(delayMs: number): void {
    this.#delayMs = delayMs;
  }

  swallow(piece: Swallow): void {
    this.#swallow = piece;
  }

  /** As it was. What was swallowed stays so, and connections that were dark are ended: their sides no longer agree. */
  heal(): void {
    const wasDark = this.#isDark;
    this.#isCut = false;
    this.#isDark = false;
    this.#delayMs = 0;
    this.#swallow = null;
    if (wasDark) this.reset();
  }

  close(): void {
    this.#isCut = true;
    for (const end of [...this.#ends]) end.destroy();
    this.#server.close();
  }

  #join(near: Socket): void {
    if (this.#isCut) {
      near.on('error', () => {});
      near.resetAndDestroy();
      return;
    }
    const far = connect(this.#target, '127.0.0.1');
    near.setNoDelay(true);
    far.setNoDelay(true);
    this.#pass(near, far, false);
    this.#pass(far, near, true);
  }

  #pass(from: Socket, to: Socket, isFromServer: boolean): void {
    this.#ends.add(from);
    let lastDueMs = 0;
    const inTurn = (act: () => void) => {
      if (this.#delayMs === 0 && performance.now() >= lastDueMs) return act();
      lastDueMs = Math.max(lastDueMs, performance.now() + this.#delayMs);
      setTimeout(act, lastDueMs - performance.now());
    };
    from.on('data', (piece) => {
      if (this.#isDark) return;
      if (isFromServer && this.#swallow?.(piece)) {
        this.swallowed += 1;
        return;
      }
      inTurn(() => {
        // What is slow to read on one side must be slow to write on the other.
        if (!to.destroyed && !to.write(piece)) from.pause();
      });
    });
    to.on('drain', () => from.resume());
    from.on('error', () => {});
    from.on('end', () => {
      if (!this.#isDark) inTurn(() => void to.end());
    });
    from.on('close', (hadError) => {
      this.#ends.delete(from);
      if (this.#isDark) return;
      inTurn(() => void (hadError ? to.resetAndDestroy() : to.destroySoon()));
    });
  }
}
