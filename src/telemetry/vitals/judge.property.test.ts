import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sampleOf } from '../../testing/telemetry/samples.ts';
import type { Finding } from './finding.ts';
import { judge } from './judge.ts';
import { type JudgeState, NOTHING_KNOWN } from './judge-state.ts';
import { limitsOf } from './limits-of.ts';
import type { Sample } from './sample.ts';
import type { Vitals } from './vitals.ts';

const LIMITS = limitsOf(null);
const PERSON = { dateOfBirth: '1950-03-04' };

function run(samples: readonly Sample[], from: JudgeState = NOTHING_KNOWN) {
  let state = from;
  const findings: Finding[] = [];
  for (const sample of samples) {
    const judgement = judge(state, sample, LIMITS, PERSON);
    state = judgement.state;
    findings.push(...judgement.findings);
  }
  return { state, findings };
}

/** A drifting value that crosses limits now and then, with impossible values among them. */
const vitals: fc.Arbitrary<Vitals> = fc.record(
  {
    heartRateBpm: fc.oneof(fc.integer({ min: 25, max: 170 }), fc.constantFrom(0, 400, 130.5, 125)),
    spo2Pct: fc.integer({ min: 78, max: 101 }),
    respirationPerMin: fc.integer({ min: 3, max: 40 }),
    systolicMmhg: fc.integer({ min: 80, max: 225 }),
    temperatureC: fc.double({ min: 34, max: 42, noNaN: true }),
    consciousness: fc.constantFrom('A', 'C', 'V', 'P', 'U'),
    onOxygen: fc.boolean(),
    weightKg: fc.integer({ min: 800, max: 840 }).map((tenths) => tenths / 10),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Vitals>;

/** Streams with steps of seconds, pauses of hours, samples that come out of order, and some that people made. */
const stream: fc.Arbitrary<Sample[]> = fc
  .array(
    fc.record({
      vitals,
      stepS: fc.oneof(
        { weight: 8, arbitrary: fc.integer({ min: 0, max: 15 }) },
        fc.constantFrom(600, 7_200, -30),
      ),
      source: fc.oneof({ weight: 9, arbitrary: fc.constant('device') }, fc.constant('manual')),
    }),
    { maxLength: 120 },
  )
  .map((steps) => {
    let atS = 0;
    return steps.map(({ vitals: measured, stepS, source }) => {
      atS = Math.max(0, atS + stepS);
      return sampleOf(atS, measured, { source: source as Sample['source'] });
    });
  });

describe('judging', () => {
  test('the same again comes to the same, wherever it was put away and taken up in between', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat(), { maxLength: 5 }), (samples, cuts) => {
        const whole = run(samples);
        const findings: Finding[] = [];
        let state = NOTHING_KNOWN;
        const ends = [...cuts.map((cut) => cut % (samples.length + 1)), samples.length].sort((a, b) => a - b);
        let from = 0;
        for (const end of ends) {
          const part = run(samples.slice(from, end), JSON.parse(JSON.stringify(state)));
          findings.push(...part.findings);
          state = part.state;
          from = end;
        }
        expect(findings).toEqual(whole.findings);
        expect(state).toEqual(whole.state);
      }),
    );
  });

  test('the newest sample once more changes nothing', () => {
    fc.assert(
      fc.property(stream, (samples) => {
        const last = samples.at(-1);
        if (!last) return;
        const { state } = run(samples);
        expect(run([last], state)).toEqual({ state, findings: [] });
      }),
    );
  });

  test('each condition begins before it ends, and ends once', () => {
    fc.assert(
      fc.property(stream, (samples) => {
        const { findings, state } = run(samples);
        const holding = new Set<string>();
        for (const finding of findings) {
          if (finding.state === 'holds') holding.add(finding.condition);
          else expect(holding.delete(finding.condition)).toBe(true);
        }
        expect([...holding].sort()).toEqual(Object.keys(state.told).sort());
      }),
    );
  });

  test('a value that stays within the margin ends nothing, however it goes up and down', () => {
    // Limit 131, margin 5: below 126 is clear.
    const around = fc.array(fc.integer({ min: 126, max: 149 }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(around, (values) => {
        const begun = Array.from({ length: 30 }, (_, i) => sampleOf(i, { heartRateBpm: 135 }));
        const rest = values.map((heartRateBpm, i) => sampleOf(30 + i, { heartRateBpm }));
        const { findings } = run([...begun, ...rest]);
        expect(findings.map(({ state, condition }) => `${condition} ${state}`)).toEqual([
          'heart_rate_high holds',
        ]);
      }),
    );
  });

  test('from the last minutes alone the conditions that begin in them are found the same', () => {
    const quiet = Array.from({ length: 100 }, (_, i) => sampleOf(i, { heartRateBpm: 80, spo2Pct: 98 }));
    const readings = fc.array(
      fc.record({
        heartRateBpm: fc.integer({ min: 120, max: 160 }),
        spo2Pct: fc.integer({ min: 85, max: 98 }),
      }),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(readings, fc.nat({ max: 60 }), fc.nat({ max: 200 }), (after, skipped, cut) => {
        const samples = [...quiet, ...after.map((measured, i) => sampleOf(100 + i, measured))];
        const at = Math.min(100 + cut, samples.length);
        const { state } = run(samples.slice(skipped, at));
        const { findings } = run(samples.slice(at), state);
        const before = run(samples.slice(0, at)).findings.length;
        expect(findings).toEqual(run(samples).findings.slice(before));
      }),
    );
  });
});
