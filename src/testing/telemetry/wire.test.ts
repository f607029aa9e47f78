import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../protocol/limits.ts';
import { alarm, alarmKind, fix, lane, sample, vitalValues } from '../../protocol/telemetry.ts';
import { readAlarm } from '../../telemetry/alarms/steps.ts';
import { LANES } from '../../telemetry/lanes/types.ts';
import { readFix } from '../../telemetry/positions/fix.ts';
import { readSample } from '../../telemetry/vitals/read-sample.ts';
import { ALARM_KINDS } from '../../telemetry/vitals/sample.ts';
import { CONSCIOUSNESS, VITAL_NAMES } from '../../telemetry/vitals/vitals.ts';

const NOW = 1_750_000_000_000;
const TIMES = { sentAtMs: NOW, receivedAtMs: NOW };
/** Good values mostly, and everything that is not. */
const anyValue = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: -100, max: 400, noNaN: true }) },
  fc.anything(),
  fc.constantFrom(null, undefined, true, false, 'A', 1e9, -1e9, 1.1e9, Number.NaN, Number.POSITIVE_INFINITY),
);
const anyTime = fc.oneof(fc.integer({ min: 0, max: NOW }), anyValue);

describe('what the wire documents and what the lanes take in are the same', () => {
  test('the lanes, and the names of vital signs', () => {
    expect(LANES.filter((name) => !(lane.options as readonly string[]).includes(name))).toEqual([]);
    expect(Object.keys(vitalValues.shape)).toEqual([...VITAL_NAMES, 'consciousness', 'onOxygen']);
    expect(vitalValues.shape.consciousness.unwrap().unwrap().options).toEqual(CONSCIOUSNESS);
    expect(alarmKind.options).toEqual(ALARM_KINDS);
    expect(LIMITS.samplesPerFrame).toBeGreaterThanOrEqual(1);
  });

  test('a fix', () => {
    fc.assert(
      fc.property(fc.tuple(anyTime, fc.array(anyValue, { maxLength: 8 })), ([atMs, values]) => {
        const row = [atMs, ...values].slice(0, 8);
        expect(readFix(row, TIMES) !== null).toBe(fix.safeParse(row).success);
      }),
      { numRuns: 2_000 },
    );
  });

  test('an alarm', () => {
    const anyKind = fc.constantFrom(...ALARM_KINDS, 'sos', null);
    const anyPlace = fc.array(fc.oneof(fc.double({ min: -95, max: 185 }), fc.constant(null), anyValue), {
      maxLength: 2,
    });
    fc.assert(
      fc.property(anyTime, anyKind, anyPlace, (atMs, kind, place) => {
        const row = [atMs, kind, ...place];
        expect(readAlarm(row, TIMES) !== null).toBe(alarm.safeParse(row).success);
      }),
      { numRuns: 2_000 },
    );
  });

  test('a sample, but for one that measures nothing', () => {
    const anyName = fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(...VITAL_NAMES, 'consciousness', 'onOxygen') },
      fc.constantFrom('heartRate', 'toString'),
    );
    fc.assert(
      fc.property(anyTime, fc.dictionary(anyName, anyValue, { maxKeys: 4 }), (atMs, values) => {
        const measures = Object.values(values).some((value) => value !== null && value !== undefined);
        const row = [atMs, values];
        expect(readSample(row, TIMES) !== null).toBe(sample.safeParse(row).success && measures);
      }),
      { numRuns: 2_000 },
    );
  });
});
