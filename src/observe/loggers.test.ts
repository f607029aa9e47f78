import { describe, expect, test } from 'vitest';
import { ManualClock } from '../lib/clock.ts';
import { noMetrics } from '../lib/metric.ts';
import { type LogLevel, openLogger } from './loggers.ts';

function open(level: LogLevel = 'info') {
  const lines: string[] = [];
  const clock = new ManualClock(Date.UTC(2026, 10, 21, 3, 4, 5, 678));
  const to = { write: (line: string) => lines.push(line) };
  return { lines, log: openLogger({ level, clock, metrics: noMetrics, to }) };
}

describe('a log line', () => {
  test('is JSON with level, time, room, fields and sentence', () => {
    const { lines, log } = open();
    log.named('store').warn({ pool: 'sos', waiting: 3 }, 'the pool is full');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      level: 'warn',
      time: '2026-11-21T03:04:05.678Z',
      room: 'store',
      pool: 'sos',
      waiting: 3,
      msg: 'the pool is full',
    });
  });

  test('names one room, that of who wrote it', () => {
    const { lines, log } = open();
    log.info({}, 'up');
    log.named('store').named('embedded').info({}, 'up');
    expect(lines.map((line) => JSON.parse(line).room)).toEqual(['node', 'embedded']);
    expect(lines[1]?.match(/"room"/g)).toHaveLength(1);
  });

  test('stays one line, whatever is in it', () => {
    const { lines, log } = open();
    log.error({ code: 'a"\n{"level":"info"}\u2028' }, 'broken\nin two');
    expect(lines).toHaveLength(1);
    expect(lines[0]?.trimEnd()).not.toContain('\n');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'error', msg: 'broken\nin two' });
  });

  test.each([
    ['debug', ['debug', 'info', 'warn', 'error']],
    ['info', ['info', 'warn', 'error']],
    ['warn', ['warn', 'error']],
    ['error', ['error']],
    ['silent', []],
  ] as const)('at level %s is written for %j', (level, written) => {
    const { lines, log } = open(level);
    const room = log.named('store');
    room.debug({}, 'x');
    room.info({}, 'x');
    room.warn({}, 'x');
    room.error({}, 'x');
    expect(lines.map((line) => JSON.parse(line).level)).toEqual(written);
  });

  test('holds no secret and nothing of a person, even when somebody forgot the rule', () => {
    const { lines, log } = open();
    const canary = 'canary-7d1f';
    const forgotten = ['password', 'accessToken', 'setupToken', 'email', 'phone', 'name', 'detail', 'text'];
    log
      .named('accounts')
      .info({ userId: 'u1', ...Object.fromEntries(forgotten.map((key) => [key, canary])) }, 'signed in');
    expect(lines.join('')).not.toContain(canary);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ userId: 'u1', password: '[redacted]' });
  });
});
