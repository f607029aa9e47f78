import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../../src/testing/until.ts';
import { FaultProxy } from './proxy.ts';

const soon = { timeoutMs: 5_000 };
let server: Server;
let proxy: FaultProxy;
const calls: Caller[] = [];

/** Says everything back. */
beforeEach(async () => {
  server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (piece) => socket.write(piece));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy = await FaultProxy.to((server.address() as AddressInfo).port);
});
afterEach(() => {
  for (const { socket } of calls.splice(0)) socket.destroy();
  proxy.close();
  server.close();
});

interface Caller {
  readonly socket: Socket;
  heard: string;
  isClosed: boolean;
}

function call(): Caller {
  const socket = connect(proxy.port, '127.0.0.1');
  const caller: Caller = { socket, heard: '', isClosed: false };
  socket.on('error', () => {});
  socket.on('data', (piece) => {
    caller.heard += piece.toString();
  });
  socket.on('close', () => {
    caller.isClosed = true;
  });
  calls.push(caller);
  return caller;
}

const heard = (caller: Caller, text: string) =>
  until(() => caller.heard === text, { ...soon, what: `"${text}", heard "${caller.heard}"` });

describe('a line with faults', () => {
  test('passes everything on', async () => {
    const caller = call();
    caller.socket.write('a');
    await heard(caller, 'a');
    expect(proxy.connections).toBe(1);
  });

  test('that is cut ends what is open, lets nobody in, and somebody when it is healed', async () => {
    const before = call();
    before.socket.write('a');
    await heard(before, 'a');
    proxy.cut();
    await until(() => before.isClosed, { ...soon, what: 'the end' });
    const meanwhile = call();
    await until(() => meanwhile.isClosed, { ...soon, what: 'the refusal' });
    proxy.heal();
    const after = call();
    after.socket.write('b');
    await heard(after, 'b');
  });

  test('that goes dark swallows and closes nothing until it is healed', async () => {
    const caller = call();
    caller.socket.write('a');
    await heard(caller, 'a');
    proxy.goDark();
    caller.socket.write('b');
    const late = call();
    late.socket.write('c');
    await until(() => proxy.connections === 2, { ...soon, what: 'the second connection' });
    expect([caller.isClosed, late.isClosed, caller.heard, late.heard]).toEqual([false, false, 'a', '']);
    proxy.heal();
    await until(() => caller.isClosed && late.isClosed, { ...soon, what: 'the end' });
  });

  test('that is slow keeps the order, also while it becomes quick again', async () => {
    const caller = call();
    proxy.slow(60);
    const startMs = performance.now();
    caller.socket.write('a');
    await heard(caller, 'a');
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(118);
    caller.socket.write('b');
    await new Promise((resolve) => setImmediate(resolve));
    proxy.heal();
    caller.socket.write('c');
    await heard(caller, 'abc');
  });

  test('swallows what it is told to of the answers, and counts it', async () => {
    const caller = call();
    proxy.swallow((piece) => piece.includes('secret'));
    caller.socket.write('secret');
    await until(() => proxy.swallowed === 1, { ...soon, what: 'it to be swallowed' });
    caller.socket.write('a');
    await heard(caller, 'a');
  });

  test('to where nobody listens is refused', async () => {
    server.close();
    await once(server, 'close');
    const caller = call();
    await until(() => caller.isClosed, { ...soon, what: 'the refusal' });
  });
});
