import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { sha1OfFile, writeRandom } from '../support/ui-files.ts';
import { dropOnWindow, goTo, rowOf, sendPending } from '../support/ui-page.ts';
import { boxEnvironment, expect, test, windowState, withTray } from './fixture.ts';

test('the window can be seen before the ledger is read', async ({ home, startBox, launch }) => {
  const box = await startBox();
  mkdirSync(home, { recursive: true });
  const ledger = new DatabaseSync(join(home, 'ledger.db'));
  ledger.exec('pragma locking_mode = exclusive; begin exclusive; create table held (one integer)');
  const app = await launch({ env: boxEnvironment(box) });
  const page = await app.page();
  await expect(page.getByText('Boxcar is starting…')).toBeVisible();
  expect(await windowState(app)).toBe('visible');
  ledger.exec('rollback');
  ledger.close();
  await expect(page.getByRole('heading', { name: 'Drop files or folders here' })).toBeVisible({ timeout: 20_000 });
});

test('from the first start to the first receipt: the sandbox, a file dropped by its path, the proof', async ({
  folder,
  home,
  launch,
}) => {
  const file = writeRandom(join(folder, 'film.mov'), 30_000_000);
  const app = await launch();
  const page = await app.page();
  await expect(page.getByRole('heading', { name: 'Folders to Box, part by part' })).toBeVisible();
  await page.getByRole('button', { name: 'Try the sandbox' }).click();
  await expect(page.getByRole('heading', { name: 'Drop files or folders here' })).toBeVisible();
  await dropOnWindow(page, [file]);
  await sendPending(page);
  await expect(rowOf(page, 'film.mov')).toHaveAccessibleName(/compared and equal/, { timeout: 30_000 });
  const sha1 = await sha1OfFile(file);
  await goTo(page, 'History');
  await page.getByText('film.mov', { exact: true }).first().click();
  await expect(page.getByText(sha1)).toBeVisible();
  expect(await sha1OfFile(join(home, 'sandbox-box', 'film.mov'))).toBe(sha1);
  // It was read where it lay: nothing was copied on its way.
  expect(readdirSync(home, { recursive: true }).filter((name) => String(name).startsWith('spool/'))).toEqual([]);
});

test('a dropped folder goes up with its own name, read where it lies', async ({
  folder,
  home,
  opened: { app, box },
}) => {
  const page = await app.page();
  mkdirSync(join(folder, 'Reise/Tag 1'), { recursive: true });
  writeFileSync(join(folder, 'Reise/Tag 1/Zürich.txt'), 'see');
  await dropOnWindow(page, [join(folder, 'Reise')]);
  await expect(page.getByRole('dialog', { name: 'Upload Reise to Box' })).toBeVisible();
  await sendPending(page);
  await expect(rowOf(page, 'Zürich.txt')).toHaveAccessibleName(/compared and equal/);
  expect(readFileSync(join(box.root, 'Reise/Tag 1/Zürich.txt'), 'utf8')).toBe('see');
  expect(readdirSync(home, { recursive: true }).filter((name) => String(name).startsWith('spool/'))).toEqual([]);
});

test('files called .asar go up as the files that they are, though Electron takes archives for folders', async ({
  folder,
  home,
  launch,
}) => {
  const app = await launch();
  const page = await app.page();
  await page.getByRole('button', { name: 'Try the sandbox' }).click();
  await expect(page.getByRole('heading', { name: 'Drop files or folders here' })).toBeVisible();
  const archive = join(folder, 'Tool/resources/app.asar');
  mkdirSync(dirname(archive), { recursive: true });
  writeFileSync(archive, Buffer.from([4, 0, 0, 0, 20, 0, 0, 0]));
  const other = writeRandom(join(folder, 'other.asar'), 25_000_000);
  await dropOnWindow(page, [join(folder, 'Tool'), other]);
  await sendPending(page);
  await expect(rowOf(page, 'app.asar')).toHaveAccessibleName(/compared and equal/, { timeout: 30_000 });
  await expect(rowOf(page, 'other.asar')).toHaveAccessibleName(/compared and equal/, { timeout: 30_000 });
  const box = join(home, 'sandbox-box');
  expect(await sha1OfFile(join(box, 'Tool/resources/app.asar'))).toBe(await sha1OfFile(archive));
  expect(await sha1OfFile(join(box, 'other.asar'))).toBe(await sha1OfFile(other));
});

test('a start at login shows no window where there is a tray', async ({ folder, launch }) => {
  const app = await launch({ args: ['--hidden'], env: withTray(folder) });
  await app.page();
  expect(await windowState(app)).toBe('hidden');
});

test('without a tray it is minimised instead: nobody is left with an app that cannot be found', async ({ launch }) => {
  const app = await launch({ args: ['--hidden'] });
  await app.page();
  await expect.poll(() => windowState(app)).toBe('minimised');
});

test('the window opens where it was left', async ({ launch }) => {
  const left = { x: 120, y: 90, width: 900, height: 640 };
  const first = await launch();
  await first.evaluate(({ BrowserWindow }, bounds) => BrowserWindow.getAllWindows()[0]?.setBounds(bounds), left);
  await first.quit();
  const second = await launch();
  const page = await second.page();
  expect(await second.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getBounds(), null)).toEqual(
    left,
  );
  await expect.poll(() => page.evaluate(() => window.outerWidth)).toBe(left.width);
});
