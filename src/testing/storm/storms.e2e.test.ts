import { expect, test } from 'vitest';
import { reconnectStorm } from './reconnect-storm.ts';
import { lostNothing, rollingRestart } from './rolling-restart.ts';

// The small forms of `npm run verify -- reconnect-storm` and `rolling-restart`: what they promise of times is theirs alone.

test('when a node is killed everybody is back on the other by their tokens, unasked of the store, and SOS go on', async () => {
  const result = await reconnectStorm({ sockets: 300, quietMs: 1_000, seed: 1 });
  expect(result).toMatchObject({ missing: 0, failures: [], extra: {} });
  // Those who came in the last second may be looked up: another node can't tell yet whether something was decided about them.
  const { taken = 0 } = result.resumes;
  expect(taken).toBeGreaterThan(200);
  expect(result.sosMs.count).toBeGreaterThan(0);
  expect(result.droppedMs.count).toBe(20);
}, 240_000);

test('when the nodes of a host are renewed one after another nothing acknowledged is lost', async () => {
  const result = await rollingRestart({ processes: 2, responders: 10, requesters: 4, seed: 1 });
  expect(lostNothing(result), JSON.stringify(result)).toBe(true);
}, 240_000);
