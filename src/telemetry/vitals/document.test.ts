import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { packageRoot } from '../../lib/package-root.ts';
import { DEFAULT_LIMITS, LIMITED_VITALS, type VitalDefaults } from './default-limits.ts';

const page = readFileSync(new URL('docs/vitals.md', packageRoot), 'utf8');

test('docs/vitals.md has the limits that count', () => {
  for (const vital of LIMITED_VITALS) {
    const limits: VitalDefaults = DEFAULT_LIMITS[vital];
    const { lowCritical, lowWarning, highWarning, highCritical, margin, durationMs } = limits;
    const cells = [lowCritical, lowWarning, highWarning, highCritical, margin].map((value) => value ?? '–');
    expect(page).toContain(`| \`${vital}\` | ${cells.join(' | ')} | ${durationMs / 1_000} s |`);
  }
});
