import { describe, expect, it } from 'vitest';
import { errorBody } from '../protocol/errors.ts';
import type { MusterError } from './errors.ts';
import { clientWorld } from './testing/client-world.ts';
import { uuidOf } from './testing/server-model.ts';
import { aSos } from './testing/sos-view.ts';

const sosId = uuidOf(50);
const SOS = { emergencyType: 'MEDICAL', priority: 'CRITICAL', point: { lat: 1, lng: 2 } } as const;
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error: unknown) => error as MusterError,
  );

async function opened() {
  const world = clientWorld();
  world.client.connect();
  await world.pass(0);
  return world;
}

describe('a command', () => {
  it('is answered by the answer that carries its id', async () => {
    const { client, bodies, end, pass } = await opened();
    const first = client.command('sos.start', { sosId });
    const second = client.command('sos.resolve', { sosId });
    await pass(0);
    const [start] = bodies('sos.start');
    const [resolve] = bodies('sos.resolve');
    end().send(['done', { id: resolve?.id ?? '', status: 'RESOLVED' }]);
    end().send(['done', { id: start?.id ?? '', status: 'IN_PROGRESS' }]);
    await pass(0);
    expect((await first).status).toBe('IN_PROGRESS');
    expect((await second).status).toBe('RESOLVED');
  });

  it('given before there is a connection goes out with the first one, calls for help first', async () => {
    const { client, sent, pass } = clientWorld();
    failure(client.command('duty.set', { available: true }));
    failure(client.command('sos.create', SOS));
    client.connect();
    await pass(0);
    expect(sent.map(([kind]) => kind)).toEqual(['hello', 'sos.create', 'duty.set']);
  });

  it('goes out again with the same id after a break, and is answered once', async () => {
    const { client, bodies, network, end, pass } = await opened();
    const answer = client.command('sos.create', SOS);
    await pass(0);
    network.breakAll();
    await pass(500);
    await pass(0);
    const ids = bodies('sos.create').map((body) => body.id);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
    end().send(['done', { id: ids[0] ?? '', sosId }]);
    end().send(['done', { id: ids[0] ?? '', sosId: uuidOf(51) }]);
    await pass(0);
    expect((await answer).sosId).toBe(sosId);
  });

  it('is not sent again once it is answered', async () => {
    const { client, bodies, network, end, pass } = await opened();
    const answer = client.command('sos.start', { sosId });
    await pass(0);
    end().send(['done', { id: bodies('sos.start')[0]?.id ?? '' }]);
    await pass(0);
    await answer;
    network.breakAll();
    await pass(500);
    await pass(60_000);
    expect(bodies('sos.start')).toHaveLength(1);
  });

  it('that is refused for good rejects with the code, the text and the advice', async () => {
    const { client, bodies, end, pass } = await opened();
    const refused = failure(client.command('offer.accept', { sosId, offerId: uuidOf(60) }));
    await pass(0);
    end().send(['error', errorBody('offer_filled', { id: bodies('offer.accept')[0]?.id ?? '' })]);
    await pass(0);
    expect(await refused).toMatchObject({
      name: 'MusterError',
      code: 'offer_filled',
      retryable: false,
      message: 'Somebody else was first; the slot is filled. Thank you.',
      advice: 'Nothing more to do.',
    });
  });

  it('that is refused for now is sent again, but not before the time that the server named', async () => {
    const { client, bodies, end, pass } = await opened();
    const answer = client.command('sos.create', SOS);
    await pass(0);
    const id = bodies('sos.create')[0]?.id ?? '';
    end().send(['error', errorBody('rate_limited', { id, retryAfterMs: 3_000 })]);
    await pass(2_999);
    expect(bodies('sos.create')).toHaveLength(1);
    await pass(501);
    expect(bodies('sos.create')).toHaveLength(2);
    end().send(['done', { id }]);
    await pass(0);
    expect((await answer).id).toBe(id);
  });

  it('hands a refusal for now to a caller who wants it', async () => {
    const { client, bodies, end, pass } = await opened();
    const refused = failure(client.command('sos.create', SOS, { retry: false }));
    await pass(0);
    const id = bodies('sos.create')[0]?.id ?? '';
    end().send(['error', errorBody('busy', { id, retryAfterMs: 1_000 })]);
    await pass(0);
    expect(await refused).toMatchObject({ code: 'busy', retryable: true, retryAfterMs: 1_000 });
  });

  it('rejects when its time is up, and its id may be used again', async () => {
    const { client, bodies, end, pass } = await opened();
    const id = uuidOf(70);
    const late = failure(client.command('sos.start', { sosId }, { id, timeoutMs: 5_000 }));
    await pass(5_000);
    expect(await late).toMatchObject({ code: 'timeout', retryable: true });
    const again = client.command('sos.start', { sosId }, { id });
    await pass(0);
    expect(bodies('sos.start').map((body) => body.id)).toEqual([id, id]);
    end().send(['done', { id, status: 'IN_PROGRESS' }]);
    await pass(0);
    expect((await again).status).toBe('IN_PROGRESS');
  });

  it('says at its timeout what the server had said last', async () => {
    const { client, end, pass } = await opened();
    const id = uuidOf(71);
    const late = failure(client.command('sos.start', { sosId }, { id, timeoutMs: 1_000 }));
    await pass(0);
    end().send(['error', errorBody('store_unavailable', { id, retryAfterMs: 60_000 })]);
    await pass(1_000);
    expect(await late).toMatchObject({ code: 'store_unavailable' });
  });

  it('given twice with one id is one command', async () => {
    const { client, bodies, pass } = await opened();
    const id = uuidOf(72);
    const first = client.command('sos.start', { sosId }, { id });
    expect(client.command('sos.start', { sosId }, { id: id.toUpperCase() })).toBe(first);
    failure(first);
    await pass(0);
    expect(bodies('sos.start')).toHaveLength(1);
  });

  it('that does not fit the protocol is refused without being sent', async () => {
    const { client, bodies, pass } = await opened();
    const wrong = { ...SOS, point: { lat: 91, lng: 0 } };
    expect(await failure(client.command('sos.create', wrong))).toMatchObject({ code: 'bad_frame' });
    await pass(0);
    expect(bodies('sos.create')).toEqual([]);
  });

  it('is refused when 256 are waiting already', async () => {
    const { client } = clientWorld();
    for (let i = 0; i < 256; i++) failure(client.command('duty.set', { available: true }));
    expect(await failure(client.command('duty.set', { available: true }))).toMatchObject({
      code: 'too_many',
    });
  });
});

describe('the commands of dispatchers', () => {
  it('go out as they were given', async () => {
    const { client, sent, pass } = await opened();
    const edit = { sosId, expectSeq: 4 };
    const responderId = uuidOf(80);
    failure(client.command('sos.raise', { ...SOS, addressText: 'Mill Lane 4', callbackNumber: '+49 30 1' }));
    failure(client.command('sos.take_over', edit));
    failure(client.command('sos.assign', { ...edit, responderId, slot: 2 }));
    failure(client.command('sos.release', { ...edit, responderId, reason: 'too far' }));
    failure(client.command('sos.hold', { ...edit, forMs: 60_000 }));
    failure(client.command('sos.unhold', edit));
    failure(client.command('sos.reopen', edit));
    failure(client.command('sos.merge', { ...edit, intoId: uuidOf(51) }));
    failure(client.command('sos.hand_off', { ...edit, service: '112', reference: 'A-7' }));
    failure(client.command('sos.depart', { sosId }));
    failure(client.command('sos.arrive', { sosId }));
    await pass(0);
    expect(sent.slice(1).map(([kind]) => kind)).toEqual([
      'sos.raise',
      'sos.take_over',
      'sos.assign',
      'sos.release',
      'sos.hold',
      'sos.unhold',
      'sos.reopen',
      'sos.merge',
      'sos.hand_off',
      'sos.depart',
      'sos.arrive',
    ]);
  });

  it('that meet a newer state are refused with it', async () => {
    const { client, bodies, end, pass } = await opened();
    const refused = failure(client.command('sos.take_over', { sosId, expectSeq: 4 }));
    await pass(0);
    const id = bodies('sos.take_over')[0]?.id ?? '';
    end().send(['error', errorBody('sos_changed', { id, sos: aSos({ sosId, seq: 7, ownerId: uuidOf(9) }) })]);
    await pass(0);
    const error = await refused;
    expect(error?.code).toBe('sos_changed');
    expect(error?.sos).toMatchObject({ sosId, seq: 7, ownerId: uuidOf(9) });
  });

  it('tell nothing of an SOS that does not fit the protocol', async () => {
    const { client, bodies, end, pass } = await opened();
    const refused = failure(client.command('sos.unhold', { sosId }));
    await pass(0);
    end().send(['error', errorBody('sos_closed', { id: bodies('sos.unhold')[0]?.id ?? '', sos: { no: 1 } })]);
    await pass(0);
    expect((await refused)?.sos).toBeUndefined();
  });
});
