import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { arrivalOf } from '../dispatch/arrival.ts';
import { DEFAULT_POLICY, type PolicyBody, policySchema, ruleFor } from '../dispatch/policy.ts';
import type { CommandIo } from './command-io.ts';
import { choosePolicy } from './policies.ts';
import { replayCommand } from './replay.ts';
import { scaledPolicy } from './scaled-policy.ts';
import { simulateCommand } from './simulate.ts';

const folder = mkdtempSync(join(tmpdir(), 'muster-commands-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const calls = file(
  'calls.csv',
  'Call Number,Unit ID,Received DtTm,Call Type,Final Priority,Location\n1,E1,05/01/2024 01:00:00 AM,Alarms,3,"(1, 2)"\n',
);
const tracks = file('tracks.csv', 'unix_s,cab,lat,lon\n1714550400,a,1,2\n');

async function run(
  command: (argv: readonly string[], io: CommandIo) => Promise<number>,
  argv: string[],
  env: Record<string, string> = {},
) {
  const [out, err]: [string[], string[]] = [[], []];
  const io: CommandIo = {
    out: (line) => out.push(line),
    err: (text) => err.push(text),
    isTerminal: false,
    env,
    onInterrupt: () => () => {},
  };
  return { code: await command(argv, io), out: out.join('\n'), err: err.join('') };
}

describe('flags and files that can not be used end with 2 and one sentence', () => {
  test.each([
    [['--tracks', tracks], '--calls is needed; --help shows all flags.\n'],
    [['--calls', calls], '--tracks is needed; --help shows all flags.\n'],
    [
      ['--calls', calls, '--tracks', tracks, '--speed', '0'],
      '--speed is a number from 0.1 to 10000, not "0".\n',
    ],
    [
      ['--calls', calls, '--tracks', tracks, '--minutes', 'x'],
      '--minutes is a number from 1 to 1440, not "x".\n',
    ],
    [['--calls', calls, '--tracks', tracks, '--url', 'here'], /--url is an address such as/],
    [
      ['--calls', calls, '--tracks', tracks, '--database-url', 'mysql://x'],
      /--database-url is an address such as/,
    ],
    [
      ['--calls', calls, '--tracks', tracks, '--database-url', 'env'],
      /needs DATABASE_URL in the environment/,
    ],
    [['--calls', calls, '--tracks', tracks, '--day', 'May 1st'], /--day is a day such as 2024-05-01/],
    [
      ['--calls', calls, '--tracks', tracks, '--day', '2024-06-01'],
      /calls\.csv has no call in the replayed window/,
    ],
    [['--calls', calls, '--tracks', tracks, '--from', '25:00'], /--from is a time of day/],
    [['--calls', tracks, '--tracks', tracks], /tracks\.csv has no column "Call Number" \(for id\)/],
    [['--calls', join(folder, 'none.csv'), '--tracks', tracks], /none\.csv can't be read \(ENOENT\)/],
    [['--calls', folder, '--tracks', tracks], /can't be read \(EISDIR\)/],
    [
      ['--calls', calls, '--tracks', tracks, '--url', 'http://a', '--crash-at', '5'],
      /does not go with --url/,
    ],
    [['--calls', calls, '--tracks', tracks, '--policy', 'fastest'], /--policy is default, nearest-3-500m/],
    [['--no-such-flag'], /Unknown option '--no-such-flag'; --help shows all flags\./],
  ])('replay %j', async (argv, sentence) => {
    const { code, out, err } = await run(replayCommand, argv);
    expect(err).toMatch(sentence);
    expect(err.trim().split('\n')).toHaveLength(1);
    expect({ code, out }).toEqual({ code: 2, out: '' });
  });

  test.each([
    [['--responders', '2.5'], '--responders is a whole number, not "2.5".\n'],
    [['--duration', '10'], '--duration is a duration such as 90s, 10m or 2h, not "10".\n'],
    [['--center', '91,0'], '--center is a place such as 52.52,13.405, not "91,0".\n'],
    [['--crash-at', '11'], '--crash-at is a number from 0 to 10, not "11".\n'],
  ])('simulate %j', async (argv, sentence) => {
    expect(await run(simulateCommand, argv)).toEqual({ code: 2, out: '', err: sentence });
  });
});

test.each([
  ['replay', replayCommand],
  ['simulate', simulateCommand],
])('%s --help tells about every flag', async (name, command) => {
  const { code, out } = await run(command, ['--help']);
  expect(code).toBe(0);
  expect(out).toContain(`muster ${name}`);
  for (const flag of [
    '--speed',
    '--seed',
    '--url',
    '--database-url',
    '--crash-at',
    '--policy',
    '--drain',
    '--json',
  ]) {
    expect(out).toContain(flag);
  }
});

describe('the policies to choose from', () => {
  test('default is the one in force', () => {
    expect(choosePolicy('default')(DEFAULT_POLICY)).toBe(DEFAULT_POLICY);
  });

  test.each([
    ['nearest-3-500m', 3, 500],
    ['nearest-30-1300m', 30, 1_300],
  ])('%s asks so many in one wave, by distance alone, and nobody else', (name, count, radiusM) => {
    const body = choosePolicy(name)(DEFAULT_POLICY) as PolicyBody;
    expect(policySchema.safeParse(scaledPolicy(body, 600)).error).toBeUndefined();
    for (const priority of ['CRITICAL', 'LOW'] as const) {
      const rule = ruleFor(body, 'MEDICAL', priority);
      expect(rule).toMatchObject({ waveSizeMin: count, waveSizeMax: count, alertsMax: count });
      expect(rule).toMatchObject({ radiusStartM: radiusM, radiusMaxM: radiusM });
      expect(rule.ladder.map(({ step }) => step)).toEqual(['dispatchers', 'hand_off']);
      expect(rule.slots).toEqual(ruleFor(DEFAULT_POLICY, 'MEDICAL', priority).slots);
    }
    const scores = [400, 300, 350].map((distanceM, i) => {
      const history = { asked: i * 5, accepted: i, alerts7: i, alerts30: i, observedMps: i * 5 };
      return arrivalOf({ distanceM, ...history }, { around: 9, isNight: false }, body.base).scoreMs;
    });
    expect([...scores].sort((a, b) => a - b)).toEqual([scores[1], scores[2], scores[0]]);
  });

  test('a file is taken as it is, and one that is none ends with a sentence', () => {
    expect(choosePolicy(file('policy.json', '{"base":{}}'))(DEFAULT_POLICY)).toEqual({ base: {} });
    expect(() => choosePolicy(file('policy.txt', 'fast'))).toThrow(/policy\.txt holds no JSON/);
    expect(() => choosePolicy(join(folder, 'none.json'))).toThrow(/none\.json can't be read \(ENOENT\)/);
  });
});

describe('a policy divided by the speed', () => {
  test('ranks people as at their own speed', () => {
    const scaled = scaledPolicy(DEFAULT_POLICY, 600) as PolicyBody;
    expect(policySchema.safeParse(scaled).error).toBeUndefined();
    const inputs = { distanceM: 700, observedMps: null, asked: 9, accepted: 4, alerts7: 1, alerts30: 3 };
    const scene = { around: 9, isNight: true };
    const { scoreMs, silenceMs, ...arrival } = arrivalOf(inputs, scene, scaled.base);
    const own = arrivalOf(inputs, scene, DEFAULT_POLICY.base);
    expect(own).toMatchObject(arrival);
    // The wave timer is rounded to whole milliseconds.
    expect(Math.abs(silenceMs / own.silenceMs - 1)).toBeLessThan(0.02);
    expect(Math.abs(scoreMs / own.scoreMs - 1)).toBeLessThan(0.01);
  });

  const policy = {
    waveTimerMs: 25_000,
    fixMaxAgeMs: 600_000,
    radiusMaxM: 2_000,
    ladder: [{ step: 'dispatchers', afterMs: 180_000 }],
    perType: { FIRE: { offerTtlMs: 0 } },
  };

  test('divides timers at any depth and leaves the rest', () => {
    expect(scaledPolicy(policy, 60)).toEqual({
      waveTimerMs: 417,
      fixMaxAgeMs: 10_000,
      radiusMaxM: 2_000,
      ladder: [{ step: 'dispatchers', afterMs: 3_000 }],
      perType: { FIRE: { offerTtlMs: 0 } },
    });
  });

  test('keeps fixes usable for longer than a long gap and its delivery take', () => {
    const { fixMaxAgeMs } = scaledPolicy(policy, 600) as { fixMaxAgeMs: number };
    expect(fixMaxAgeMs).toBeGreaterThan(260_000 / 600 + 1_000);
    expect(fixMaxAgeMs).toBeLessThan(2_500);
  });

  test('never makes a time longer, nor zero', () => {
    expect(scaledPolicy({ fixMaxAgeMs: 500, waveTimerMs: 10 }, 10_000)).toEqual({
      fixMaxAgeMs: 500,
      waveTimerMs: 1,
    });
    expect(scaledPolicy(policy, 1)).toEqual(policy);
  });
});
