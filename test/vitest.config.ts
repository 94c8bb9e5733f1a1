import { defineConfig } from 'vitest/config';

// One worker a core: several of these tests start real servers and engines, and the machines of CI have two cores.
export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    environment: 'node',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // Real processes on a shared machine: where a landing hangs on it, a test that failed once is asked again, and named.
    retry: process.env['CI'] ? 1 : 0,
    reporters: ['default', new URL('./plain-summary.ts', import.meta.url).pathname],
  },
});
