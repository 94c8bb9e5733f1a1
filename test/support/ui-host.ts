// The shell and the browser's host in this process, over a real engine and a real sandbox in processes of their own.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openShell, type ShellOptions } from '../../main/app/shell/open-shell.ts';
import type { Shell } from '../../main/app/shell/shell.ts';
import { startUiServer, type UiServer, type UiServerOptions } from '../../main/headless/ui/server.ts';
import { entryUrl } from '../../main/platform/entry-url.ts';
import { silentLogger } from '../../main/platform/log.ts';
import type { JobSummary } from '../../shared/model.ts';
import { batchSchema } from '../../shared/progress-contract.ts';
import type { ShellState } from '../../shared/shell-model.ts';
import { readLink, signInPage, type PageClient } from './page-client.ts';
import { temporaryFolder } from './temporary-folder.ts';

const nowhere = {
  api: 'http://127.0.0.1:9/2.0',
  upload: 'http://127.0.0.1:9/api/2.0',
  auth: 'http://127.0.0.1:9/oauth2',
  authorize: 'http://127.0.0.1:9/authorize',
};

export interface TestShellOptions {
  home?: string;
  token?: string;
  endpoints?: ShellOptions['opening']['endpoints'];
  /** Options of the sandbox. */
  sandbox?: Record<string, unknown>;
  desktop?: ShellOptions['desktop'];
}

/** A shell of a fresh data folder, closed when the test ends. */
export async function openTestShell(options: TestShellOptions = {}): Promise<Shell> {
  const { token, desktop } = options;
  const shell = await openShell({
    kind: 'browser',
    home: options.home ?? temporaryFolder(),
    opening: {
      endpoints: options.endpoints ?? nowhere,
      env: { ...process.env, BOXCAR_TOKEN: token },
      logLevel: 'silent',
    },
    sandbox: { entry: entryUrl('sandbox'), options: options.sandbox ?? {} },
    logger: silentLogger(),
    ...(desktop ? { desktop } : {}),
  });
  onTestFinished(() => shell.close(500));
  return shell;
}

/** The first state of a shell that fits. */
export async function shellState(shell: Shell, fits: (state: ShellState) => boolean): Promise<ShellState> {
  const found = Promise.withResolvers<ShellState>();
  const look = () => fits(shell.state()) && found.resolve(shell.state());
  const end = shell.onChange(look);
  look();
  return found.promise.finally(end);
}

/** Waits until a job is as wanted. */
export async function jobOf(shell: Shell, jobId: number, fits: (job: JobSummary) => boolean): Promise<JobSummary> {
  const found = Promise.withResolvers<JobSummary>();
  const boxcar = await shell.boxcar();
  const view = await boxcar.subscribe({ kind: 'job', jobId }, (unopened) => {
    const batch = batchSchema.parse(unopened);
    if (batch.kind === 'job' && fits(batch.progress.job)) found.resolve(batch.progress.job);
  });
  return found.promise.finally(() => view.close());
}

/** A folder that stands for the built renderer. */
export function rendererFixture(): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'assets'));
  writeFileSync(
    join(folder, 'index.html'),
    '<!doctype html><title>Boxcar</title><script src="/assets/page.js"></script>',
  );
  writeFileSync(join(folder, 'assets/page.js'), 'document.title += " runs";');
  writeFileSync(join(folder, '.secret'), 'secret');
  return folder;
}

export interface TestHost {
  shell: Shell;
  server: UiServer;
  origin: string;
  /** A page that is signed in; the first one uses the link up. */
  page: () => Promise<PageClient>;
}

/** A host of a fresh data folder, closed when the test ends. */
export async function startTestHost(
  options: TestShellOptions & Partial<Omit<UiServerOptions, 'shell'>> = {},
): Promise<TestHost> {
  const shell = await openTestShell(options);
  const { port = 0, renderer = rendererFixture(), helloTimeoutMs } = options;
  const server = await startUiServer({
    shell,
    port,
    renderer,
    ...(helloTimeoutMs === undefined ? {} : { helloTimeoutMs }),
  });
  onTestFinished(() => server.close());
  const { origin, once } = readLink(server.url);
  let session: Promise<string> | undefined;
  return {
    shell,
    server,
    origin,
    page: async () => {
      if (session) return signInPage(origin, { session: await session });
      const first = signInPage(origin, { once });
      session = first.then((page) => page.session);
      return first;
    },
  };
}
