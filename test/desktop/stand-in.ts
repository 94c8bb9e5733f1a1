// The app on the stand-in for Electron: its bundles under plain Node, its window a page of a real headless Chromium.
import { fork } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from '@playwright/test';
import type { Order, Told } from '../support/electron/main/control.ts';
import { appEnvironment, builtOut, type DesktopApp, type Launch, type Seen } from './desktop-app.ts';

const register = new URL('../support/electron/process/register.ts', import.meta.url).href;

export const launchStandIn: Launch = async (options) => {
  const { home, args = [], out = builtOut, waitForPage = true } = options;
  mkdirSync(home, { recursive: true });
  const systemFile = `${home}.system-${process.hrtime.bigint()}`;
  const child = fork(join(out, 'main/desktop.js'), [`--home=${home}`, ...args], {
    execArgv: ['--import', register],
    env: { ...appEnvironment(options), STAND_IN_SYSTEM: systemFile },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const seen = () => {
    const lines = existsSync(systemFile) ? readFileSync(systemFile, 'utf8').split('\n').filter(Boolean) : [];
    return lines.map((line) => JSON.parse(line) as Seen);
  };
  const ended = new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code)));
  const answers = new Map<number, PromiseWithResolvers<unknown>>();
  const endpoint = Promise.withResolvers<string>();
  endpoint.promise.catch(() => undefined);
  child.on('message', (told: Told) => {
    if (told.kind === 'browser') return endpoint.resolve(told.endpoint);
    const answer = answers.get(told.id);
    if (told.kind === 'answer') answer?.resolve(told.value);
    else answer?.reject(new Error(told.message));
  });
  void ended.then((code) => {
    const box = seen().find(({ what }) => what === 'error-box');
    const over = new Error(
      `The app has ended with ${code}. ${typeof box?.['content'] === 'string' ? box['content'] : ''}`,
    );
    endpoint.reject(over);
    answers.forEach(({ reject }) => reject(over));
  });
  let last = 0;
  const order = (
    what: Omit<Extract<Order, { kind: 'evaluate' }>, 'id'> | Omit<Extract<Order, { kind: 'act' }>, 'id'>,
  ) => {
    const answer = Promise.withResolvers<unknown>();
    answers.set((last += 1), answer);
    if (child.connected) child.send({ ...what, id: last });
    else answer.reject(new Error('The app has ended.'));
    return answer.promise;
  };
  let connected: Promise<Browser> | undefined;
  const browser = () => (connected ??= endpoint.promise.then((url) => chromium.connectOverCDP(url)));
  const pagesOf = (one: Browser): Page[] => one.contexts().flatMap((context) => context.pages());
  const close = async () => {
    await (await connected?.catch(() => undefined))?.close();
  };
  let pages: Page[] = [];
  const app: DesktopApp = {
    pid: child.pid ?? 0,
    page: async () => {
      const context = (await browser()).contexts()[0];
      if (!context) throw new Error('Chromium has no context');
      const page = context.pages()[0] ?? (await context.waitForEvent('page'));
      pages = context.pages();
      await page.waitForURL(/^https:\/\/boxcar\.app\.invalid\//);
      return page;
    },
    pages: () => pages,
    isOnScreen: async () => {
      const page = await app.page();
      const protocol = await page.context().newCDPSession(page);
      const { bounds } = await protocol.send('Browser.getWindowForTarget');
      await protocol.detach();
      return bounds.windowState !== 'minimized';
    },
    evaluate: (work, arg) => order({ kind: 'evaluate', source: work.toString(), arg }) as never,
    address: (url) => url.replace(/^app:\/\/([a-z-]+)/, 'https://$1.app.invalid'),
    system: {
      seen,
      until: (fits) => untilSeen(home, systemFile, () => seen().find(fits)),
      act: async (on, what) => void (await order({ kind: 'act', on, what })),
    },
    ended,
    quit: async () => {
      void app.evaluate(({ app: running }) => running.quit(), null).catch(() => undefined);
      await ended;
      await close();
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
      await close();
    },
  };
  void browser().then(
    (one) => {
      pages = pagesOf(one);
      one.contexts()[0]?.on('page', () => (pages = pagesOf(one)));
    },
    () => undefined,
  );
  if (waitForPage) {
    await app.page().catch(async (error: unknown) => {
      await app.kill();
      const box = seen().find(({ what }) => what === 'error-box');
      throw box ? new Error(String(box['content']), { cause: error }) : error;
    });
  }
  return app;
};

async function untilSeen(home: string, file: string, find: () => Seen | undefined): Promise<Seen> {
  const found = Promise.withResolvers<Seen>();
  const look = () => {
    const one = find();
    if (one) found.resolve(one);
  };
  const watcher = watch(join(home, '..'), look);
  look();
  const timer = setTimeout(() => found.reject(new Error(`Not seen in ${file}: ${existsSync(file) ? readFileSync(file, 'utf8').slice(-3000) : 'nothing'}`)), 20_000); // prettier-ignore
  return found.promise.finally(() => {
    clearTimeout(timer);
    watcher.close();
  });
}
