import { expect } from 'vitest';
import type { AppMessages } from '../../telemetry/apps/app-message.ts';
import { readFix } from '../../telemetry/positions/fix.ts';

/** Whatever was made of what a stranger sent: nothing that is no number, and no fix that the pipeline can't read. */
export function seemsSane({ messages, problem }: AppMessages): void {
  expect(messages === null).toBe(problem !== null);
  for (const message of messages ?? []) {
    const { fix, without, type } = message;
    expect(fix === null).toBe(without !== null);
    expect(type.length).toBeLessThan(20);
    for (const value of [...Object.values(message), ...Object.values(fix ?? {})]) {
      if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
    }
    if (fix === null) continue;
    const { atMs, lat, lng, accuracyM, speedMps, headingDeg, altitudeM, batteryPct } = fix;
    const row = [atMs, lat, lng, accuracyM, speedMps, headingDeg, altitudeM, batteryPct];
    expect(readFix(row, { sentAtMs: atMs, receivedAtMs: 1_750_000_000_000 })).not.toBeNull();
    expect(accuracyM).not.toBe(0);
  }
}
