import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { chromium } from 'playwright';
import { chromiumOptions } from '../../chromium.ts';
import { Cdp } from './cdp.ts';
import { tellSpec } from './control.ts';

/** A target that Chromium has attached to. */
export interface Attached {
  sessionId: string;
  targetInfo: { targetId: string; type: string; url: string; openerId?: string };
  waitingForDebugger: boolean;
}

let started: Promise<Cdp> | undefined;
let startedWith: boolean | undefined;

/** The one headless Chromium of this app, started for its first window. */
export function browser(userData: string, webSecurity: boolean): Promise<Cdp> {
  if (startedWith !== undefined && startedWith !== webSecurity) {
    throw new Error('The stand-in for Electron has one webSecurity for all windows.');
  }
  startedWith = webSecurity;
  return (started ??= start(userData, webSecurity));
}

async function start(userData: string, webSecurity: boolean): Promise<Cdp> {
  const { executablePath = chromium.executablePath(), args } = chromiumOptions(existsSync);
  const child = spawn(
    executablePath,
    [
      ...args,
      '--headless',
      '--no-first-run',
      '--no-startup-window',
      '--remote-debugging-pipe',
      // The spec looks at the same pages through Playwright.
      '--remote-debugging-port=0',
      `--user-data-dir=${join(userData, 'chromium')}`,
      '--lang=en-GB',
      // Chrome's own questions and detours, which would stand in front of what the app itself denies.
      '--disable-features=LocalNetworkAccessChecks,HttpsUpgrades',
      // "webSecurity: When false, it will disable the same-origin policy"
      ...(webSecurity ? [] : ['--disable-web-security']),
    ],
    { stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'] },
  );
  const [, , errors, output, input] = child.stdio as unknown as [null, null, Readable, Writable, Readable];
  const listening = Promise.withResolvers<string>();
  let said = '';
  errors.setEncoding('utf8');
  errors.on('data', (text: string) => {
    said = (said + text).slice(-4000);
    const match = /DevTools listening on (ws:\S+)/.exec(said);
    if (match?.[1]) listening.resolve(match[1]);
  });
  child.on('error', (error) => listening.reject(error));
  child.on('exit', () => listening.reject(new Error(`Chromium did not start: ${said}`)));
  const endpoint = await listening.promise;
  tellSpec({ kind: 'browser', endpoint });
  const cdp = new Cdp(output, input);
  const root = cdp.target();
  // A window that a page opens stands still until its opener has decided; those that the app makes go on.
  root.on<Attached>('Target.attachedToTarget', ({ sessionId, targetInfo, waitingForDebugger }) => {
    if (targetInfo.openerId !== undefined || !waitingForDebugger) return;
    cdp
      .target(sessionId)
      .send('Runtime.runIfWaitingForDebugger')
      .catch(() => undefined);
  });
  const filter = [{ type: 'page' }];
  await root.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: true, flatten: true, filter });
  return cdp;
}
