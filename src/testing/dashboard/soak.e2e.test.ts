import { expect, test } from 'vitest';
import { isFlat, soakDashboard } from './dashboard-soak.ts';

// Half an hour of it is `npm run verify -- dashboard-soak`.
test('a page in front of a city at work holds no more and more memory', async () => {
  const lines: string[] = [];
  const result = await soakDashboard({
    minutes: 0.2,
    responders: 60,
    callEveryMs: 1_000,
    sampleEveryMs: 1_000,
    tell: (line) => lines.push(line),
  });
  expect(result.calls).toBeGreaterThan(5);
  expect(isFlat(result), lines.join('\n')).toBe(true);
}, 240_000);
