import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { chromiumOptions } from './support/chromium.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
// Real processes on a shared machine: where a landing hangs on it, a test that failed once is asked again, and named.
const retry = process.env['CI'] ? 1 : 0;
/** What is polled for is waited for as long as the test lasts, nearly: a second is not much while others use the processor. */
const expectations = { poll: { timeout: 20_000 } };

export default defineConfig({
  test: {
    root,
    reporters: ['default', fileURLToPath(new URL('./run/vitest-summary.ts', import.meta.url))],
    // For the two cores of CI: several of these tests start real servers and engines, and many wait for a file to be quiet.
    maxWorkers: 3,
    projects: [
      {
        test: {
          name: 'node',
          root,
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.browser.test.ts', 'test/e2e/ui/**'],
          environment: 'node',
          testTimeout: 60_000,
          hookTimeout: 60_000,
          retry,
          expect: expectations,
        },
      },
      {
        plugins: [svelte({ configFile: false })],
        // What the tests import is found before they run, so that the page isn't loaded again in the middle.
        optimizeDeps: {
          include: ['bits-ui', 'zod', 'birpc', 'vitest-browser-svelte'],
          // Hundreds of small components, each found only when a test first meets it.
          exclude: ['@lucide/svelte'],
        },
        test: {
          name: 'browser',
          root,
          include: ['test/renderer/**/*.browser.test.ts'],
          testTimeout: 30_000,
          retry,
          expect: expectations,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: chromiumOptions(existsSync) }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
});
