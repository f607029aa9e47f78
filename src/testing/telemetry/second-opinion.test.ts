import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type KeptSample, ownAlerts, ownScores } from '../../sim/vitals/audit.ts';
import { RISKS } from '../../sim/vitals/own-news2.ts';
import type { MeasuredVitals } from '../../sim/vitals/scenario.ts';
import type { Finding } from '../../telemetry/vitals/finding.ts';
import { SEVERITIES } from '../../telemetry/vitals/finding.ts';
import { judge } from '../../telemetry/vitals/judge.ts';
import { NOTHING_KNOWN } from '../../telemetry/vitals/judge-state.ts';
import { limitsOf } from '../../telemetry/vitals/limits-of.ts';
import { NEWS2_MAX_AGE_MS } from '../../telemetry/vitals/score.ts';

const PERSON = '01990000-0000-7000-8000-000000000001';
const STREAM_MS = 20_000;

/** Around the limits, so that they are crossed, left and nearly left. */
const vitals: fc.Arbitrary<MeasuredVitals> = fc.record(
  {
    heartRateBpm: fc.integer({ min: 25, max: 160 }),
    systolicMmhg: fc.integer({ min: 82, max: 230 }),
    spo2Pct: fc.integer({ min: 80, max: 100 }),
    respirationPerMin: fc.integer({ min: 2, max: 42 }),
    temperatureC: fc.integer({ min: 3_100, max: 4_150 }).map((hundredths) => Math.fround(hundredths / 100)),
    consciousness: fc.constantFrom('A' as const, 'C' as const, 'V' as const, 'P' as const, 'U' as const),
    onOxygen: fc.boolean(),
  },
  { requiredKeys: [] },
);
/** From seconds to hours, and now and then back in time. */
const step = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 500, max: 8_000 }) },
  { weight: 2, arbitrary: fc.integer({ min: 20_000, max: 3_000_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 3_600_000, max: 30_000_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: -30_000, max: 0 }) },
);
const history = fc.array(fc.tuple(step, vitals), { minLength: 1, maxLength: 60 }).map((steps) => {
  let atMs = 1_800_000_000_000;
  return steps.map(([afterMs, measured]): KeptSample => {
    atMs += afterMs;
    return { atMs, vitals: shortened(measured) };
  });
});

/** As the database gives it back. */
const shortened = (measured: MeasuredVitals): MeasuredVitals =>
  measured.temperatureC === undefined
    ? measured
    : { ...measured, temperatureC: Number(measured.temperatureC.toPrecision(4)) };

function judged(samples: readonly KeptSample[]) {
  const limits = limitsOf(null);
  let state = NOTHING_KNOWN;
  const findings: Finding[] = [];
  const scores: string[] = [];
  for (const { atMs, vitals: measured } of samples) {
    const sample = {
      personId: PERSON,
      recordedAtMs: atMs,
      receivedAtMs: atMs,
      source: 'device' as const,
      vitals: measured,
      doubts: {},
      late: false,
    };
    const judgement = judge(state, sample, limits, { dateOfBirth: null });
    state = judgement.state;
    findings.push(...judgement.findings);
    if (judgement.result?.applies) {
      const { score } = judgement.result;
      scores.push(`${score.atMs}: ${score.total ?? `${score.atLeast}+`} ${score.risk}`);
    }
  }
  return { alerts: alertsOf(findings), scores };
}

function alertsOf(findings: readonly Finding[]): string[] {
  const open = new Map<string, { text: string; severity: number }>();
  const alerts: string[] = [];
  const end = (condition: string, how: string) => {
    const alert = open.get(condition);
    if (alert) alerts.push(`${SEVERITIES[alert.severity]} ${alert.text} ${how}`);
    open.delete(condition);
  };
  for (const { condition, state, severity, atMs } of findings) {
    if (state === 'over') end(condition, `until ${atMs}`);
    else {
      const alert = open.get(condition) ?? { text: `${condition} from ${atMs}`, severity: 0 };
      open.set(condition, { ...alert, severity: Math.max(alert.severity, SEVERITIES.indexOf(severity)) });
    }
  }
  for (const condition of [...open.keys()]) end(condition, 'on');
  return alerts.sort();
}

describe('what is judged, computed once more by another hand', () => {
  test('comes to the same alerts and the same scores', () => {
    fc.assert(
      fc.property(history, (samples) => {
        const { alerts, scores } = judged(samples);
        const own = ownAlerts(samples, {
          streamMs: STREAM_MS,
          singleMs: 0,
          maxAgeMs: NEWS2_MAX_AGE_MS,
          isAdult: true,
        });
        expect(
          own
            .map(
              ({ severity, condition, openedAtMs, endedAtMs }) =>
                `${severity} ${condition} from ${openedAtMs} ${endedAtMs === null ? 'on' : `until ${endedAtMs}`}`,
            )
            .sort(),
        ).toEqual(alerts);
        expect(
          ownScores(samples, NEWS2_MAX_AGE_MS).map(
            ({ atMs, isComplete, sum, risk }) => `${atMs}: ${isComplete ? sum : `${sum}+`} ${RISKS[risk]}`,
          ),
        ).toEqual(scores);
      }),
      { numRuns: 300 },
    );
  });
});
