import { expect, test } from 'vitest';
import { lossyMountImpossible } from './lossy-mount.ts';
import { copyDatabase } from './node-database.ts';
import { cutPower } from './power-cut.ts';

const impossible = await lossyMountImpossible();
const name = 'an embedded engine starts by itself after a power cut and holds all it acknowledged';

test.skipIf(impossible !== undefined)(
  impossible ? `${name} (skipped: ${impossible})` : name,
  async () => {
    const [round] = await cutPower(1, 20_261_121, () => {}, copyDatabase);
    expect(round).toMatchObject({ faults: [] });
    expect(round).not.toHaveProperty('failure');
    expect(round?.acknowledged.commands).toBeGreaterThan(0);
    expect(round?.acknowledged.fixes).toBeGreaterThan(0);
    expect(round?.cut.lostSectors).toBeGreaterThan(0);
  },
  300_000,
);
