import { expect, test } from 'vitest';
import { soak } from './soak.ts';

test('the last line of a soak says how much was shown, and that each mistake was found', async () => {
  let out = '';
  const code = await soak(['--seeds', '2', '--seed', '4000', '--json'], (text) => {
    out += text;
  });
  const last = JSON.parse(out.trim().split('\n').at(-1) ?? '');
  expect(last).toMatchObject({ seeds: 2, violations: 0 });
  expect(last.steps).toBeGreaterThan(1_000);
  expect(last.faults).toBeGreaterThan(10);
  expect(Object.values(last.planted)).toEqual(Array(5).fill(true));
  expect(code).toBe(0);
}, 300_000);

test('a soak of nothing is refused, and help is given', async () => {
  await expect(soak(['--seeds', '0'], () => {})).rejects.toThrow('--seeds');
  let out = '';
  expect(
    await soak(['--help'], (text) => {
      out += text;
    }),
  ).toBe(0);
  expect(out).toContain('--seeds N');
});
