import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SEVERITIES, type Severity } from '../vitals/finding.ts';
import { type Alert, dueAtMs, isClosed, rankOf } from './alert.ts';
import {
  acknowledge,
  assign,
  type Change,
  cancelSos,
  found,
  noPosition,
  resolve,
  sosOpened,
  tick,
} from './machine.ts';
import { ALERT_DEFAULTS as settings } from './settings.ts';
import { type Step, withStep } from './step.ts';

type Act =
  | { readonly do: 'holds'; readonly severity: Severity }
  | {
      readonly do:
        | 'over'
        | 'acknowledge'
        | 'false'
        | 'assign'
        | 'resolve'
        | 'cancel'
        | 'tick'
        | 'open'
        | 'nowhere';
    }
  | { readonly do: 'wait'; readonly ms: number };

const act = fc.oneof(
  fc.record({ do: fc.constant('holds' as const), severity: fc.constantFrom(...SEVERITIES) }),
  fc.record({
    do: fc.constantFrom(
      'over',
      'acknowledge',
      'false',
      'assign',
      'resolve',
      'cancel',
      'tick',
      'open',
      'nowhere',
    ),
  }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.nat(120_000) }),
) as fc.Arbitrary<Act>;

const step = (state: Step['state'], severity: Severity, atMs = 0): Step => ({
  state,
  type: 'news2',
  condition: 'news2_high',
  severity,
  count: 1,
  firstAtMs: atMs,
  lastAtMs: atMs,
  detail: { score: rankOf(severity) },
  point: null,
});

let ids = 0;

function changeOf(alert: Alert | null, one: Act, nowMs: number): Change | null {
  const around = { nowMs, settings, opensSos: true };
  const identity = { newId: () => `a${ids++}`, personId: 'p' };
  if (one.do === 'holds') return found(alert, step('holds', one.severity, nowMs), identity, around);
  if (!alert) return null;
  const decision = () => {
    switch (one.do) {
      case 'acknowledge':
      case 'false':
        return acknowledge(alert, 'n', { isFalseAlarm: one.do === 'false' }, nowMs);
      case 'assign':
        return assign(alert, 'n', 'm', nowMs);
      case 'resolve':
        return resolve(alert, 'n', null, nowMs);
      case 'cancel':
        return cancelSos(alert, 'n', nowMs);
      default:
        return null;
    }
  };
  if (one.do === 'over') return found(alert, step('over', 'LOW'), identity, around);
  if (one.do === 'tick') return tick(alert, around);
  if (one.do === 'open') return sosOpened(alert, { sosId: 's', isAttached: false }, nowMs);
  if (one.do === 'nowhere') return noPosition(alert, nowMs);
  const decided = decision();
  return decided?.ok ? decided.value : null;
}

test('whatever is done in whatever order, an alert keeps its promises', () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      let nowMs = 1_000;
      let alert: Alert | null = null;
      const sosOf = new Map<string, string[]>();
      for (const one of acts) {
        if (one.do === 'wait') {
          nowMs += one.ms;
          continue;
        }
        const open: Alert | null =
          one.do === 'holds' || one.do === 'over' ? (alert && isClosed(alert) ? null : alert) : alert;
        const change = changeOf(open, one, nowMs);
        if (!change) continue;
        const { before, events, alert: after } = change;
        // Numbers have no gaps, and each event shows the alert as it was then.
        for (const [i, event] of events.entries()) expect(event.alert.seq).toBe((before?.seq ?? 0) + i + 1);
        expect(after.seq).toBe((before?.seq ?? 0) + events.length);
        if (before) {
          expect(rankOf(after.severity)).toBeGreaterThanOrEqual(rankOf(before.severity));
          expect(after.count).toBeGreaterThanOrEqual(before.count);
          // What is over stays over; only the SOS that was under way is still told.
          if (isClosed(before))
            expect({ ...after, sos: 0, seq: 0, toldAtMs: 0, escalationLevel: 0 }).toEqual({
              ...before,
              sos: 0,
              seq: 0,
              toldAtMs: 0,
              escalationLevel: 0,
            });
          if (rankOf(after.severity) > rankOf(before.severity)) expect(after.state).toBe('open');
        }
        const said = sosOf.get(after.alertId) ?? [];
        said.push(...events.map(({ type }) => type).filter((type) => type.startsWith('alert.sos_')));
        sosOf.set(after.alertId, said);
        // Nothing waits without a time, nothing has a time that nobody waits for.
        expect(after.sos.dueAtMs !== null).toBe(
          after.sos.state === 'pending' || after.sos.state === 'opening',
        );
        if (isClosed(after) && after.sos.state !== 'opening') expect(dueAtMs(after)).toBeNull();
        if (after.state === 'open' && after.escalationLevel === 0 && after.severity !== 'LOW')
          expect(after.escalateAtMs).not.toBeNull();
        if (after.state !== 'open') expect(after.escalateAtMs).toBeNull();
        alert = after;
      }
      for (const said of sosOf.values()) {
        expect(['', 'pending', 'pending cancelled', 'pending opening', 'pending opening opened']).toContain(
          said.map((type) => type.slice('alert.sos_'.length)).join(' '),
        );
      }
    }),
    { numRuns: 500 },
  );
});

test('findings that wait become at most three steps, which keep the newest state, the worst and the number', () => {
  const one = fc.record({ holds: fc.boolean(), severity: fc.constantFrom(...SEVERITIES) });
  fc.assert(
    fc.property(fc.array(one, { minLength: 1, maxLength: 50 }), (findings) => {
      const steps = findings.map(({ holds, severity }, i) => step(holds ? 'holds' : 'over', severity, i));
      const waiting = steps.reduce<readonly Step[]>((all, each) => withStep(all, each), []);
      expect(waiting.length).toBeLessThanOrEqual(3);
      for (const [i, { state }] of waiting.entries()) expect(state).not.toBe(waiting[i + 1]?.state);
      expect(waiting.at(-1)?.state).toBe(steps.at(-1)?.state);
      expect(waiting.at(-1)?.lastAtMs).toBe(steps.length - 1);
      const held = (all: readonly Step[]) => all.filter(({ state }) => state === 'holds');
      const worst = (all: readonly Step[]) =>
        Math.max(-1, ...held(all).map(({ severity }) => rankOf(severity)));
      expect(worst(waiting)).toBe(worst(steps));
      const count = (all: readonly Step[]) => held(all).reduce((sum, each) => sum + each.count, 0);
      expect(count(waiting)).toBe(held(steps).length);
    }),
  );
});
