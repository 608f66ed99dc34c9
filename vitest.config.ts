import { defineConfig } from 'vitest/config';

const common = {
  testTimeout: 60_000,
  hookTimeout: 120_000,
  // Runs on the real clock share the machine with others in CI; a stall of the machine is no fault of the product.
  retry: process.env.CI ? 1 : 0,
  pool: 'forks',
} as const;

export default defineConfig({
  test: {
    maxWorkers: 3,
    projects: [
      // Pure code: files of one process share what they load, which halves the time.
      { test: { ...common, name: 'src', include: ['src/**/*.test.ts'], isolate: false } },
      { test: { ...common, name: 'test', include: ['test/**/*.test.ts'] } },
    ],
  },
});
