// Where the page can go, what it may use, and what the engine's process has.
import { readFileSync } from 'node:fs';
import { enginePid } from '../fixture.ts';
import * as changes from './changes.ts';
import { answered, type Rule } from './rule.ts';
import type { Scene } from './scene.ts';

const goTo = ({ page }: Scene, url: string) => page.evaluate((to) => void (location.href = to), url);
const open = async ({ page }: Scene, urls: string[]) => {
  // Each is a click of its own.
  for (const one of urls) await page.evaluate((url) => void window.open(url), one);
};
const wasAsked =
  (...paths: string[]) =>
  ({ elsewhere: { asked } }: Scene) =>
    Promise.resolve(paths.map((path) => asked.includes(path)));

export const wayOutRules: Rule[] = [
  {
    name: 'navigation: the page goes nowhere',
    off: [changes.navigates],
    attempt: (scene) => goTo(scene, `${scene.elsewhere.url}/away`),
    look: wasAsked('/away'),
    holds: [false],
    broken: [true],
  },
  {
    name: 'navigation: nor does a frame in it',
    alone: [changes.noPolicy],
    off: [changes.framesNavigate],
    attempt: ({ page, elsewhere: { url } }) =>
      page.evaluate((src) => {
        const frame = document.createElement('iframe');
        frame.src = src;
        document.body.append(frame);
      }, `${url}/framed`),
    look: wasAsked('/framed'),
    holds: [false],
    broken: [true],
  },
  {
    name: 'redirects are not followed',
    alone: [changes.navigates],
    off: [changes.redirects],
    attempt: (scene) => goTo(scene, `${scene.elsewhere.url}/redirect`),
    look: wasAsked('/redirect', '/landed'),
    holds: [true, false],
    broken: [true, true],
  },
  {
    name: 'new windows are not opened',
    off: [changes.opensWindows],
    attempt: (scene) => open(scene, [`${scene.elsewhere.url}/opened`]),
    look: wasAsked('/opened'),
    holds: [false],
    broken: [true],
  },
  {
    name: 'openExternal: hosts of the list alone',
    off: [changes.anyHostOutside],
    attempt: (scene) => open(scene, ['https://example.com/', 'https://app.box.com.example.com/']),
    look: ({ opened }) => Promise.resolve(opened().sort()),
    holds: [],
    broken: ['https://app.box.com.example.com/', 'https://example.com/'],
  },
  {
    name: 'openExternal: https alone',
    off: [changes.anySchemeOutside],
    attempt: (scene) => open(scene, ['http://app.box.com/']),
    look: ({ opened }) => Promise.resolve(opened()),
    holds: [],
    broken: ['http://app.box.com/'],
  },
  answered({
    name: 'permissions: requests are denied',
    alone: [changes.checksGranted],
    off: [changes.requestsGranted],
    ask: ({ page }) => page.evaluate(() => Notification.requestPermission()),
    holds: 'denied',
    broken: 'granted',
  }),
  answered({
    name: 'permissions: checks are denied',
    alone: [changes.requestsGranted],
    off: [changes.checksGranted],
    ask: ({ page }) => page.evaluate(async () => (await navigator.permissions.query({ name: 'notifications' })).state),
    holds: 'denied',
    broken: 'granted',
  }),
  answered({
    name: 'the engine has a listed environment: nothing of what the app has beside it',
    off: [changes.wholeEnvironment],
    ask: async ({ app }) => {
      const names = readFileSync(`/proc/${await enginePid(app)}/environ`, 'utf8').split('\0');
      return ['AWS_SECRET_ACCESS_KEY', 'BOXCAR_TOKEN'].filter((name) =>
        names.some((one) => one.startsWith(`${name}=`)),
      );
    },
    holds: [],
    broken: ['AWS_SECRET_ACCESS_KEY', 'BOXCAR_TOKEN'],
  }),
  answered({
    name: 'the engine has no keychain: its module is not in its memory',
    off: [changes.keychainInEngine],
    ask: async ({ app }) => /keytar/.test(readFileSync(`/proc/${await enginePid(app)}/maps`, 'utf8')),
    holds: false,
    broken: true,
  }),
];
