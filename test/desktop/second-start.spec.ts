import { join } from 'node:path';
import { writeRandom } from '../support/ui-files.ts';
import { dropOnWindow, rowOf, sendPending, transferIdOf } from '../support/ui-page.ts';
import { boxEnvironment, expect, isReady, test, windowState, withTray } from './fixture.ts';

test('a second start ends by itself, and brings the window of the first up with the files it was given', async ({
  folder,
  startBox,
  launch,
}) => {
  const env = { ...boxEnvironment(await startBox()), ...withTray(folder) };
  const file = writeRandom(join(folder, 'film.mov'), 1000);
  const app = await launch({ env });
  const page = await isReady(app);
  await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide(), null);
  const second = await launch({ args: [file], env, waitForPage: false });
  expect(await second.ended).toBe(0);
  await expect.poll(() => windowState(app)).toBe('visible');
  await expect(page.getByRole('dialog', { name: 'Upload film.mov to Box' })).toBeVisible();
  await sendPending(page);
  await expect(rowOf(page, 'film.mov')).toHaveAccessibleName(/compared and equal/);
});

test('files of the first start wait for a person to say where they go', async ({ folder, startBox, launch }) => {
  const box = await startBox();
  const file = writeRandom(join(folder, 'film.mov'), 1000);
  const app = await launch({ args: [file], env: boxEnvironment(box) });
  const page = await app.page();
  await expect(page.getByRole('dialog', { name: 'Upload film.mov to Box' })).toBeVisible();
  expect(box.asked.filter((route) => /upload/.test(route))).toEqual([]);
});

test('a boxcar:// link shows an item, and can do nothing else', async ({ folder, startBox, launch }) => {
  const box = await startBox();
  const env = boxEnvironment(box);
  const app = await launch({ env });
  const page = await isReady(app);
  const file = writeRandom(join(folder, 'a.bin'), 1000);
  await dropOnWindow(page, [file]);
  await sendPending(page);
  const row = rowOf(page, 'a.bin');
  await expect(row).toHaveAccessibleName(/compared and equal/);
  const id = await transferIdOf(row);
  const asked = box.asked.length;
  const other = writeRandom(join(folder, 'other.bin'), 1000);
  for (const link of [
    `boxcar://upload?path=${other}`,
    `boxcar://show/../../${other}`,
    'boxcar://settings?startAtLogin=true',
    `boxcar://show/file:${other}`,
  ]) {
    const opener = await launch({ args: [link], env, waitForPage: false });
    expect(await opener.ended).toBe(0);
  }
  const opener = await launch({ args: [`boxcar://show/t${id}`], env, waitForPage: false });
  expect(await opener.ended).toBe(0);
  await expect(page.getByRole('heading', { name: 'a.bin', level: 1 })).toBeVisible();
  await expect(page.getByRole('dialog')).toBeHidden();
  expect(box.asked.slice(asked).filter((route) => /upload|create/.test(route))).toEqual([]);
});
