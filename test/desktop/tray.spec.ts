// What stands around the window. On Electron itself a spec can't see the panel of a desktop: these run on the stand-in.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeRandom } from '../support/ui-files.ts';
import { dropOnWindow, goTo, rowOf, sendPending } from '../support/ui-page.ts';
import type { DesktopApp, Seen } from './desktop-app.ts';
import {
  boxEnvironment,
  enginePid,
  expect,
  isReady,
  isRunning,
  test,
  windowState,
  withTray,
  writeSettings,
} from './fixture.ts';

test.skip(({ runtime }) => runtime !== 'stand-in', 'the desktop around the app can be seen on the stand-in alone');

function systemOf(app: DesktopApp): NonNullable<DesktopApp['system']> {
  if (!app.system) throw new Error('the desktop around the app cannot be seen');
  return app.system;
}
const close = (app: DesktopApp) => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close(), null);
const isMenuWith = (label: string) => (seen: Seen) =>
  seen.what === 'tray-menu' && (seen['labels'] as string[]).includes(label);

test('closing the window leaves uploads to the tray, which brings it back and ends the app', async ({
  folder,
  startBox,
  launch,
}) => {
  const app = await launch({ env: { ...boxEnvironment(await startBox()), ...withTray(folder) } });
  await isReady(app);
  await systemOf(app).until(isMenuWith('Pause for 30 minutes'));
  await close(app);
  await expect.poll(() => windowState(app)).toBe('hidden');
  await expect.poll(() => app.isOnScreen()).toBe(false);
  const engine = await enginePid(app);
  expect(isRunning(engine)).toBe(true);
  await systemOf(app).act('tray', 'Open Boxcar');
  await expect.poll(() => windowState(app)).toBe('visible');
  await expect.poll(() => app.isOnScreen()).toBe(true);
  await systemOf(app).act('tray', 'Quit Boxcar');
  expect(await app.ended).toBe(0);
  await expect.poll(() => isRunning(engine)).toBe(false);
});

test('closing the window ends the app where that is set', async ({ folder, home, launch }) => {
  writeSettings(home, { onClose: 'quit' });
  const app = await launch({ env: withTray(folder) });
  await expect((await app.page()).getByRole('heading', { name: 'Folders to Box, part by part' })).toBeVisible();
  await close(app);
  expect(await app.ended).toBe(0);
});

test('closing the window minimises it where there is no tray', async ({ launch }) => {
  const app = await launch();
  await expect((await app.page()).getByRole('heading', { name: 'Folders to Box, part by part' })).toBeVisible();
  await close(app);
  await expect.poll(() => windowState(app)).toBe('minimised');
});

test('the tray pauses everything and lets it go on, and shows what came last', async ({ folder, startBox, launch }) => {
  const box = await startBox();
  const app = await launch({ env: { ...boxEnvironment(box), ...withTray(folder) } });
  const page = await app.page();
  const system = systemOf(app);
  await system.until(isMenuWith('Pause for 30 minutes'));
  await system.act('tray', 'Pause for 30 minutes');
  await expect(page.getByText(/Everything is paused/).first()).toBeVisible();
  await system.until(isMenuWith('Resume'));
  await dropOnWindow(page, [writeRandom(join(folder, 'a.bin'), 1000)]);
  await sendPending(page);
  // Its place on Box is asked for only when uploads go on: until then it is counted, not listed.
  await expect(page.getByLabel('Status')).toContainText('1 file');
  expect(existsSync(join(box.root, 'a.bin'))).toBe(false);
  const icons = new Set(
    system
      .seen()
      .filter(({ what }) => what === 'tray-icon')
      .map(({ image }) => image),
  );
  await system.act('tray', 'Resume');
  await expect(rowOf(page, 'a.bin')).toHaveAccessibleName(/compared and equal/);
  await system.until(isMenuWith('a.bin'));
  // Idle and paused look different.
  expect(icons.size).toBe(2);
  await goTo(page, 'Settings');
  await system.act('tray', 'a.bin');
  await expect(page.getByRole('heading', { name: 'a.bin', level: 1 })).toBeVisible();
});

test('a notification says what has arrived while nobody looked, and leads there', async ({
  folder,
  startBox,
  launch,
}) => {
  const app = await launch({ env: { ...boxEnvironment(await startBox()), ...withTray(folder) } });
  const page = await app.page();
  const system = systemOf(app);
  await system.until(isMenuWith('Pause for 30 minutes'));
  await dropOnWindow(page, [writeRandom(join(folder, 'a.bin'), 1000)]);
  await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.blur(), null);
  await sendPending(page);
  const told = await system.until(({ what, title }) => what === 'notification' && String(title).includes('a.bin'));
  expect(told['title']).toBe('a.bin is on Box');
  await close(app);
  await system.act('notification', 'a.bin is on Box');
  await expect.poll(() => windowState(app)).toBe('visible');
  await expect(page.getByRole('heading', { name: 'a.bin', level: 1 })).toBeVisible();
});

test('what arrives together is told together', async ({ folder, startBox, launch }) => {
  const app = await launch({ env: { ...boxEnvironment(await startBox()), ...withTray(folder) } });
  const page = await app.page();
  const system = systemOf(app);
  await system.until(isMenuWith('Pause for 30 minutes'));
  const names = ['a.bin', 'b.bin', 'c.bin'];
  await dropOnWindow(
    page,
    names.map((name) => writeRandom(join(folder, name), 1000)),
  );
  await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.blur(), null);
  await sendPending(page);
  await system.until(({ what }) => what === 'notification');
  const told = system.seen().filter(({ what }) => what === 'notification');
  expect(told.map(({ title }) => title)).toEqual(['3 files are on Box']);
  await goTo(page, 'Settings');
  await system.act('notification', '3 files are on Box');
  await expect(rowOf(page, 'a.bin')).toBeVisible();
});

test('start at login is written where the desktop reads it, hidden, and taken away again', async ({
  folder,
  launch,
}) => {
  const app = await launch({ env: { XDG_CONFIG_HOME: join(folder, 'config') } });
  const page = await app.page();
  await page.getByRole('button', { name: 'Try the sandbox' }).click();
  await goTo(page, 'Settings');
  const entry = join(folder, 'config/autostart/boxcar.desktop');
  const box = page
    .getByRole('switch', { name: /login/i })
    .or(page.getByRole('checkbox', { name: /login/i }))
    .first();
  await box.click();
  await expect.poll(() => existsSync(entry)).toBe(true);
  expect(readFileSync(entry, 'utf8')).toMatch(/^Exec=.*--hidden/m);
  await box.click();
  await expect.poll(() => existsSync(entry)).toBe(false);
});

test('on battery uploads wait where that is set, and go on with the mains and after a sleep', async ({
  folder,
  home,
  startBox,
  launch,
}) => {
  writeSettings(home, { pauseOnBattery: true });
  const box = await startBox();
  const app = await launch({ env: { ...boxEnvironment(box), ...withTray(folder) } });
  const page = await app.page();
  const system = systemOf(app);
  await system.until(isMenuWith('Pause for 30 minutes'));
  await system.act('power', 'on-battery');
  await expect(page.getByText(/battery/i).first()).toBeVisible();
  await dropOnWindow(page, [writeRandom(join(folder, 'a.bin'), 1000)]);
  await sendPending(page);
  // Its place on Box is asked for only when uploads go on: until then it is counted, not listed.
  await expect(page.getByLabel('Status')).toContainText('1 file');
  expect(existsSync(join(box.root, 'a.bin'))).toBe(false);
  await system.act('power', 'suspend');
  await system.act('power', 'resume');
  await system.act('power', 'on-ac');
  await expect(rowOf(page, 'a.bin')).toHaveAccessibleName(/compared and equal/);
});
