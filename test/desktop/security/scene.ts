// A signed-in app, another site, and what the system was asked to open: where a rule is looked at.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type Page } from '@playwright/test';
import { startUiBox, type UiBox } from '../../support/ui-box.ts';
import { builtOut, type DesktopApp } from '../desktop-app.ts';
import { launchElectron } from '../electron.ts';
import { boxEnvironment, isReady } from '../fixture.ts';
import type { DesktopOptions } from '../playwright.config.ts';
import { launchStandIn } from '../stand-in.ts';
import { desktopTools } from '../tools.ts';
import { changedApp, type Change } from './changed-app.ts';

export interface Scene {
  app: DesktopApp;
  page: Page;
  box: UiBox;
  /** Of this scene alone. */
  folder: string;
  /** The bundles that run. */
  out: string;
  /** Another site, which lets nobody read what it answers: its address without a slash, and the paths that were asked of it. */
  elsewhere: { url: string; asked: string[] };
  /** What the system was to open, without what `settled` opens. */
  opened: () => string[];
  /** Waits until whatever the page has set going until now has had its time: something that is allowed has arrived after it. */
  settled: () => Promise<void>;
  close: () => Promise<void>;
}

const mark = 'https://app.box.com/settled/';

export async function openScene(
  runtime: DesktopOptions['runtime'],
  changes: (folder: string) => readonly Change[] = () => [],
): Promise<Scene> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'boxcar-rule-')));
  const asked: string[] = [];
  const server = createServer(({ url = '' }, answer) => {
    asked.push(url);
    if (url === '/redirect') answer.writeHead(302, { location: '/landed' }).end();
    else answer.writeHead(200, { 'content-type': 'text/html' }).end('elsewhere');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  mkdirSync(join(folder, 'box'));
  const box = await startUiBox(join(folder, 'box'));
  writeFileSync(join(folder, 's.txt'), 'a secret of this machine');
  const tools = desktopTools(folder);
  const made = changes(folder);
  const out = made.length === 0 ? builtOut : changedApp(folder, made);
  const env = { ...boxEnvironment(box), ...tools.env, AWS_SECRET_ACCESS_KEY: 'of this machine' };
  const home = join(folder, 'home');
  const app = await (runtime === 'electron' ? launchElectron : launchStandIn)({ home, env, out });
  let marks = 0;
  const settled = async () => {
    const address = `${mark}${(marks += 1)}`;
    // A page that is leaving has no time for it.
    const open = async () => {
      await app
        .page()
        .then((page) => page.evaluate((url) => void window.open(url), address))
        .catch(() => undefined);
      return tools.opened();
    };
    await expect.poll(open).toContain(address);
  };
  return {
    app,
    page: await app.page(),
    box,
    folder,
    out,
    elsewhere: { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked },
    opened: () => tools.opened().filter((address) => !address.startsWith(mark)),
    settled,
    close: async () => {
      await app.kill();
      await box.close();
      server.closeAllConnections();
      server.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

/** Waits until its page can be used; of an app that a change has left without a bridge until the page is there. */
export async function sceneIsReady({ app }: Scene, hasBridge: boolean): Promise<void> {
  if (hasBridge) await isReady(app);
  else await (await app.page()).waitForLoadState();
}
