// From the first start to the first receipt: Box's page in a browser, the keyring of the session, a file on Box, the proof in the window.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { chromiumOptions } from '../support/chromium.ts';
import { noKeyringHere, openSession } from '../support/keyring-session.ts';
import { sha1OfFile, writeRandom } from '../support/ui-files.ts';
import { dropOnWindow, goTo, rowOf, sendPending } from '../support/ui-page.ts';
import { enginePid, expect, test } from './fixture.ts';
import { desktopTools } from './tools.ts';

test.skip(noKeyringHere !== undefined, noKeyringHere ?? '');

/** All that stands in files of a folder and below. */
function contentBelow(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile())
    .map((path) => readFileSync(path, 'latin1'))
    .join('\n');
}

/** Grants on Box's page, as a person does; what the page says in the end. */
async function grant(url: string): Promise<string> {
  const browser = await chromium.launch(chromiumOptions(existsSync));
  try {
    const page = await browser.newPage({ locale: 'en-GB' });
    await page.goto(url);
    await page.getByRole('button', { name: 'Grant access' }).click();
    await page.waitForURL(/127\.0\.0\.1:\d+\/callback/);
    return await page.locator('main').innerText();
  } finally {
    await browser.close();
  }
}

test('from signing in to the first receipt, and on after a restart: Box’s page, the keyring, a file, the proof', async ({
  folder,
  home,
  startBox,
  launch,
}) => {
  const box = await startBox();
  const { api, upload, auth, authorize, client_id, client_secret } = box.ready;
  const sessionFolder = join(folder, 's');
  mkdirSync(sessionFolder);
  const session = await openSession(sessionFolder);
  try {
    await session.startKeyring('open');
    const tools = desktopTools(folder);
    const { HOME, XDG_RUNTIME_DIR, DBUS_SESSION_BUS_ADDRESS } = session.env as Record<string, string>;
    const env = {
      ...tools.env,
      ...{ HOME: HOME ?? '', XDG_RUNTIME_DIR: XDG_RUNTIME_DIR ?? '' },
      DBUS_SESSION_BUS_ADDRESS: DBUS_SESSION_BUS_ADDRESS ?? '',
      ...{ BOXCAR_API_URL: api, BOXCAR_UPLOAD_URL: upload, BOXCAR_AUTH_URL: auth, BOXCAR_AUTHORIZE_URL: authorize },
    };
    const app = await launch({ env });
    const page = await app.page();
    await page.getByLabel('Client id').fill(client_id);
    await page.getByLabel('Client secret').fill(client_secret);
    await page.getByRole('button', { name: 'Sign in with Box' }).click();
    await expect(page.getByText('Waiting for you at Box')).toBeVisible();
    // The app has opened it in the browser of the system, and nothing else.
    await expect.poll(() => tools.opened()).toHaveLength(1);
    const [url = ''] = tools.opened();
    expect(url.startsWith(`${authorize}?`)).toBe(true);
    expect(await grant(url)).toMatch(/Signed in.*You can close this/s);
    await expect(page.getByRole('heading', { name: 'Drop files or folders here' })).toBeVisible();

    const file = writeRandom(join(folder, 'film.mov'), 21_000_000);
    const sha1 = await sha1OfFile(file);
    await dropOnWindow(page, [file]);
    await sendPending(page);
    await expect(rowOf(page, 'film.mov')).toHaveAccessibleName(/compared and equal/, { timeout: 60_000 });
    expect(await sha1OfFile(join(box.root, 'film.mov'))).toBe(sha1);
    await goTo(page, 'History');
    await page.getByText('film.mov', { exact: true }).first().click();
    await expect(page.getByText(sha1)).toBeVisible();

    // The secret is in the keyring's own files, encrypted, and in nothing of the app's; the engine has no way to the keyring.
    expect(contentBelow(home)).not.toContain(client_secret);
    const environment = readFileSync(`/proc/${await enginePid(app)}/environ`, 'utf8');
    expect(environment).not.toContain('DBUS_SESSION_BUS_ADDRESS');

    // The keyring alone knows who it is after a restart.
    await app.quit();
    const again = await (await launch({ env })).page();
    await expect(again.getByRole('heading', { name: 'Drop files or folders here' }).or(rowOf(again, 'film.mov')).first()).toBeVisible(); // prettier-ignore
    await dropOnWindow(again, [writeRandom(join(folder, 'next.txt'), 1000)]);
    await sendPending(again);
    await expect(rowOf(again, 'next.txt')).toHaveAccessibleName(/compared and equal/);
    expect(tools.opened()).toHaveLength(1);
  } finally {
    await session.close();
  }
});
