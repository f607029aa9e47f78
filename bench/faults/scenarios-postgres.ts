import { must } from '../../src/lib/assert.ts';
import type { NodesScenario } from './on-nodes.ts';

const AWAY_MS = 12_000;
const POWER_BACK_AFTER_MS = 1_000;
const BETWEEN_CUTS_MS = 5_000;

export const killedPostgres: NodesScenario = {
  name: 'postgres-kill',
  about: 'SIGKILL of all of PostgreSQL; it is started again after 12 s',
  async inject({ stage: { postgres }, fault, over, pause }) {
    fault('PostgreSQL killed');
    await postgres.kill();
    await pause(AWAY_MS);
    await postgres.start();
    over('PostgreSQL killed');
  },
};

export const frozenPostgres: NodesScenario = {
  name: 'postgres-freeze',
  about: 'SIGSTOP of all of PostgreSQL for 12 s: connections stay open and nothing is answered',
  async inject({ stage: { postgres }, fault, over, pause, atEnd }) {
    atEnd(() => postgres.thaw());
    fault('PostgreSQL frozen');
    postgres.freeze();
    await pause(AWAY_MS);
    postgres.thaw();
    over('PostgreSQL frozen');
  },
};

export const cutFromPostgres: NodesScenario = {
  name: 'postgres-cut',
  about: 'one of three nodes reaches PostgreSQL no more for 12 s',
  async inject({ stage, fault, over, pause }) {
    const { toPostgres } = must(stage.nodes[0], 'a node');
    fault('node 0 cut from PostgreSQL');
    toPostgres.cut();
    await pause(AWAY_MS);
    toPostgres.heal();
    over('node 0 cut from PostgreSQL');
  },
};

export const darkToPostgres: NodesScenario = {
  name: 'postgres-dark',
  about: 'what one of three nodes and PostgreSQL say to each other is swallowed for 12 s',
  async inject({ stage, fault, over, pause }) {
    const { toPostgres } = must(stage.nodes[0], 'a node');
    fault('node 0 and PostgreSQL do not hear each other');
    toPostgres.goDark();
    await pause(AWAY_MS);
    toPostgres.heal();
    over('node 0 and PostgreSQL do not hear each other');
  },
};

export const powerCut: NodesScenario = {
  name: 'power-cut',
  about:
    'the power of PostgreSQL is cut again and again: whatever was not synced is gone, every second time in part',
  stage: { disk: 'lossy' },
  async inject({ stage: { postgres, disk }, fault, over, pause, cuts }) {
    for (let cut = 1; cut <= cuts; cut++) {
      fault(`power cut ${cut}`);
      await disk.cut();
      await postgres.kill();
      await pause(POWER_BACK_AFTER_MS);
      await disk.mountAgain();
      await postgres.start();
      over(`power cut ${cut}`);
      if (cut < cuts) await pause(BETWEEN_CUTS_MS);
    }
  },
};

export const fullDisk: NodesScenario = {
  name: 'disk-full',
  about: 'the disk of PostgreSQL is full for 12 s; if it has ended it is started again',
  stage: { disk: 'small' },
  async inject({ stage: { postgres, disk }, fault, over, pause }) {
    fault('disk full');
    await disk.fill();
    await pause(AWAY_MS);
    disk.empty();
    if (!postgres.isRunning) await postgres.start();
    over('disk full');
  },
};
