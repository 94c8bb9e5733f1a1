// Who may speak to the main process, and what it believes.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as changes from './changes.ts';
import { asText, call, portFor, portsThatAnswer } from './in-page.ts';
import { answered, type Rule } from './rule.ts';

export const messageRules: Rule[] = [
  answered({
    name: 'the preload exposes two named functions, frozen, and no more',
    off: [changes.moreFunctions],
    ask: ({ page }) =>
      page.evaluate(() => {
        const api = window.boxcar ?? {};
        try {
          Object.assign(window, { boxcar: {} });
        } catch {
          // It can't be replaced.
        }
        const kinds = Object.values(api).map((one) => typeof one);
        return { names: Object.keys(api).sort(), kinds: [...new Set(kinds)], isFrozen: Object.isFrozen(api), stays: window.boxcar === api }; // prettier-ignore
      }),
    holds: { names: ['askForPort', 'takeFiles'], kinds: ['function'], isFrozen: true, stays: true },
    broken: { names: ['askForPort', 'send', 'takeFiles'], kinds: ['function'], isFrozen: true, stays: true },
  }),
  answered({
    name: 'messages: from the contents of our window alone',
    off: [changes.anyContents],
    ask: ({ app, out }) =>
      app.evaluate(
        async ({ BrowserWindow }, { preload, code }) => {
          const window = new BrowserWindow({ show: false, webPreferences: { preload } });
          await window.loadURL('app://boxcar/index.html');
          return window.webContents.executeJavaScript(code) as Promise<unknown>;
        },
        { preload: join(out, 'preload/preload.cjs'), code: asText(portFor, 777) },
      ),
    holds: 'nothing',
    broken: 'a port',
    spoils: true,
  }),
  answered({
    name: 'messages: from its top frame alone',
    alone: [changes.preloadInFrames, changes.noPolicy, changes.framedAnywhere, changes.framesNavigate],
    off: [changes.anyFrame],
    ask: async ({ app, page }) => {
      await page.evaluate(
        (src) =>
          new Promise((resolve) => {
            const frame = document.createElement('iframe');
            frame.onload = resolve;
            frame.src = src;
            document.body.append(frame);
          }),
        app.address('app://boxcar/icon.svg'),
      );
      return page.frames()[1]?.evaluate(portFor, 777);
    },
    holds: 'nothing',
    broken: 'a port',
  }),
  answered({
    name: 'messages: from our origin alone',
    off: [changes.anyOrigin],
    ask: ({ app, elsewhere: { url } }) =>
      app.evaluate(
        async ({ BrowserWindow }, { there, code }) => {
          const [window] = BrowserWindow.getAllWindows();
          await window?.loadURL(there);
          return window?.webContents.executeJavaScript(code) as Promise<unknown>;
        },
        { there: `${url}/`, code: asText(portFor, 777) },
      ),
    holds: 'nothing',
    broken: 'a port',
    spoils: true,
  }),
  answered({
    name: 'messages: with what their channel takes alone',
    off: [changes.anyPayload],
    ask: ({ page }) => page.evaluate(portFor, '777'),
    holds: 'nothing',
    broken: 'a port',
  }),
  answered({
    name: 'ports: a new one ends the one before',
    off: [changes.portsStay],
    ask: ({ page }) => page.evaluate(portsThatAnswer),
    holds: ['the second'],
    broken: ['the first', 'the second'],
    spoils: true,
  }),
  answered({
    name: 'paths: a file that was dropped has one, which the page cannot give',
    off: [changes.pathsOfThePage],
    ask: ({ page, folder }) =>
      page.evaluate(
        async (path) => {
          try {
            return 'places' in ((await window.boxcar?.takeFiles([path])) as object) ? 'believed' : 'refused';
          } catch {
            return 'refused';
          }
        },
        join(folder, 's.txt'),
      ),
    holds: 'refused',
    broken: 'believed',
  }),
  {
    name: 'ids: the page names what it was given, and never a path',
    off: [changes.placesOfThePage],
    attempt: async ({ page, folder }) => {
      const place = Buffer.from(join(folder, 's.txt')).toString('base64url');
      const args = { places: [place], target: '0', ifExists: 'version' };
      await page.evaluate(call, { method: 'uploadPlaces', args });
    },
    look: ({ box }) => Promise.resolve(existsSync(join(box.root, 's.txt'))),
    holds: false,
    broken: true,
    spoils: true,
  },
];
