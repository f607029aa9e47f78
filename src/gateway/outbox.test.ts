import { describe, expect, test } from 'vitest';
import { Outbox, type SocketPort } from './outbox.ts';

/** A socket whose buffer a test fills and empties. */
class FakeSocket implements SocketPort {
  readonly sent: string[] = [];
  readonly pings: string[] = [];
  buffered = 0;
  corks = 0;
  ended: [number, string] | null = null;
  verdict: 0 | 1 | 2 = 1;
  send(bytes: Uint8Array | string): number {
    if (this.ended) throw new Error('the socket was used after its end');
    this.sent.push(typeof bytes === 'string' ? bytes : new TextDecoder().decode(bytes));
    return this.verdict;
  }
  ping(payload: string): void {
    if (this.ended) throw new Error('the socket was used after its end');
    this.pings.push(payload);
  }
  getBufferedAmount(): number {
    return this.buffered;
  }
  cork(write: () => void): void {
    this.corks += 1;
    write();
  }
  end(code: number, reason: string): void {
    this.ended = [code, reason];
  }
}

const FULL = 64 * 1024;
const hb = (sentAtMs: number) => ['hb', { sentAtMs }] as const;
const text = (n: number) => JSON.stringify(hb(n));

function stage(budgetBytes = 1_000) {
  const socket = new FakeSocket();
  const overflows: number[] = [];
  const onOverflow = () => overflows.push(1);
  return { socket, overflows, outbox: new Outbox({ socket, encoding: 'json', budgetBytes, onOverflow }) };
}

const turn = () => Promise.resolve();

describe('an outbox', () => {
  test('sends what one turn said together, in order', async () => {
    const { socket, outbox } = stage();
    outbox.say(hb(1));
    outbox.share({ bytes: () => new TextEncoder().encode(text(2)) });
    await turn();
    expect([socket.sent, socket.corks]).toEqual([[text(1), text(2)], 1]);
  });

  test('lets a ping past what waits, and none out once the socket has ended', async () => {
    const { socket, outbox } = stage();
    socket.buffered = FULL;
    outbox.say(hb(1));
    outbox.ping('1');
    await turn();
    expect([socket.sent, socket.pings]).toEqual([[], ['1']]);
    outbox.finish([], 4008, 'slow');
    outbox.ping('2');
    expect([socket.pings, outbox.sent]).toEqual([['1'], 0]);
  });

  test('knows whether a large frame is on its way out, and moves', () => {
    const { socket, outbox } = stage();
    const heldBytes = [0, 3 * FULL, 3 * FULL, 2 * FULL, FULL, FULL - 1, 10, 2 * FULL];
    const ways = heldBytes.map((bytes) => {
      socket.buffered = bytes;
      return outbox.wayOut();
    });
    expect(ways).toEqual(['clear', 'stuck', 'stuck', 'moves', 'moves', 'clear', 'clear', 'stuck']);
  });

  test('waits while the socket is full and goes on when it has drained', async () => {
    const { socket, outbox } = stage();
    socket.buffered = FULL;
    outbox.say(hb(1));
    await turn();
    expect([socket.sent, outbox.ready()]).toEqual([[], false]);
    socket.buffered = 0;
    outbox.flush();
    expect([socket.sent, outbox.ready(), outbox.queuedBytes]).toEqual([[text(1)], true, 0]);
  });

  test('takes "kept by the socket" for sent', async () => {
    const { socket, outbox, overflows } = stage();
    socket.verdict = 0;
    outbox.say(hb(1));
    await turn();
    expect([outbox.queuedBytes, overflows]).toEqual([0, []]);
  });

  test('calls for the end when the socket dropped a frame', async () => {
    const { socket, outbox, overflows } = stage();
    socket.verdict = 2;
    outbox.say(hb(1));
    outbox.say(hb(2));
    await turn();
    expect([overflows, socket.sent]).toEqual([[1], [text(1)]]);
  });

  test('calls for the end when more waits than the budget allows', () => {
    const { socket, outbox, overflows } = stage(100);
    socket.buffered = FULL;
    for (let n = 0; n < 4; n++) outbox.say(hb(n));
    expect(overflows).toEqual([]);
    for (let n = 0; n < 4 && overflows.length === 0; n++) outbox.say(hb(n));
    expect(overflows).toEqual([1]);
    expect(outbox.queuedBytes).toBeLessThan(100 + text(0).length + 1);
  });

  test('takes one frame larger than the whole budget', async () => {
    const { socket, outbox, overflows } = stage(10);
    outbox.say(hb(123_456_789));
    await turn();
    expect([overflows, socket.sent]).toEqual([[], [text(123_456_789)]]);
  });

  test('has no room while a quarter of the budget waits, and tells when it has', async () => {
    const { socket, outbox } = stage(100);
    socket.buffered = FULL;
    outbox.say(hb(1));
    outbox.say(hb(2));
    const room = outbox.room();
    let told = false;
    void room?.then(() => {
      told = true;
    });
    await turn();
    expect([room === null, told]).toEqual([false, false]);
    socket.buffered = 0;
    outbox.flush();
    await room;
    expect(outbox.room()).toBeNull();
  });

  test('ends with its last words after what was waiting, and never touches the socket again', async () => {
    const { socket, outbox } = stage();
    outbox.say(hb(1));
    outbox.finish([hb(2)], 4008, 'slow');
    outbox.say(hb(3));
    outbox.flush();
    await turn();
    expect([socket.sent, socket.ended]).toEqual([
      [text(1), text(2)],
      [4008, 'slow'],
    ]);
    expect([outbox.ready(), outbox.room()]).toEqual([false, null]);
  });

  test('whose socket is full ends with its last words only', () => {
    const { socket, outbox } = stage();
    socket.buffered = FULL;
    outbox.say(hb(1));
    outbox.finish([hb(2)], 4008, 'slow');
    expect(socket.sent).toEqual([text(2)]);
  });

  test('whose socket is gone frees whoever waits for room', async () => {
    const { socket, outbox } = stage(10);
    socket.buffered = FULL;
    outbox.say(hb(1));
    const room = outbox.room();
    outbox.stop();
    await room;
    expect(socket.sent).toEqual([]);
  });
});
