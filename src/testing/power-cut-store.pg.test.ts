import { expect, test } from 'vitest';
import { lossyMountImpossible } from './lossy-mount.ts';
import { cutPower, isUnharmed } from './power-cut-store.ts';

const impossible = await lossyMountImpossible();
const name = 'the embedded database opens by itself after a power cut and holds all it acknowledged';

test.skipIf(impossible !== undefined)(impossible ? `${name} (skipped: ${impossible})` : name, async () => {
  const [round] = await cutPower(1, 20_261_121, () => {});
  expect(round).toMatchObject({ damage: { missingNumbers: [], missingBatches: [], partialBatches: [] } });
  expect(round && isUnharmed(round)).toBe(true);
  expect(round?.cut.lostSectors).toBeGreaterThan(0);
});
