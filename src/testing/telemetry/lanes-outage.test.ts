import { expect, test } from 'vitest';
import { seededRandom } from '../../lib/random.ts';
import { LANES, type LaneName } from '../../telemetry/lanes/types.ts';
import { IngestServer, passTime, simulatedDevice } from './ingest-server.ts';
import { ingestWorld } from './ingest-world.ts';
import { uuidOf } from './recording-source.ts';

const DEVICES = 40;
const BEFORE_S = 5;
const OUTAGE_S = 60;
const AFTER_S = 5;
/** For a few seconds of what these devices send, so that most of the outage is spent held. */
const ROOM_BYTES = 256 * 1024;

test('a minute without the store under load: memory bounded, nothing acknowledged lost, the rest arrives after', async () => {
  const { clock, ingest, stores, moves, samples, alarms, counts, queueBytes } = ingestWorld({
    queueBytesMax: ROOM_BYTES,
  });
  const server = new IngestServer(ingest, clock);
  const acked = new Map<string, number>();
  const devices = Array.from({ length: DEVICES }, (_, n) => {
    const userId = uuidOf(1_000 + n);
    const random = seededRandom(n);
    const { client } = simulatedDevice(server, {
      clock,
      random,
      latencyMs: 40,
      userId,
      device: { id: uuidOf(n) },
    });
    client.onAck = (seq, lane) => acked.set(`${userId} ${lane}`, seq);
    client.connect();
    return { userId, client };
  });
  const all = { telemetry: stores.positions, vitals: stores.vitals, alarm: stores.alarms };
  const storedOf = (userId: string, lane: LaneName) =>
    all[lane].rows.filter(({ key }) => key.startsWith(userId)).map(({ seq }) => seq);

  let given = 0;
  let mostBytes = 0;
  const second = async () => {
    given += 1;
    const atMs = clock.nowMs();
    for (const { client } of devices) {
      client.sendFix({ atMs, lat: 10 + given * 1e-5, lng: 8 });
      client.sendVitals({ atMs, heartRateBpm: 100 + given });
      if (given % 20 === 0) client.sendAlarm({ atMs, kind: 'fall' });
    }
    for (let i = 0; i < 10; i++) {
      await passTime(clock, 100);
      mostBytes = Math.max(mostBytes, queueBytes());
    }
  };
  const setAway = (away: boolean) => {
    for (const store of Object.values(all)) store.away = away;
  };

  for (let s = 0; s < BEFORE_S; s++) await second();
  setAway(true);
  // What had been committed before may still be told.
  await second();
  const ackedBefore = [...acked];
  for (let s = 1; s < OUTAGE_S; s++) {
    await second();
    const seenMs = new Map(moves.map(({ userId, receivedAtMs }) => [userId, receivedAtMs]));
    for (const { userId } of devices)
      expect(clock.nowMs() - (seenMs.get(userId) ?? 0)).toBeLessThanOrEqual(2_000);
  }
  expect([...acked]).toEqual(ackedBefore);
  expect(counts.get('telemetry_holds telemetry,memory')).toBeGreaterThan(0);
  setAway(false);
  for (let s = 0; s < AFTER_S; s++) await second();
  for (let i = 0; i < 600 && devices.some(({ client }) => client.telemetry.unacknowledged > 0); i++)
    await passTime(clock, 100);

  expect(mostBytes).toBeLessThanOrEqual(ROOM_BYTES);
  for (const { userId, client } of devices) {
    const { telemetry } = client;
    expect(
      [telemetry, telemetry.vitals, telemetry.alarms].map(({ epochBreaks }) => epochBreaks.size),
    ).toEqual([0, 0, 0]);
    for (const lane of LANES) {
      const count = lane === 'alarm' ? Math.floor(given / 20) : given;
      expect(storedOf(userId, lane)).toEqual(Array.from({ length: count }, (_, i) => i + 1));
      expect(acked.get(`${userId} ${lane}`)).toBe(count);
    }
  }
  // Judgement does not wait for the store.
  for (const { userId } of devices) {
    const told = samples
      .filter(({ personId }) => personId === userId)
      .map(({ vitals }) => vitals.heartRateBpm ?? 0);
    expect(told).toEqual(Array.from({ length: given }, (_, i) => 101 + i));
  }
  expect(new Set(alarms.map(({ id }) => id)).size).toBe(alarms.length);
});
