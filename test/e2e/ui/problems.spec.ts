import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { json } from '../../../main/sandbox/http/reply.ts';
import type { UiBox } from '../../support/ui-box.ts';
import { writeRandom } from '../../support/ui-files.ts';
import { goTo, openBoxcar, uploadFiles } from '../../support/ui-page.ts';
import { addPair } from '../../support/ui-pair.ts';
import { expect, test } from './fixture.ts';

test('what failed for one cause stands together with what to do, and its buttons try it again', async ({
  page,
  folder,
  opened: { box },
}) => {
  box.intercept(({ route }) => (route === 'upload-file' ? forbidden : undefined));
  await uploadFiles(
    page,
    ['a.txt', 'b.txt', 'c.txt'].map((name) => writeRandom(join(folder, name), 1000)),
  );
  await expect(page.getByRole('rowgroup', { name: 'Needs you, 3' })).toBeVisible({ timeout: 30_000 });
  await goTo(page, 'Problems');
  const card = page.getByRole('region').filter({ hasText: '(3)' });
  await card.getByText('Show files').click();
  await expect(card.getByText('c.txt')).toBeVisible();
  await card.getByText('Details').first().click();
  await expect(card.getByText('403', { exact: false }).first()).toBeVisible();

  // One alone, then the rest of the cause.
  const tries = () => box.asked.filter((route) => route === 'upload-file').length;
  const before = tries();
  let lets = 1;
  box.intercept(({ route }) => {
    if (route !== 'upload-file') return undefined;
    lets -= 1;
    return lets < 0 ? forbidden : undefined;
  });
  await card.getByRole('button', { name: 'Retry', exact: true }).first().click();
  const rest = page.getByRole('button', { name: 'Retry all 2' });
  await expect(rest).toBeVisible();
  let seen = -1;
  const isQuiet = () => {
    const same = seen === tries();
    seen = tries();
    return same;
  };
  await expect.poll(isQuiet, { intervals: [1500] }).toBe(true);
  expect(tries()).toBe(before + 1);
  await expect(rest).toBeVisible();
  box.intercept(undefined);
  await rest.click();
  await expect(page.getByText('Nothing needs you')).toBeVisible();
  await goTo(page, 'Transfers');
  await expect(page.getByRole('rowgroup', { name: 'Done, 3' })).toBeVisible();
});

test('several causes, and one button for all of them', async ({ page, folder, opened: { box } }) => {
  let uploads = 0;
  box.intercept(({ route }) => {
    if (route !== 'upload-file') return undefined;
    uploads += 1;
    return uploads % 2 === 0 ? forbidden : { answer: json(400, { code: 'item_name_invalid', message: 'no' }) };
  });
  await uploadFiles(
    page,
    ['a.txt', 'b.txt'].map((name) => writeRandom(join(folder, name), 1000)),
  );
  await expect(page.getByRole('rowgroup', { name: 'Needs you, 2' })).toBeVisible({ timeout: 30_000 });
  box.intercept(undefined);
  await goTo(page, 'Problems');
  await page.getByRole('button', { name: 'Retry all', exact: true }).click();
  await expect(page.getByText('2 are tried again.')).toBeVisible();
  await expect(page.getByText('Nothing needs you')).toBeVisible();
});

test('questions of a folder are answered: a name, a file removed on Box, one changed on both sides, many deletions', async ({
  page,
  folder,
  startBox,
  startHost,
}) => {
  test.setTimeout(120_000);
  const user = join(folder, 'user');
  const work = join(user, 'Work');
  mkdirSync(work, { recursive: true });
  for (let n = 0; n < 30; n += 1) writeFileSync(join(work, `file ${n}.txt`), `content ${n}`);
  writeFileSync(join(work, 'plan .txt '), 'odd');
  const box = await startBox();
  const host = await startHost({ box: box.ready, userFolder: user });
  await openBoxcar(page, host.url);
  await addPair(page, 'Work', 'Office');
  await expect(page.getByText('Up to date, but for what needs you')).toBeVisible();
  await goTo(page, 'Problems');

  const named = page.getByRole('region', { name: 'Names that Box does not take' });
  await expect(named).toContainText('Rename it here to');
  await named.getByRole('button', { name: 'Rename as proposed' }).click();
  await expect(named).toBeHidden();
  await expect.poll(() => box.idOf('Office/plan .txt').catch(() => null)).not.toBeNull();

  await box.call('DELETE', `/files/${await box.idOf('Office/file 0.txt')}`);
  const removed = page.getByRole('region', { name: 'Removed on Box' });
  await expect(removed).toContainText('file 0.txt');
  await removed.getByRole('button', { name: 'Upload again' }).click();
  await expect(removed).toBeHidden();
  await expect.poll(() => box.idOf('Office/file 0.txt').catch(() => null)).not.toBeNull();

  await replaceOnBox(box, 'file 1.txt', 'theirs');
  writeFileSync(join(work, 'file 1.txt'), 'mine, and longer');
  const conflict = page.getByRole('region', { name: 'Changed on both sides' });
  await expect(conflict).toContainText('file 1');
  await conflict.getByRole('button', { name: 'Replace the one on Box' }).click();
  await expect(conflict).toBeHidden();
  await expect.poll(() => readFileSync(join(box.root, 'Office/file 1.txt'), 'utf8')).toBe('mine, and longer');

  await goTo(page, 'Folders');
  await page.getByRole('link', { name: /Work/ }).click();
  await page.getByRole('radio', { name: /It goes to the trash of Box/ }).click();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  for (let n = 2; n < 12; n += 1) rmSync(join(work, `file ${n}.txt`));
  await goTo(page, 'Problems');
  const many = page.getByRole('region', { name: 'Many deletions at once' });
  await expect(many).toContainText('10 files of', { timeout: 30_000 });
  await many.getByRole('button', { name: 'Move to the trash of Box' }).click();
  await expect(many).toBeHidden();
  await expect.poll(() => box.idOf('Office/file 2.txt').catch(() => null)).toBeNull();
});

test('the other answers: left out, left here only, both kept, left on Box, nothing deleted, still the same folder', async ({
  page,
  folder,
  startBox,
  startHost,
}) => {
  test.setTimeout(120_000);
  const user = join(folder, 'user');
  const work = join(user, 'Work');
  mkdirSync(work, { recursive: true });
  for (let n = 0; n < 20; n += 1) writeFileSync(join(work, `file ${n}.txt`), `content ${n}`);
  writeFileSync(join(work, 'plan .txt '), 'odd');
  const box = await startBox();
  const host = await startHost({ box: box.ready, userFolder: user });
  await openBoxcar(page, host.url);
  await addPair(page, 'Work', 'Office');
  await expect(page.getByText('Up to date, but for what needs you')).toBeVisible();
  await page.getByRole('link', { name: /Work/ }).click();
  await page.getByRole('radio', { name: /It goes to the trash of Box/ }).click();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await goTo(page, 'Problems');
  const asked = (title: string) => page.getByRole('region', { name: title });
  const answer = async (title: string, words: string) => {
    await asked(title).getByRole('button', { name: words }).click();
    await expect(asked(title)).toBeHidden();
  };

  await answer('Names that Box does not take', 'Leave it out');
  await expect(page.getByText('Nothing needs you')).toBeVisible();

  await box.call('DELETE', `/files/${await box.idOf('Office/file 0.txt')}`);
  await answer('Removed on Box', 'Leave it here only');

  await replaceOnBox(box, 'file 1.txt', 'theirs');
  writeFileSync(join(work, 'file 1.txt'), 'mine, and longer');
  await answer('Changed on both sides', 'Leave the one on Box');
  expect(readFileSync(join(box.root, 'Office/file 1.txt'), 'utf8')).toBe('theirs');

  await replaceOnBox(box, 'file 2.txt', 'theirs');
  writeFileSync(join(work, 'file 2.txt'), 'mine, and longer');
  await answer('Changed on both sides', 'Keep both');
  const kept = readdirSync(join(box.root, 'Office')).filter((name) => name.startsWith('file 2'));
  expect(kept).toHaveLength(2);

  for (let n = 3; n < 13; n += 1) rmSync(join(work, `file ${n}.txt`));
  await expect(asked('Many deletions at once')).toContainText('10 files of', { timeout: 30_000 });
  await answer('Many deletions at once', 'Keep on Box');
  expect(await box.idOf('Office/file 3.txt')).toBeTruthy();

  renameSync(work, join(user, 'Work before'));
  mkdirSync(work);
  writeFileSync(join(work, 'new.txt'), 'new');
  await expect(asked('Is it still the same folder?')).toBeVisible({ timeout: 30_000 });
  await expect(box.idOf('Office/new.txt')).rejects.toThrow('not on Box');
  await answer('Is it still the same folder?', 'Yes, it is the one');
  await expect.poll(() => box.idOf('Office/new.txt').catch(() => null)).not.toBeNull();
  expect(await box.idOf('Office/file 0.txt').catch(() => null)).toBeNull();
  // All that it held is missing now, which is asked about by itself.
  await expect(asked('Many deletions at once')).toBeVisible({ timeout: 30_000 });
  expect(await box.idOf('Office/file 15.txt')).toBeTruthy();
});

const forbidden = { answer: json(403, { code: 'access_denied_insufficient_permissions', message: 'no' }) };

/** A new version by somebody else. */
async function replaceOnBox(box: UiBox, name: string, content: string): Promise<void> {
  const form = new FormData();
  form.append('attributes', JSON.stringify({ name }));
  form.append('file', new Blob([content]), name);
  const headers = { authorization: `Bearer ${box.ready.token}` };
  const answer = await fetch(`${box.ready.upload}/files/${await box.idOf(`Office/${name}`)}/content`, {
    method: 'POST',
    headers,
    body: form,
  });
  if (!answer.ok) throw new Error(await answer.text());
}
