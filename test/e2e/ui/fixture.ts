// What each spec begins with: folders, hosts and sandboxes that are gone when it ends, and a page whose errors fail it.
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base, type ConsoleMessage, type WebError } from '@playwright/test';
import type { SandboxOptions } from '../../../main/sandbox/options.ts';
import { openBoxcar } from '../../support/ui-page.ts';
import { startUiBox, type UiBox } from '../../support/ui-box.ts';
import { startUi, type UiProcess, type UiProcessOptions } from '../../support/ui-process.ts';

interface Fixtures {
  /** A folder of this test alone. */
  folder: string;
  startHost: (options?: Partial<UiProcessOptions>) => Promise<UiProcess>;
  startBox: (options?: Partial<SandboxOptions>) => Promise<UiBox>;
  /** A host that is signed in to a sandbox of the test, and its page. */
  opened: { host: UiProcess; box: UiBox };
  /** Errors of pages that a test brings about by what it does. */
  expectErrors: (pattern: RegExp) => void;
  watched: undefined;
}

export const test = base.extend<Fixtures>({
  // eslint-disable-next-line no-empty-pattern
  folder: async ({}, use) => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'boxcar-ui-')));
    await use(folder);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  },
  startBox: async ({ folder }, use) => {
    const boxes: UiBox[] = [];
    await use(async (options) => {
      const root = join(folder, `box-${boxes.length}`);
      mkdirSync(root);
      const box = await startUiBox(root, options);
      boxes.push(box);
      return box;
    });
    for (const box of boxes) await box.close();
  },
  startHost: async ({ folder, context, startBox: _before }, use) => {
    const hosts: UiProcess[] = [];
    await use(async (options = {}) => {
      const host = await startUi({ home: join(folder, 'home'), ...options });
      hosts.push(host);
      return host;
    });
    // A page without its host would say errors.
    for (const page of context.pages()) await page.close();
    for (const host of hosts) await host.stop();
  },
  opened: async ({ startBox, startHost, page }, use) => {
    const box = await startBox();
    const host = await startHost({ box: box.ready });
    await openBoxcar(page, host.url);
    await use({ host, box });
  },
  // eslint-disable-next-line no-empty-pattern
  expectErrors: async ({}, use) => {
    const patterns: RegExp[] = [];
    await use(Object.assign((pattern: RegExp) => void patterns.push(pattern), { patterns }));
  },
  watched: [
    async ({ context, expectErrors }, use) => {
      const errors = new Set<string>();
      const { patterns } = expectErrors as Fixtures['expectErrors'] & { patterns: RegExp[] };
      context.on('console', (message: ConsoleMessage) => {
        // A breach of the content policy is said here too.
        if (message.type() === 'error') errors.add(`${message.text()} (${message.location().url})`);
      });
      context.on('weberror', (error: WebError) => errors.add(String(error.error().stack)));
      await use(undefined);
      const unexpected = [...errors].filter((error) => !patterns.some((pattern) => pattern.test(error)));
      if (unexpected.length > 0) throw new Error(`The page has said errors:\n${unexpected.slice(0, 5).join('\n')}`);
    },
    { auto: true },
  ],
});

export { expect } from '@playwright/test';
