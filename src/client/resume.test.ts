import { describe, expect, it } from 'vitest';
import { clientWorld } from './testing/client-world.ts';
import { uuidOf } from './testing/server-model.ts';

const SOS = { emergencyType: 'MEDICAL', priority: 'CRITICAL', point: { lat: 1, lng: 2 } } as const;

const connected = async () => {
  const asked: boolean[] = [];
  const world = clientWorld(
    { token: async ({ refused }) => `token ${asked.push(refused)}`, device: { id: uuidOf(9) } },
    (attempt) => (attempt === 1 ? 0 : 'unknown'),
  );
  world.client.connect();
  await world.pass(0);
  return { ...world, asked };
};

describe('coming back', () => {
  it('takes the newest resume token and the access token that it came by, and asks for no other', async () => {
    const { asked, bodies, end, pass } = await connected();
    end().send(['resume', { token: 'old', forMs: 60_000 }]);
    end().send(['resume', { token: 'new', forMs: 60_000 }]);
    await pass(0);
    end().close(1012);
    await pass(500);
    await pass(0);
    expect(bodies('hello').at(-1)).toMatchObject({ token: 'token 1', resume: 'new' });
    expect(asked).toEqual([false]);
  });

  it('asks for a token again once the resume token has run out', async () => {
    const { asked, bodies, end, pass } = await connected();
    end().send(['resume', { token: 'short', forMs: 10_000 }]);
    await pass(0);
    await pass(9_500);
    end().close(1012);
    await pass(500);
    await pass(0);
    expect(bodies('hello').at(-1)).not.toHaveProperty('resume');
    expect(asked).toHaveLength(2);
  });

  it('forgets it when the server wants a fresh token, and when the client is closed', async () => {
    const { asked, bodies, client, end, pass } = await connected();
    end().send(['resume', { token: 'kept', forMs: 60_000 }]);
    await pass(0);
    end().close(4001);
    await pass(0);
    await pass(0);
    expect(bodies('hello').at(-1)).not.toHaveProperty('resume');
    expect(asked).toEqual([false, true]);
    end().send(['resume', { token: 'kept', forMs: 60_000 }]);
    await pass(0);
    const closed = client.close();
    await pass(2_000);
    await closed;
    client.connect();
    await pass(0);
    expect(bodies('hello').at(-1)).not.toHaveProperty('resume');
  });

  it('goes on where its samples were when the server does not say what it has', async () => {
    const { bodies, client, end, pass } = await connected();
    client.sendFix({ atMs: 1, lat: 1, lng: 1 });
    await pass(0);
    const [first] = bodies('pos');
    end().send(['ack', { lane: 'telemetry', epoch: first?.epoch ?? '', seq: 1 }]);
    end().send(['resume', { token: 'kept', forMs: 60_000 }]);
    await pass(0);
    client.sendFix({ atMs: 2, lat: 1, lng: 1 });
    await pass(0);
    end().close(1012);
    for (let i = 0; i < 6; i++) await pass(100);
    expect(bodies('pos').map(({ seq }) => seq)).toEqual([1, 2, 2]);
    expect(client.telemetry.epochBreaks.size).toBe(0);
  });

  it('says that it is urgent while a call for help waits', async () => {
    const { bodies, client, end, pass } = await connected();
    expect(end().url).toBe('ws://node.test/v1/socket');
    expect(bodies('hello')[0]).not.toHaveProperty('urgent');
    client.command('sos.create', SOS).catch(() => {});
    await pass(0);
    end().close(1012);
    await pass(500);
    await pass(0);
    expect(bodies('hello').at(-1)).toMatchObject({ urgent: true });
    expect(end().url).toBe('ws://node.test/v1/socket?urgent=1');
  });
});
