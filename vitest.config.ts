import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    maxWorkers: 2,
    globalSetup: ['src/testing/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    projects: [
      { extends: true, test: { name: 'unit', include: ['{src,bench}/**/*.test.ts'], exclude: ['src/testing/house.test.ts'] } },
      { extends: true, test: { name: 'house', include: ['src/testing/house.test.ts'] } },
    ],
  },
});
