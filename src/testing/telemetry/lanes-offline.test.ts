import { expect, test } from 'vitest';
import { seededRandom } from '../../lib/random.ts';
import { IngestServer, passTime, simulatedDevice } from './ingest-server.ts';
import { ingestWorld } from './ingest-world.ts';
import { uuidOf } from './recording-source.ts';

const DAY_S = 86_400;
const CUTS = 50;
const DEVICE = { id: uuidOf(2), maxFixes: 100_000 };
/** Ten metres a second to the north; the way wraps, so that the place says the time to the second. */
const M_PER_DEG = 111_195;

test('a device back after a day, over a link that is cut fifty times: all stored once and in order, live at once', async () => {
  const { clock, ingest, stores, moves } = ingestWorld();
  const random = seededRandom(5);
  const server = new IngestServer(ingest, clock);
  const { client, cut } = simulatedDevice(server, {
    clock,
    random,
    latencyMs: 60,
    userId: uuidOf(1),
    device: DEVICE,
  });
  const startMs = clock.nowMs() - DAY_S * 1_000;
  const latAt = (atMs: number) => ((atMs - startMs) / 100_000) * (1_000 / M_PER_DEG);
  const takenAt = (lat: number) => startMs + (lat * M_PER_DEG * 100_000) / 1_000;
  let taken = 0;
  const take = () => {
    taken += 1;
    const atMs = startMs + taken * 1_000;
    client.sendFix({ atMs, lat: latAt(atMs), lng: 8 });
  };
  while (taken < DAY_S) take();
  client.connect();

  let cuts = 0;
  let openForMs = 0;
  let worstMs = 0;
  const stepMs = 20;
  for (let step = 0; client.telemetry.unacknowledged > 0; step++) {
    if (step > 100_000) throw new Error('the backlog does not end');
    if (startMs + (taken + 1) * 1_000 <= clock.nowMs()) take();
    await passTime(clock, stepMs);
    openForMs = client.status.state === 'open' ? openForMs + stepMs : 0;
    const newest = moves.at(-1);
    // From the welcome on, the newest fix is one way through the network away.
    if (openForMs > 100 && newest) worstMs = Math.max(worstMs, clock.nowMs() - takenAt(newest.lat));
    // Each time another fifty-first of the day has arrived.
    if (client.telemetry.ackedSeq > ((cuts + 1) * DAY_S) / (CUTS + 1) && cuts < CUTS) {
      cut();
      cuts += 1;
    }
  }

  expect(cuts).toBe(CUTS);
  const numbers = stores.positions.rows.map(({ seq }) => seq);
  expect(numbers).toEqual(Array.from({ length: taken }, (_, i) => i + 1));
  expect(taken).toBeGreaterThan(DAY_S);
  expect(worstMs).toBeLessThanOrEqual(2_000);
  for (let i = 1; i < moves.length; i++)
    expect(moves[i]?.lat).toBeGreaterThanOrEqual(moves[i - 1]?.lat ?? Number.NaN);
});
