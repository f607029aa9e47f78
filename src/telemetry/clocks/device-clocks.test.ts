import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../lib/clock.ts';
import { silentLogger } from '../../lib/log.ts';
import { seededRandom } from '../../lib/random.ts';
import { uuidOf } from '../../testing/telemetry/recording-source.ts';
import { better, type ClockReading, readingOf } from './clock-offset.ts';
import { type DeviceClock, DeviceClocks } from './device-clocks.ts';

const NOW = 1_750_000_000_000;
const TEN_YEARS = 10 * 365 * 86_400_000;
const DEVICE = { userId: uuidOf(1), deviceId: uuidOf(2) };

describe('how far a clock is off', () => {
  test('is known to half the way there and back, whatever the way and the clock', () => {
    const delay = fc.integer({ min: 0, max: 3_000 });
    fc.assert(
      fc.property(fc.integer({ min: -TEN_YEARS, max: TEN_YEARS }), delay, delay, (offMs, there, back) => {
        const deviceAtMs = NOW + there + offMs;
        const reading = readingOf(deviceAtMs, { askedAtMs: NOW, roundTripMs: there + back });
        expect(Math.abs(reading.offsetMs - offMs)).toBeLessThanOrEqual((there + back) / 2);
      }),
    );
  });

  test('is taken from the shortest way of the last ten minutes', () => {
    const random = seededRandom(7);
    let known: ClockReading | undefined;
    for (let i = 0; i < 9; i++) {
      const there = 20 + random() * 2_000;
      const back = i === 4 ? 20 : 20 + random() * 2_000;
      const way = i === 4 ? 40 : there + back;
      known = better(
        known,
        readingOf(NOW + i * 60_000 + (i === 4 ? 20 : there) + 5_000, {
          askedAtMs: NOW + i * 60_000,
          roundTripMs: way,
        }),
      );
    }
    expect(known).toMatchObject({ roundTripMs: 40, offsetMs: 5_000 });
  });

  test('is believed anew when both readings can not be true: the clock was set', () => {
    const known = readingOf(NOW + 10, { askedAtMs: NOW, roundTripMs: 20 });
    const set = readingOf(NOW + 3_600_000 + 60_100, { askedAtMs: NOW + 60_000, roundTripMs: 200 });
    expect(better(known, set)).toBe(set);
    const jitter = readingOf(NOW + 60_050, { askedAtMs: NOW + 60_000, roundTripMs: 200 });
    expect(better(known, jitter)).toBe(known);
  });

  test('is measured anew after ten minutes, however long the way', () => {
    const known = readingOf(NOW, { askedAtMs: NOW, roundTripMs: 1 });
    const later = readingOf(NOW + 600_500, { askedAtMs: NOW + 600_100, roundTripMs: 800 });
    expect(better(known, later)).toBe(later);
  });
});

describe('the clocks of devices', () => {
  function setUp() {
    const clock = new ManualClock();
    const writes: (readonly DeviceClock[])[] = [];
    let isAway = false;
    const store = {
      put: async (clocks: readonly DeviceClock[]) => {
        if (isAway) throw new Error('away');
        writes.push(clocks);
      },
    };
    const clocks = new DeviceClocks({ store, clock, log: silentLogger });
    const setAway = (away: boolean) => {
      isAway = away;
    };
    return { clock, clocks, writes, setAway };
  }
  const asked = { askedAtMs: NOW, roundTripMs: 100 };

  test('are written together now and then, the best of each device', async () => {
    const { clock, clocks, writes } = setUp();
    clocks.read(DEVICE, NOW + 50, { ...asked, roundTripMs: 900 });
    clocks.read(DEVICE, NOW + 50, asked);
    clocks.read({ ...DEVICE, deviceId: uuidOf(3) }, NOW + TEN_YEARS, asked);
    clock.advance(30_000);
    await clocks.stop();
    expect(writes.map((written) => written.map(({ offsetMs }) => offsetMs))).toEqual([[0, TEN_YEARS - 50]]);
  });

  test('are forgotten when they can not be written, and measured again', async () => {
    const { clock, clocks, writes, setAway } = setUp();
    setAway(true);
    clocks.read(DEVICE, NOW, asked);
    clock.advance(30_000);
    setAway(false);
    clocks.read(DEVICE, NOW, { ...asked, roundTripMs: 50 });
    await clocks.stop();
    expect(writes).toHaveLength(1);
  });

  test('of ids that are none are not kept', async () => {
    const { clocks, writes } = setUp();
    clocks.read({ ...DEVICE, deviceId: "'; drop" }, NOW, asked);
    await clocks.stop();
    expect(writes).toEqual([]);
  });
});
