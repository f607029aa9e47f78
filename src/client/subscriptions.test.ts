import { describe, expect, it } from 'vitest';
import type { DownBody } from '../protocol/down.ts';
import { errorBody } from '../protocol/errors.ts';
import { clientWorld } from './testing/client-world.ts';
import { eventOf, uuidOf } from './testing/server-model.ts';
import { aSos } from './testing/sos-view.ts';

const stream = `chat:${uuidOf(50)}`;
const view = { messages: [], reads: [] };

async function following(afterSeq: number | null) {
  const world = clientWorld();
  world.client.connect();
  await world.pass(0);
  const heard: (number | string)[] = [];
  const subscription = world.client.subscribe(
    stream,
    {
      onEvent: (event) => heard.push(event.seq),
      onProvisional: (event) => heard.push(`provisional ${event.seq}`),
      onSnapshot: (snapshot) => heard.push(`snapshot ${snapshot.seq}`),
      onEnd: (reason) => heard.push(`end ${reason}`),
    },
    afterSeq,
  );
  await world.pass(0);
  const asked = () => world.bodies('sub').map((body) => body.afterSeq);
  const event = async (...seqs: number[]) => {
    for (const seq of seqs) world.end().send(['event', eventOf(stream, seq)]);
    await world.pass(0);
  };
  const caughtUp = async (headSeq: number) => {
    world.end().send(['subscribed', { stream, headSeq }]);
    await world.pass(0);
  };
  return { ...world, heard, subscription, asked, event, caughtUp };
}

describe('a subscription', () => {
  it('begins with a snapshot when it knows nothing, and goes on from its number', async () => {
    const { asked, heard, event, end, subscription } = await following(null);
    expect(asked()).toEqual([null]);
    end().send(['snapshot', { stream, seq: 7, view }]);
    await event(8, 9);
    expect(heard).toEqual(['snapshot 7', 8, 9]);
    expect(subscription.seq).toBe(9);
  });

  it('hears what is not in the database yet apart from the rest, and goes on by the snapshot that takes its place', async () => {
    const { asked, heard, event, end, subscription, pass } = await following(0);
    await event(1);
    end().send(['event', { ...eventOf(stream, 1), isProvisional: true }]);
    await pass(0);
    expect([heard, subscription.seq]).toEqual([[1, 'provisional 1'], 1]);
    end().send(['snapshot', { stream, seq: 4, view }]);
    await event(4, 5);
    expect(heard.slice(2)).toEqual(['snapshot 4', 5]);
    expect(asked()).toEqual([0]);
  });

  it('begins again with a snapshot when the connection broke before it was told what became of something provisional', async () => {
    const sosStream = `sos:${uuidOf(50)}`;
    const { client, pass, end, bodies, network } = clientWorld();
    client.connect();
    await pass(0);
    client.subscribe(sosStream, { onEvent: () => {} }, 3);
    const reconnected = async () => {
      await pass(0);
      network.breakAll();
      for (let i = 0; i < 5; i++) await pass(500);
    };
    await pass(0);
    end().send(['event', { ...eventOf(sosStream, 3), isProvisional: true }]);
    await reconnected();
    end().send(['snapshot', { stream: sosStream, seq: 5, view: aSos({ sosId: uuidOf(50), seq: 5 }) }]);
    await reconnected();
    expect(bodies('sub').map(({ afterSeq }) => afterSeq)).toEqual([3, null, 5]);
  });

  it('takes an empty stream without a snapshot', async () => {
    const { heard, event, caughtUp } = await following(null);
    await caughtUp(0);
    await event(1);
    expect(heard).toEqual([1]);
  });

  it('drops what it has seen, and fills a hole from where it stands', async () => {
    const { asked, heard, event, caughtUp } = await following(0);
    await caughtUp(0);
    await event(1, 1, 2, 1, 5, 6);
    expect(heard).toEqual([1, 2]);
    expect(asked()).toEqual([0, 2]);
    await event(3, 4, 5, 6);
    expect(heard).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('asks again when the server says it sent everything and something is missing', async () => {
    const { asked, event, caughtUp, heard } = await following(0);
    await event(1);
    await caughtUp(3);
    expect(asked()).toEqual([0, 1]);
    await event(2, 3);
    await caughtUp(3);
    expect(heard).toEqual([1, 2, 3]);
    expect(asked()).toEqual([0, 1]);
  });

  it('asks for a snapshot when a hole stays open, with growing waits and not in a loop', async () => {
    const { asked, caughtUp, pass, heard, end } = await following(4);
    for (let i = 0; i < 40 && asked().at(-1) !== null; i++) {
      await caughtUp(9);
      await pass(1_000);
    }
    expect(asked()).toEqual([4, 4, 4, 4, null]);
    end().send(['snapshot', { stream, seq: 9, view }]);
    await caughtUp(9);
    expect(heard).toEqual(['snapshot 9']);
  });

  it('resumes after the last number on the next connection', async () => {
    const { asked, event, network, pass } = await following(0);
    await event(1, 2, 3);
    network.breakAll();
    await pass(2_000);
    await pass(0);
    expect(asked()).toEqual([0, 3]);
  });

  it('ends with the reason when the server ends it, and is not begun again', async () => {
    const { asked, heard, event, end, network, pass } = await following(0);
    end().send(['unsubscribed', { stream, reason: 'not_entitled' }]);
    await event(1);
    network.breakAll();
    await pass(2_000);
    await pass(0);
    expect(heard).toEqual(['end not_entitled']);
    expect(asked()).toEqual([0]);
  });

  it('ends when it is refused for good, and asks again when it is refused for now', async () => {
    const refused = await following(0);
    refused.end().send(['error', errorBody('forbidden', { stream })]);
    await refused.pass(0);
    expect(refused.heard).toEqual(['end forbidden']);

    const postponed = await following(0);
    postponed.end().send(['error', errorBody('busy', { stream, retryAfterMs: 1_000 })]);
    await postponed.pass(999);
    expect(postponed.asked()).toEqual([0]);
    await postponed.pass(1_000);
    expect(postponed.asked()).toEqual([0, 0]);
  });

  it('hears nothing after unsubscribing, and a new one is not ended by the answer to that', async () => {
    const { client, heard, subscription, event, bodies, end, pass } = await following(0);
    await event(1);
    subscription.unsubscribe();
    await event(2);
    expect(heard).toEqual([1]);
    expect(bodies('unsub')).toEqual([{ stream }]);
    client.subscribe(stream, { onEvent: (e) => heard.push(e.seq), onEnd: (r) => heard.push(r) }, 1);
    end().send(['unsubscribed', { stream, reason: 'asked' }]);
    await event(2);
    expect(heard).toEqual([1, 2]);
    await pass(0);
  });

  it('there is one for a stream, and as many as the server allows', async () => {
    const { client } = await following(0);
    const onEvent = () => {};
    expect(() => client.subscribe(stream, { onEvent })).toThrow();
    for (let i = 1; i < 128; i++) client.subscribe(`chat:${uuidOf(100 + i)}`, { onEvent });
    expect(() => client.subscribe(`chat:${uuidOf(999)}`, { onEvent })).toThrow();
  });
});

describe('the dispatch feed', () => {
  const sosView = (n: number, seq: number) => aSos({ sosId: uuidOf(n), seq });
  const sosEvent = (n: number, seq: number): DownBody<'event'> => ({
    ...eventOf('', seq),
    stream: `sos:${uuidOf(n)}`,
    type: 'sos.cancelled',
    data: { reason: null, mergedInto: null },
  });

  async function watching() {
    const world = clientWorld();
    world.client.connect();
    await world.pass(0);
    const heard: string[] = [];
    const name = (event: DownBody<'event'>) => `${Number.parseInt(event.stream.slice(-4), 16)}/${event.seq}`;
    const watch = world.client.watchDispatch({
      onFeed: (feed) => heard.push(`feed of ${feed.sos.length}`),
      onEvent: (event) => heard.push(name(event)),
      onState: (state) => heard.push(`state of ${state.responders.length}`),
      onEnd: (reason) => heard.push(`end ${reason}`),
    });
    await world.pass(0);
    const feed = (...sos: DownBody<'feed'>['sos']) =>
      world.end().send(['feed', { feed: 'dispatch', sos, responders: [] }]);
    return { ...world, heard, watch, feed };
  }

  it('goes on from the number that each SOS has in the snapshot, new ones from their first', async () => {
    const { heard, feed, end, pass } = await watching();
    feed(sosView(1, 4));
    for (const [n, seq] of [
      [1, 4],
      [1, 5],
      [1, 5],
      [2, 1],
      [2, 2],
      [2, 1],
    ] as const) {
      end().send(['event', sosEvent(n, seq)]);
    }
    end().send(['state', { feed: 'dispatch', responders: [], gone: [] }]);
    await pass(0);
    expect(heard).toEqual(['feed of 1', '1/5', '2/1', '2/2', 'state of 0']);
  });

  it('closes a hole with a new snapshot, and hears nothing in between', async () => {
    const { heard, feed, end, bodies, pass } = await watching();
    feed(sosView(1, 4));
    end().send(['event', sosEvent(1, 6)]);
    end().send(['event', sosEvent(1, 7)]);
    end().send(['event', sosEvent(2, 1)]);
    await pass(0);
    expect(bodies('watch')).toHaveLength(2);
    feed(sosView(1, 7), sosView(2, 1));
    end().send(['event', sosEvent(1, 8)]);
    await pass(0);
    expect(heard).toEqual(['feed of 1', 'feed of 2', '1/8']);
  });

  it('ends when it is not allowed', async () => {
    const { heard, end, client, pass } = await watching();
    end().send(['error', errorBody('forbidden')]);
    await pass(0);
    expect(heard).toEqual(['end forbidden']);
    expect(client.problems.size).toBe(0);
  });

  it('is not told what a subscription reads up on about an SOS closed long ago', async () => {
    const { heard, feed, end, client, pass } = await watching();
    feed();
    const old = `sos:${uuidOf(9)}`;
    const read: number[] = [];
    client.subscribe(old, { onEvent: (event) => read.push(event.seq) }, 0);
    end().send(['event', sosEvent(9, 1)]);
    end().send(['event', sosEvent(9, 2)]);
    end().send(['subscribed', { stream: old, headSeq: 2 }]);
    await pass(0);
    expect(read).toEqual([1, 2]);
    expect(heard).toEqual(['feed of 0']);
  });
});
