import { fileURLToPath } from 'node:url';
import { defineConfig } from '@playwright/test';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface DesktopOptions {
  runtime: 'stand-in' | 'electron';
}

// The same specs twice: on the stand-in (`npm test`), and where it is present on Electron itself (`npm run test:desktop`).
export default defineConfig<object, DesktopOptions>({
  testDir: `${root}test/desktop`,
  outputDir: `${root}out/desktop`,
  // Generous: a loaded machine is slow, and nothing waits for these where all is well.
  timeout: 120_000,
  expect: { timeout: 20_000 },
  workers: 2,
  fullyParallel: true,
  retries: process.env['CI'] ? 1 : 0,
  reporter: [['list'], [`${root}test/run/playwright-summary.ts`]],
  projects: [
    { name: 'stand-in', use: { runtime: 'stand-in' } },
    { name: 'electron', use: { runtime: 'electron' } },
  ],
});
