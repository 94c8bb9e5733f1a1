import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Intercept } from '../../main/sandbox/http/intercept.ts';
import { sha1OfFile, writeRandom } from '../support/ui-files.ts';
import { dropOnWindow, rowOf, sendPending } from '../support/ui-page.ts';
import { boxEnvironment, enginePid, expect, isReady, isRunning, test } from './fixture.ts';

/** Parts that each take a while. */
const slowParts: Intercept = ({ route }) =>
  route === 'upload-part' ? new Promise((resolve) => setTimeout(() => resolve(undefined), 300)) : undefined;

test('the engine is a process of its own, with a listed environment and no token in it', async ({
  startBox,
  launch,
}) => {
  const box = await startBox();
  const env = { ...boxEnvironment(box), AWS_SECRET_ACCESS_KEY: 'not for the engine', LC_ALL: 'C.UTF-8' };
  const app = await launch({ env });
  await isReady(app);
  const pid = await enginePid(app);
  expect(pid).not.toBe(app.pid);
  const entries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean);
  const names = entries.map((entry) => entry.slice(0, entry.indexOf('=')));
  expect(names).toContain('LC_ALL');
  // The channel of a fork: how plain Node stands for a utility process.
  const listed = /^(PATH|HOME|TZ|LANG|LANGUAGE|LC_[A-Z]+|TMPDIR|TEMP|TMP|\w+_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR)|NODE_CHANNEL_(FD|SERIALIZATION_MODE))$/i; // prettier-ignore
  expect(names.filter((name) => !listed.test(name))).toEqual([]);
  expect(entries.filter((entry) => entry.includes(box.ready.token))).toEqual([]);
});

test('a killed engine is started again and the upload goes on', async ({ folder, opened: { app, box } }) => {
  const file = writeRandom(join(folder, 'tape.tar'), 25 * 2 ** 20);
  const page = await isReady(app);
  box.intercept(slowParts);
  await dropOnWindow(page, [file]);
  await sendPending(page);
  await expect(rowOf(page, 'tape.tar')).toHaveAccessibleName(/Sending: [1-9]/, { timeout: 20_000 });
  const before = await enginePid(app);
  process.kill(before, 'SIGKILL');
  await expect.poll(() => enginePid(app)).not.toBe(before);
  box.intercept(undefined);
  await expect(rowOf(page, 'tape.tar')).toHaveAccessibleName(/compared and equal/, { timeout: 30_000 });
  expect(await sha1OfFile(join(box.root, 'tape.tar'))).toBe(await sha1OfFile(file));
});

test('quitting stops uploads within two seconds, leaves no process, and the next start goes on', async ({
  folder,
  startBox,
  launch,
}) => {
  const file = writeRandom(join(folder, 'tape.tar'), 25 * 2 ** 20);
  const box = await startBox();
  const app = await launch({ env: boxEnvironment(box) });
  const page = await isReady(app);
  box.intercept(slowParts);
  await dropOnWindow(page, [file]);
  await sendPending(page);
  await expect(rowOf(page, 'tape.tar')).toHaveAccessibleName(/Sending: [1-9]/, { timeout: 20_000 });
  const engine = await enginePid(app);
  const asked = performance.now();
  void app.evaluate(({ app: running }) => running.quit(), null).catch(() => undefined);
  await app.ended;
  expect(performance.now() - asked).toBeLessThan(2500);
  await expect.poll(() => isRunning(engine)).toBe(false);

  box.intercept(undefined);
  const sentBefore = box.asked.filter((route) => route === 'upload-part').length;
  const again = await launch({ env: boxEnvironment(box) });
  const next = await again.page();
  await expect(rowOf(next, 'tape.tar')).toHaveAccessibleName(/compared and equal/, { timeout: 30_000 });
  // What had arrived was not sent again.
  expect(box.asked.filter((route) => route === 'upload-part').length - sentBefore).toBeLessThan(25);
  expect(box.asked.filter((route) => route === 'create-session').length).toBeLessThanOrEqual(1);
});

test('an app that is killed leaves no engine behind', async ({ opened: { app } }) => {
  await isReady(app);
  const engine = await enginePid(app);
  expect(isRunning(engine)).toBe(true);
  await app.kill();
  await expect.poll(() => isRunning(engine), { timeout: 10_000 }).toBe(false);
});

test('a reloaded page gets a port of its own and shows what there is', async ({ folder, opened: { app } }) => {
  const page = await app.page();
  await dropOnWindow(page, [writeRandom(join(folder, 'a.bin'), 1000)]);
  await sendPending(page);
  await expect(rowOf(page, 'a.bin')).toHaveAccessibleName(/compared and equal/);
  await page.reload();
  await expect(rowOf(page, 'a.bin')).toHaveAccessibleName(/compared and equal/);
  await dropOnWindow(page, [writeRandom(join(folder, 'b.bin'), 1000)]);
  await sendPending(page);
  await expect(rowOf(page, 'b.bin')).toHaveAccessibleName(/compared and equal/);
});

test('a page that dies is loaded again; uploads are not its business', async ({ folder, opened: { app } }) => {
  const page = await app.page();
  await dropOnWindow(page, [writeRandom(join(folder, 'a.bin'), 1000)]);
  await sendPending(page);
  await expect(rowOf(page, 'a.bin')).toHaveAccessibleName(/compared and equal/);
  const engine = await enginePid(app);
  await app.evaluate(
    ({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.forcefullyCrashRenderer(),
    null,
  );
  // The spec's own page stays dead; what is asked while there is none fails.
  const shownText = () =>
    app
      .evaluate(
        ({ BrowserWindow }) =>
          BrowserWindow.getAllWindows()[0]?.webContents.executeJavaScript('document.body.innerText'),
        null,
      )
      .catch(() => '');
  await expect.poll(shownText, { timeout: 20_000 }).toContain('a.bin');
  expect(await enginePid(app)).toBe(engine);
});
