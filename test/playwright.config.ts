import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from '@playwright/test';
import { chromiumOptions } from './support/chromium.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

// Built renderer, real host, real engine, real sandbox, real files: each test starts its own and ends it.
export default defineConfig({
  testDir: `${root}test/e2e/ui`,
  outputDir: `${root}out/playwright`,
  timeout: 90_000,
  workers: 2,
  fullyParallel: true,
  expect: { timeout: 15_000 },
  retries: process.env['CI'] ? 1 : 0,
  reporter: [['list'], [fileURLToPath(new URL('run/playwright-summary.ts', import.meta.url))]],
  use: {
    browserName: 'chromium',
    actionTimeout: 15_000,
    viewport: { width: 1280, height: 800 },
    launchOptions: chromiumOptions(existsSync),
    trace: 'retain-on-failure',
    locale: 'en-GB',
  },
});
