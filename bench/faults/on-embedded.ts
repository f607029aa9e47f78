import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { MusterHttp } from '../../src/client/node.ts';
import { destination } from '../../src/geo/lat-lng.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/log.ts';
import { firstAdministrator } from '../../src/sim/administrator.ts';
import { OwnEngine } from '../../src/sim/own-engine.ts';
import { People } from '../../src/sim/people.ts';
import { startEmbedded } from '../../src/store/embedded/embedded.ts';
import { embeddedDirectory } from '../../src/store/open-store.ts';
import { SQUARE } from '../../src/testing/city.ts';
import { type LossyMount, mountLossy } from '../../src/testing/lossy-mount.ts';
import { readStored } from '../../src/testing/power-cut/stored.ts';
import { POLICY, WITHIN_M } from './people.ts';
import { hasAll, type Scenario, type Someone, type Tools } from './scenario.ts';

const VOLUNTEERS = 8;
const CALLERS = 3;
const BETWEEN_CUTS_MS = 5_000;

/** One engine with its own database, as `npm start` on a laptop or a box at the site runs it. */
export const embeddedPowerCut: Scenario = {
  name: 'power-cut-embedded',
  about:
    'the power of an engine with an embedded database is cut again and again: whatever was not synced is gone, every second time in part',
  needsLossyDisk: true,
  async set({ folder, random, cleanup }) {
    const [backing, directory] = [join(folder, 'disk'), join(folder, 'mount')];
    mkdirSync(backing, { recursive: true });
    // On the real disk: making one through FUSE takes long and proves nothing more.
    const made = await startEmbedded({ dataDir: embeddedDirectory(backing), log: silentLogger });
    await made.stop();
    let mount: LossyMount | null = await mountLossy(backing, directory, { torn: 0, seed: 1 });
    cleanup.add(() => mount?.unmount());
    let isCut = false;
    const deaths: string[] = [];
    const engine = await OwnEngine.start({
      databaseUrl: null,
      dataDir: directory,
      env: {
        ...process.env,
        MUSTER_TRUSTED_PROXIES: '127.0.0.1',
        MUSTER_REQUIRE_SECOND_FACTOR: 'false',
        TMPDIR: folder,
      },
      onDeath: (sentence) => !isCut && deaths.push(sentence),
    });
    cleanup.add(async () => {
      await engine.powerOff();
      await engine.remove();
    });
    const people = await registered(engine, random);
    return {
      ...people,
      nodes: 1,
      urlOf: () => engine.url,
      deaths,
      async inject({ fault, over, pause, cuts }) {
        for (let cut = 1; cut <= cuts; cut++) {
          fault(`power cut ${cut}`, 0);
          isCut = true;
          await mount?.cut();
          await engine.powerOff();
          await mount?.unmount();
          mount = await mountLossy(backing, directory, { torn: cut % 2 === 1 ? 0.5 : 0, seed: cut });
          isCut = false;
          await engine.restart();
          over(`power cut ${cut}`);
          if (cut < cuts) await pause(BETWEEN_CUTS_MS);
        }
      },
      isWhole: () => hasAll(engine.url),
      async read() {
        await engine.stop();
        await mount?.unmount();
        mount = null;
        const embedded = await startEmbedded({ dataDir: embeddedDirectory(backing), log: silentLogger });
        try {
          return await readStored(embedded.connection);
        } finally {
          await embedded.stop();
        }
      },
    };
  },
};

async function registered({ url, setupToken }: OwnEngine, random: Tools['random']) {
  const http = new MusterHttp(url);
  const admin = await firstAdministrator(http, setupToken ?? '');
  await http.setPolicy(await admin.token(), POLICY);
  const people = new People({ http, run: 'chaos', clock: systemClock, random });
  const volunteers: Someone[] = [];
  const callers: Someone[] = [];
  const somewhere = () => destination(SQUARE, random() * 360, random() * WITHIN_M);
  while (volunteers.length < VOLUNTEERS)
    volunteers.push({ ...(await people.volunteer(['CPR'], admin)), at: somewhere() });
  while (callers.length < CALLERS) callers.push({ ...(await people.patient()), at: SQUARE });
  return { volunteers, callers };
}
