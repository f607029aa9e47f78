import { beforeEach, expect, test } from 'vitest';
import { openMetrics } from '../observe/metrics.ts';
import { ManualClock } from './clock.ts';
import { EngineHealth } from './engine-health.ts';
import { type LogFields, silentLogger } from './log.ts';

let clock: ManualClock;
let metrics: ReturnType<typeof openMetrics>;
let said: [string, LogFields][];
let health: EngineHealth;
beforeEach(() => {
  clock = new ManualClock(1_000_000);
  metrics = openMetrics();
  said = [];
  const say = (fields: LogFields, sentence: string) => said.push([sentence, fields]);
  health = new EngineHealth({ clock, metrics, log: { ...silentLogger, warn: say, info: say } });
});
const figure = (name: string) =>
  Number(new RegExp(`^muster_${name}\\{engine="store"\\} (\\S+)$`, 'm').exec(metrics.text())?.[1]);

test('a switch is told once each way, with its reason and how long it lasted', () => {
  const report = health.reporter('store');
  const told: string[] = [];
  health.onChange(() => told.push(health.away.map(({ engine }) => engine).join()));
  report(null);
  report('no_answer');
  clock.advance(2_500);
  report('something_else');
  clock.advance(1_500);
  report(null);
  report(null);
  expect(told).toEqual(['store', '']);
  expect(said).toEqual([
    ['an engine does not answer; its stand-in has to do', { engine: 'store', reason: 'no_answer' }],
    ['an engine answers again', { engine: 'store', awayMs: 4_000 }],
  ]);
});

test('an engine is away as long as anybody who uses it says so', () => {
  const [tail, dispatch] = [health.reporter('store'), health.reporter('store')];
  tail('no_answer');
  dispatch('store_unavailable');
  tail(null);
  expect(health.isAway('store')).toBe(true);
  expect(health.away).toEqual([{ engine: 'store', reason: 'no_answer', sinceAtMs: 1_000_000 }]);
  dispatch(null);
  expect(health.isAway('store')).toBe(false);
});

test('several are told in one order, whichever went first', () => {
  health.reporter('mail')('refused');
  health.reporter('redis')('no_answer');
  expect(health.away.map(({ engine }) => engine)).toEqual(['redis', 'mail']);
});

test('how often and how long it was away can be read, also while it is', () => {
  expect(figure('engine_away')).toBe(0);
  const report = health.reporter('store');
  report('no_answer');
  clock.advance(3_000);
  health.countSeconds();
  expect([figure('engine_away'), figure('engine_away_total'), figure('engine_away_seconds_total')]).toEqual([
    1, 1, 3,
  ]);
  clock.advance(2_000);
  report(null);
  clock.advance(60_000);
  health.countSeconds();
  expect([figure('engine_away'), figure('engine_away_total'), figure('engine_away_seconds_total')]).toEqual([
    0, 1, 5,
  ]);
});
