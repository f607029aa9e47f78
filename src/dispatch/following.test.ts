import { expect, test } from 'vitest';
import { following } from './following.ts';
import type { LogEvent } from './store.ts';
import { World } from './testing/world.ts';

const eventsOf = (world: World) => world.log as unknown as LogEvent[];

test('another node’s events alone lead to the state that it decided, from the very first', () => {
  const world = new World({ near: 100 }).raise();
  const [created, sent] = eventsOf(world);
  const begun = created && following('sos', undefined, created);
  expect(begun).toMatchObject({ id: 'sos', seq: 1, status: 'PENDING' });
  expect(begun && sent && following('sos', begun, sent)).toEqual({ ...world.state, seq: 2, editSeq: 2 });
});

test('what does not come next, or can’t be read, is for the store', () => {
  const world = new World({ near: 100 }).raise();
  const [created, sent] = eventsOf(world);
  if (!created || !sent) throw new Error('an SOS begins with its first wave');
  expect(following('sos', undefined, sent)).toBeNull();
  expect(following('sos', world.state, created)).toBeNull();
  expect(following('sos', undefined, { ...created, type: 'sos.unheard_of' })).toBeNull();
});
