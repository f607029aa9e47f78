import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import { type Stage, stage } from '../testing/gateway/stage.ts';

const NURSE = '00000000-0000-4000-8000-000000000001';
const ADA = '00000000-0000-4000-8000-00000000000a';
const GRACE = '00000000-0000-4000-8000-00000000000b';

let on: Stage;
beforeEach(async () => {
  on = await stage();
});
afterEach(() => on?.close());

const beat = (bpm: number, personId = ADA) =>
  on.tails.sampled({
    personId,
    recordedAtMs: systemClock.nowMs(),
    values: { heartRateBpm: bpm },
    doubted: 0,
  });

describe('a tail over a socket', () => {
  test('begins with what is known, goes on with what comes in, and ends when asked', async () => {
    const socket = await on.signIn(NURSE);
    socket.say('tail', { personId: ADA });
    expect(await socket.heard('tail')).toEqual({ personId: ADA, values: [], doubted: 0 });
    beat(71);
    beat(180);
    beat(73);
    const told = await socket.heard('tail', ({ values }) => values.length > 0);
    expect(told.values).toMatchObject([
      { vital: 'heartRateBpm', last: 73, lowest: 71, highest: 180, samples: 3 },
    ]);
    socket.say('untail', { personId: ADA });
    expect(await socket.heard('untailed')).toEqual({ personId: ADA, reason: 'asked' });
    expect(on.tails.people).toBe(0);
    expect(socket.misfits).toEqual([]);
  });

  test('of somebody whom one may not see ends with that, and is on record', async () => {
    on.fake.mayTail = (_viewer, id) => id !== GRACE;
    const socket = await on.signIn(NURSE);
    socket.say('tail', { personId: GRACE });
    expect(await socket.heard('untailed')).toEqual({ personId: GRACE, reason: 'not_entitled' });
    expect(on.fake.audited.at(-1)).toMatchObject({
      actorId: NURSE,
      action: 'read',
      resourceKind: 'vitals',
      resourceId: GRACE,
      outcome: 'refused',
    });
  });

  test('ends when what its person may do changes and that is no longer in it', async () => {
    const socket = await on.signIn(`${NURSE}+professional`);
    socket.say('tail', { personId: ADA });
    await socket.heard('tail');
    on.fake.mayTail = () => false;
    on.fake.standing.tell({ kind: 'standing', userId: NURSE, suspended: false, grants: [] });
    expect(await socket.heard('untailed')).toEqual({ personId: ADA, reason: 'not_entitled' });
  });

  test('is one of few on a socket, and asked for again is the same one anew', async () => {
    const socket = await on.signIn(NURSE);
    const idOf = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
    for (let n = 1; n <= 65; n++) socket.say('tail', { personId: idOf(n) });
    for (let n = 1; n <= 3; n++) socket.say('tail', { personId: idOf(n) });
    expect(await socket.heard('untailed')).toEqual({ personId: idOf(65), reason: 'too_many' });
    expect(await socket.isAnswered()).toBe(true);
    expect(socket.all('untailed')).toHaveLength(1);
    expect(on.tails.people).toBe(64);
    socket.vanish();
    await expect.poll(() => on.tails.people).toBe(0);
  });

  test('names vital signs that there are, and at least one', async () => {
    const socket = await on.signIn(NURSE);
    socket.say('tail', { personId: ADA, vitals: ['shoeSize'] });
    expect((await socket.heard('error')).code).toBe('bad_frame');
    socket.say('tail', { personId: ADA, vitals: [] });
    expect(await socket.isAnswered()).toBe(true);
    expect(socket.all('error')).toHaveLength(2);
    expect(on.tails.people).toBe(0);
  });
});
