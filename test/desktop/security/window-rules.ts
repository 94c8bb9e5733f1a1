// What the page is, and what it is made of.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as changes from './changes.ts';
import { inlineRuns, reachesIntoPreload } from './in-page.ts';
import { answered, type Rule } from './rule.ts';
import type { Scene } from './scene.ts';

const hasEscaped = ({ folder }: Scene) => Promise.resolve(existsSync(changes.escapedFile(folder)));
const nothing = () => Promise.resolve();

/** Puts an element into the page that loads something. */
const insert = ({ page }: Scene, name: string, src: string) =>
  page.evaluate(
    ([tag, address]) => {
      const element = document.createElement(tag);
      element.setAttribute('src', address);
      document.body.append(element);
    },
    [name, src] as [string, string],
  );

export const windowRules: Rule[] = [
  answered({
    name: 'contextIsolation: the page and the preload are two worlds',
    off: changes.noIsolation,
    ask: ({ page }) => page.evaluate(reachesIntoPreload),
    holds: false,
    broken: true,
  }),
  {
    name: 'sandbox: the preload can reach nothing of Node',
    probe: changes.escapingPreload,
    off: changes.noSandbox,
    attempt: nothing,
    look: hasEscaped,
    holds: false,
    broken: true,
  },
  {
    name: 'sandbox for all: a window that asks for none has one',
    probe: changes.escapingPreload,
    off: [changes.noSandboxForAll],
    attempt: async ({ app, out }) => {
      await app.evaluate(
        async ({ BrowserWindow }, preload) => {
          const window = new BrowserWindow({ show: false, webPreferences: { preload, sandbox: false } });
          await window.loadURL('app://boxcar/index.html');
        },
        join(out, 'preload/preload.cjs'),
      );
    },
    look: hasEscaped,
    holds: false,
    broken: true,
    spoils: true,
  },
  answered({
    name: 'webSecurity: what another origin answers cannot be read',
    alone: [changes.noPolicy],
    off: [changes.noWebSecurity],
    ask: ({ page, elsewhere: { url } }) =>
      page.evaluate((from) => fetch(from).then((answer) => answer.text(), () => 'refused'), url), // prettier-ignore
    holds: 'refused',
    broken: 'elsewhere',
  }),
  answered({
    name: 'nodeIntegration: the page has no require and no process',
    off: changes.nodeIntegration,
    ask: ({ page }) =>
      page.evaluate(() => ['require', 'process'].map((name) => typeof (globalThis as Record<string, unknown>)[name])),
    holds: ['undefined', 'undefined'],
    broken: ['function', 'object'],
  }),
  {
    name: 'webviewTag: there is no such element',
    alone: [changes.attachesWebviews],
    off: [changes.webviewTag],
    attempt: (scene) => insert(scene, 'webview', `${scene.elsewhere.url}/guest`),
    look: ({ elsewhere: { asked } }) => Promise.resolve(asked.includes('/guest')),
    holds: false,
    broken: true,
  },
  {
    name: 'webviews are not attached',
    alone: [changes.webviewTag],
    off: [changes.attachesWebviews],
    attempt: (scene) => insert(scene, 'webview', `${scene.elsewhere.url}/guest`),
    look: ({ elsewhere: { asked } }) => Promise.resolve(asked.includes('/guest')),
    holds: false,
    broken: true,
  },
  answered({
    name: 'the scheme has one host',
    alone: [changes.noPolicy, changes.readAnywhere],
    off: [changes.anyHost],
    ask: ({ app, page }) =>
      page.evaluate(
        (src) =>
          new Promise((resolve) => {
            const image = new Image();
            image.onload = () => resolve('loaded');
            image.onerror = () => resolve('refused');
            image.src = src;
          }),
        app.address('app://elsewhere/icon.svg'),
      ),
    holds: 'refused',
    broken: 'loaded',
  }),
  answered({
    name: 'paths of the scheme stay in the folder of the page',
    off: changes.anyPath,
    ask: ({ app, page }) =>
      page.evaluate(async (url) => (await fetch(url)).status, app.address('app://boxcar/..%2fmain%2fdesktop.js')),
    holds: 404,
    broken: 200,
  }),
  answered({
    name: 'CSP: nothing inline runs, in script or in style, and no text as a script',
    off: [changes.inlinePolicy],
    ask: ({ page }) => page.evaluate(inlineRuns),
    holds: { script: false, text: false, style: false, policy: false },
    broken: { script: true, text: true, style: false, policy: true },
  }),
  {
    name: 'CSP: nothing comes from elsewhere',
    off: [changes.noPolicy],
    attempt: (scene) => insert(scene, 'img', `${scene.elsewhere.url}/picture`),
    look: ({ elsewhere: { asked } }) => Promise.resolve(asked.includes('/picture')),
    holds: false,
    broken: true,
  },
];
