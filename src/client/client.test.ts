import { describe, expect, it } from 'vitest';
import { errorBody } from '../protocol/errors.ts';
import { MusterError } from './errors.ts';
import { clientWorld } from './testing/client-world.ts';
import { settle } from './testing/fake-socket.ts';
import { uuidOf } from './testing/server-model.ts';

const SOS = { emergencyType: 'MEDICAL', priority: 'CRITICAL', point: { lat: 1, lng: 2 } } as const;
const sosId = uuidOf(50);
const sosStream = `sos:${sosId}`;
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error: unknown) => error as MusterError,
  );

describe('connecting', () => {
  it('says hello first, with the token in the frame and not in the address', async () => {
    const { client, sent, end, pass } = clientWorld();
    client.connect();
    await pass(0);
    expect(end().url).toBe('ws://node.test/v1/socket');
    expect(end().protocols).toEqual(['muster.v1.msgpack']);
    expect(sent).toEqual([['hello', { token: 'token', client: 'muster-sdk-ts/0.1' }]]);
    expect(client.status).toEqual({ state: 'open' });
    expect((await client.ready()).userId).toBe(uuidOf(1));
  });

  it('is idempotent', async () => {
    const { client, network, pass } = clientWorld();
    client.connect();
    client.connect();
    await pass(0);
    client.connect();
    await pass(0);
    expect(network.ends).toHaveLength(1);
  });

  it('asks for a fresh token at each connect and says when the last one had expired', async () => {
    const asked: boolean[] = [];
    const token = async ({ refused }: { refused: boolean }) => `token ${asked.push(refused)}`;
    const { client, bodies, end, pass } = clientWorld({ token });
    client.connect();
    await pass(0);
    end().close(4001);
    await pass(0);
    await pass(0);
    expect(asked).toEqual([false, true]);
    expect(bodies('hello').map((hello) => hello.token)).toEqual(['token 1', 'token 2']);
    end().close(1012);
    await pass(500);
    await pass(0);
    expect(asked).toEqual([false, true, false]);
  });

  it('puts a fresh token in place before the old one runs out, and stays connected', async () => {
    const asked: boolean[] = [];
    const token = async ({ refused }: { refused: boolean }) => {
      asked.push(refused);
      return refused || asked.length === 1 ? `token ${asked.length}` : 'token 1';
    };
    const { client, clock, bodies, network, end, pass } = clientWorld({ token });
    client.connect();
    await pass(0);
    const lifeMs = (await client.ready()).tokenExpiresAtMs - clock.nowMs();
    const passAlive = async (ms: number) => {
      for (let left = ms; left > 0; left -= 10_000) {
        await pass(Math.min(left, 10_000));
        end().send(['hb', { sentAtMs: clock.nowMs() }]);
        await pass(0);
      }
    };
    await passAlive(lifeMs - 61_000);
    expect(bodies('renew')).toEqual([]);
    await passAlive(2_000);
    expect(bodies('renew')).toEqual([{ token: 'token 3' }]);
    expect(asked).toEqual([false, false, true]);
    await passAlive(10_000);
    expect(bodies('renew')).toHaveLength(2);
    end().send(['renewed', { tokenExpiresAtMs: clock.nowMs() + 900_000, grants: [] }]);
    await passAlive(800_000);
    expect(bodies('renew')).toHaveLength(2);
    await passAlive(45_000);
    expect(bodies('renew')).toHaveLength(3);
    expect(network.ends).toHaveLength(1);
  });

  it.each([
    [4003, 'token_invalid'],
    [1008, 'policy'],
  ])('stops at close code %i and says so', async (code, reason) => {
    const { client, network, end, pass } = clientWorld();
    client.connect();
    await pass(0);
    const answer = failure(client.command('sos.create', SOS));
    end().close(code);
    await pass(120_000);
    expect(client.status).toEqual({ state: 'closed', reason });
    expect(network.ends).toHaveLength(1);
    expect(await answer).toMatchObject({ code: 'closed', detail: reason });
  });

  it('stops when signing in is refused for good, and goes on trying when it only failed', async () => {
    const refusal = new MusterError(errorBody('credentials_wrong'));
    const refused = clientWorld({ token: () => Promise.reject(refusal) });
    refused.client.connect();
    await refused.pass(0);
    expect(refused.client.status).toEqual({ state: 'closed', reason: 'credentials_wrong' });

    let tries = 0;
    const token = async () => {
      if (++tries < 3) throw new Error('no network');
      return 'token';
    };
    const failing = clientWorld({ token });
    failing.client.connect();
    for (let i = 0; i < 3; i++) await failing.pass(2_000);
    expect(failing.client.status).toEqual({ state: 'open' });
  });

  it('gives up on a token that never comes and on a server that never welcomes', async () => {
    const tokenless = clientWorld({ token: () => new Promise(() => {}) });
    tokenless.client.connect();
    await tokenless.pass(20_000);
    expect(tokenless.client.status).toMatchObject({ state: 'waiting', reason: 'no_token' });

    const mute = clientWorld({}, () => null);
    mute.client.connect();
    await mute.pass(0);
    await mute.pass(15_000);
    expect(mute.client.status).toMatchObject({ state: 'waiting' });
  });

  it('heeds what bye said even when the close code is lost', async () => {
    const { client, clock, network, end, pass } = clientWorld();
    client.connect();
    await pass(0);
    end().send(['bye', { closeCode: 1012, retryAfterMs: 7_000 }]);
    await pass(0);
    network.breakAll();
    expect(client.status).toMatchObject({ state: 'waiting', reason: 'restart' });
    const { retryAtMs } = client.status as { retryAtMs: number };
    expect(retryAtMs - clock.nowMs()).toBeGreaterThanOrEqual(7_000);
  });

  it('cuts a wait short when connect is called, and when somebody presses SOS', async () => {
    const { client, clock, network, end, pass } = clientWorld();
    client.connect();
    await pass(0);
    const lose = async () => {
      end().send(['bye', { closeCode: 1012, retryAfterMs: 60_000 }]);
      await pass(0);
      network.breakAll();
    };
    await lose();
    client.connect();
    await pass(0);
    expect(client.status).toEqual({ state: 'open' });
    await lose();
    failure(client.command('sos.create', SOS));
    const { retryAtMs } = client.status as { retryAtMs: number };
    expect(retryAtMs - clock.nowMs()).toBeLessThanOrEqual(500);
  });

  it('waits two seconds at most while an SOS is followed, thirty otherwise', async () => {
    const longestWaitMs = async (follows: boolean) => {
      const { client, clock, network, statuses, pass } = clientWorld();
      if (follows) client.subscribe(sosStream, { onEvent: () => {} });
      network.isReachable = false;
      client.connect();
      const waitsMs: number[] = [];
      for (let i = 0; i < 300; i++) {
        await pass(1_000);
        const status = statuses.at(-1);
        if (status?.state === 'waiting') waitsMs.push(status.retryAtMs - clock.nowMs());
      }
      return Math.max(...waitsMs);
    };
    expect(await longestWaitMs(true)).toBeLessThanOrEqual(2_000);
    expect(await longestWaitMs(false)).toBeGreaterThan(2_000);
  });

  it('does not let a call for help wait for a client that has stopped, until it is connected again', async () => {
    const { client, bodies, end, pass } = clientWorld();
    client.connect();
    await pass(0);
    end().close(4003);
    await pass(0);
    expect(await failure(client.command('sos.create', SOS))).toMatchObject({
      code: 'closed',
      detail: 'token_invalid',
    });
    expect(await failure(client.ready())).toMatchObject({ code: 'closed' });
    client.connect();
    failure(client.command('sos.create', SOS));
    await pass(0);
    expect(bodies('sos.create')).toHaveLength(1);
  });

  it('rejects what waits when it is closed without ever having been connected', async () => {
    const { client } = clientWorld();
    const answers = [failure(client.command('sos.create', SOS)), failure(client.ready())];
    await client.close();
    for (const answer of answers) expect(await answer).toMatchObject({ code: 'closed', detail: 'asked' });
  });

  it('closes with a goodbye, rejects what waits, and stays closed', async () => {
    const { client, network, pass } = clientWorld();
    client.connect();
    await pass(0);
    const answer = failure(client.command('duty.set', { available: true }));
    const closed = client.close();
    await pass(5_000);
    await closed;
    expect(client.status).toEqual({ state: 'closed', reason: 'asked' });
    expect(await answer).toMatchObject({ code: 'closed', retryable: true });
    await pass(60_000);
    expect(network.ends).toHaveLength(1);
  });
});

describe('a client without a device', () => {
  it('says that it has no telemetry', async () => {
    const { client } = clientWorld();
    expect(() => client.sendFix({ atMs: 1, lat: 1, lng: 1 })).toThrow('without a device');
    await settle();
  });
});
