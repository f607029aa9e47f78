import { defineConfig } from 'vitest/config';
import { WholeFirst } from './src/testing/whole-first.ts';

const timed = ['{src,bench}/**/*.timed.*test.ts'];
const house = ['src/testing/house.test.ts', 'src/testing/house/**/*.test.ts'];
const stores = ['{src,bench}/**/*.pg.test.ts'];
/** They kill databases, or are about how one is opened. */
const ofDatabases = ['src/testing/*.pg.test.ts', 'src/store/embedded/*.pg.test.ts'];
const engines = ['{src,bench}/**/*.e2e.test.ts'];
const apart = ['{src,bench}/**/*.redis.test.ts', ...ofDatabases];

export default defineConfig({
  test: {
    // Much of a run is waiting for processes and pages: two more than two cores keep them busy.
    maxWorkers: 4,
    // Four collectors of garbage with threads of their own for two cores wait for each other; with more room each has less to do.
    execArgv: ['--single-threaded-gc', '--max-semi-space-size=64'],
    sequence: { sequencer: WholeFirst },
    testTimeout: 60_000,
    // Nodes of tests share two cores with everything else; what overload does is tested by itself.
    env: { MUSTER_OVERLOAD_FROM_MS: '60000' },
    // An engine that does not get ready says after two minutes what it is waiting for.
    hookTimeout: 180_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'engines',
          include: engines,
          exclude: timed,
          globalSetup: ['src/testing/global-setup.ts'],
          // What they test runs in processes of its own; what they test it with is loaded, and a browser started, only once.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'apart',
          include: apart,
          exclude: timed,
          globalSetup: ['src/testing/global-setup.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'stores',
          include: stores,
          exclude: [...timed, ...ofDatabases],
          globalSetup: ['src/testing/global-setup.ts'],
          // An embedded database is compiled once in a process, and so are the modules.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{src,bench}/**/*.test.ts'],
          exclude: [...house, ...timed, ...engines, ...apart, ...stores],
          globalSetup: ['src/testing/global-setup.ts'],
          // Three hundred files need the same modules: a process for each would load them three hundred times.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'timed',
          include: timed,
          globalSetup: ['src/testing/global-setup.ts'],
          // What promises how long something takes is measured when nothing else runs.
          sequence: { groupOrder: 1 },
          maxWorkers: 1,
        },
      },
      { extends: true, test: { name: 'house', include: house, isolate: false } },
    ],
  },
});
