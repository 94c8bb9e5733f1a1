// What the app and the system have to do with each other beside the tray.
import { join } from 'node:path';
import type { Intercept } from '../../main/sandbox/http/intercept.ts';
import { writeRandom } from '../support/ui-files.ts';
import { officeAuthority, startOfficeProxy } from '../support/office-proxy.ts';
import { dropOnWindow, rowOf, sendPending } from '../support/ui-page.ts';
import { boxEnvironment, expect, isReady, test, writeSettings } from './fixture.ts';
import { desktopTools } from './tools.ts';

test.skip(({ runtime }) => runtime !== 'stand-in', 'the desktop around the app can be seen on the stand-in alone');

const slowParts: Intercept = ({ route }) =>
  route === 'upload-part' ? new Promise((resolve) => setTimeout(() => resolve(undefined), 200)) : undefined;

test('a file that arrived is shown in its folder, by the system’s own program', async ({
  folder,
  startBox,
  launch,
}) => {
  const tools = desktopTools(folder);
  const app = await launch({ env: { ...boxEnvironment(await startBox()), ...tools.env } });
  const page = await isReady(app);
  await dropOnWindow(page, [writeRandom(join(folder, 'a.bin'), 1000)]);
  await sendPending(page);
  await expect(rowOf(page, 'a.bin')).toHaveAccessibleName(/compared and equal/);
  await rowOf(page, 'a.bin').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Show in its folder' }).click();
  await expect.poll(() => tools.opened()).toEqual([folder]);
});

test('the taskbar shows how far it is, the icon that something is under way, and both go back', async ({
  folder,
  startBox,
  launch,
}) => {
  const box = await startBox();
  const tools = desktopTools(folder);
  const app = await launch({ env: { ...boxEnvironment(box), ...tools.env } });
  const page = await isReady(app);
  const { system } = app;
  if (!system) throw new Error('the desktop around the app cannot be seen');
  await system.until(({ what, text }) => what === 'tray-tip' && text === 'Boxcar: everything is on Box');
  const idle = system.seen().findLast(({ what }) => what === 'tray-icon')?.['image'];
  box.intercept(slowParts);
  await dropOnWindow(page, [writeRandom(join(folder, 'tape.tar'), 25 * 2 ** 20)]);
  await sendPending(page);
  await system.until(({ what, progress }) => what === 'progress' && Number(progress) > 0 && Number(progress) < 1);
  await system.until(({ what, image }) => what === 'tray-icon' && image !== idle);
  box.intercept(undefined);
  await expect(rowOf(page, 'tape.tar')).toHaveAccessibleName(/compared and equal/, { timeout: 60_000 });
  await expect.poll(() => system.seen().findLast(({ what }) => what === 'progress')?.['progress']).toBe(-1);
  await expect.poll(() => system.seen().findLast(({ what }) => what === 'tray-icon')?.['image']).toBe(idle);
});

test('on a network that counts what it carries uploads wait, where that is set', async ({
  folder,
  home,
  startBox,
  launch,
}) => {
  writeSettings(home, { pauseOnMetered: true });
  const box = await startBox();
  const tools = desktopTools(folder);
  tools.setMetered(true);
  const app = await launch({ env: { ...boxEnvironment(box), ...tools.env } });
  const page = await app.page();
  await expect(page.getByText('Everything is paused on a metered network')).toBeVisible();
  await dropOnWindow(page, [writeRandom(join(folder, 'a.bin'), 1000)]);
  await sendPending(page);
  await expect(page.getByLabel('Status')).toContainText('1 file');
  expect(box.asked.filter((route) => /^upload/.test(route))).toEqual([]);
  tools.setMetered(false);
  // It is looked at again after a wake.
  await app.system?.act('power', 'resume');
  await expect(rowOf(page, 'a.bin')).toHaveAccessibleName(/compared and equal/);
});

test('Box is reached through the proxy of the system and by its certificate, and a file is shown there', async ({
  folder,
  startBox,
  launch,
}) => {
  const box = await startBox();
  const proxy = await startOfficeProxy(box.ready);
  const tools = desktopTools(folder);
  const office = { STAND_IN_PROXY: `PROXY ${new URL(proxy.url).host}`, NODE_EXTRA_CA_CERTS: officeAuthority };
  const app = await launch({ env: { ...tools.env, ...office, BOXCAR_TOKEN: box.ready.token } });
  const page = await isReady(app);
  await dropOnWindow(page, [writeRandom(join(folder, 'a.bin'), 1000)]);
  await sendPending(page);
  await expect(rowOf(page, 'a.bin')).toHaveAccessibleName(/compared and equal/);
  expect(new Set(proxy.asked)).toEqual(new Set(['api.box.com:443', 'upload.box.com:443']));
  await rowOf(page, 'a.bin').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Show on Box' }).click();
  await expect.poll(() => tools.opened()).toEqual([`https://app.box.com/file/${await box.idOf('a.bin')}`]);
  await app.quit();
  await proxy.close();
});

test('the menu and its keys lead to the screens, to Box and to the logs', async ({
  folder,
  home,
  startBox,
  launch,
}) => {
  const tools = desktopTools(folder);
  const app = await launch({ env: { ...boxEnvironment(await startBox()), ...tools.env } });
  const page = await isReady(app);
  const { system } = app;
  if (!system) throw new Error('the desktop around the app cannot be seen');
  const screens = { 2: 'Folders', 3: 'Problems', 4: 'History', 1: 'Transfers' };
  for (const [key, name] of Object.entries(screens)) {
    await system.act('keys', `CommandOrControl+${key}`);
    await expect(page.getByRole('link', { name })).toHaveAttribute('aria-current', 'page');
  }
  await system.act('keys', 'CommandOrControl+,');
  await expect(page.getByRole('link', { name: 'Settings' })).toHaveAttribute('aria-current', 'page');
  await system.act('menu', 'Box on the web');
  await expect.poll(() => tools.opened()).toEqual(['https://app.box.com/']);
  await system.act('menu', 'Show the logs');
  await expect.poll(() => tools.opened()).toEqual(['https://app.box.com/', join(home, 'logs')]);
  await system.act('keys', 'CommandOrControl+Q');
  expect(await app.ended).toBe(0);
});
