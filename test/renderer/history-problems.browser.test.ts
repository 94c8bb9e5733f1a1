import type { Component } from 'svelte';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { render } from 'vitest-browser-svelte';
import { page } from 'vitest/browser';
import History from '../../renderer/screens/history/History.svelte';
import Problems from '../../renderer/screens/problems/Problems.svelte';
import { provideApp } from '../../renderer/state/app.ts';
import { OverviewState } from '../../renderer/state/overview.svelte.ts';
import { text } from '../../renderer/text/text.svelte.ts';
import type { Overview } from '../../shared/list-model.ts';
import type { Receipt } from '../../shared/model.ts';
import { screenCommands } from '../../shared/screen-commands.ts';
import { fakeShell, openApp } from './folders-fixture.ts';
import { quiet } from './support/transfers-scene.ts';

beforeEach(() => text.choose('en'));

const receipt = (id: number): Receipt => ({
  id,
  jobId: 1,
  pairId: null,
  path: `/home/ann/file-${id}.txt`,
  sizeBytes: 10,
  sha1: 'a'.repeat(40),
  boxSha1: 'a'.repeat(40),
  fileId: String(id),
  versionId: '1',
  etag: '0',
  how: 'sent',
  sentBytes: 10,
  at: 1_700_000_000_000 + id,
});

function overview(done: number, bytesPerSecond: number): Overview {
  const counts = { ...quiet.counts, 'under-way': 1, done };
  return { ...quiet, counts, left: { files: 1, bytes: 1 }, bytesPerSecond };
}

/** A screen while the totals change ten times a second, as they do while something goes up. */
async function showWhileUploading(Screen: typeof History, fake: ReturnType<typeof fakeShell>, done: () => number) {
  const app = await openApp(fake, '#/history');
  app.overview = new OverviewState(app.session);
  let speed = 0;
  const tick = setInterval(() => fake.send({ kind: 'overview', overview: overview(done(), (speed += 1)) }), 100);
  onTestFinished(() => clearInterval(tick));
  await render(((anchor: never) => {
    provideApp(app);
    return Screen(anchor, {});
  }) as unknown as Component);
  return { ticks: () => speed };
}

test('receipts are shown, found and kept up while the totals change all the time', async () => {
  let arrived = 3;
  const fake = fakeShell({
    history: ({ text: words }) => {
      const all = Array.from({ length: arrived }, (_, n) => receipt(arrived - n));
      return Promise.resolve({
        receipts: all.filter(({ path }) => path.includes(words ?? '')),
        total: words ? null : arrived,
        next: null,
      });
    },
  });
  // Files arrive all the time too.
  let ticks = 0;
  await showWhileUploading(History, fake, () => (ticks += 1));
  expect(page.getByText('Nothing has arrived yet', { exact: false }).query()).toBeNull();
  await expect.element(page.getByText('file-3.txt')).toBeVisible();
  arrived = 4;
  await expect.element(page.getByText('file-4.txt')).toBeVisible();
  await page.getByRole('searchbox').fill('file-2');
  await expect.element(page.getByText('file-4.txt')).not.toBeInTheDocument();
  await expect.element(page.getByText('file-2.txt')).toBeVisible();
});

test('who has read on in the receipts is not taken back to the first page by what arrives', async () => {
  const all = Array.from({ length: 250 }, (_, n) => receipt(250 - n));
  let looks = 0;
  const fake = fakeShell({
    history: ({ before }) => {
      looks += 1;
      const from = before ? 250 - before + 1 : 0;
      return Promise.resolve({ receipts: all.slice(from, from + 200), total: 250, next: from === 0 ? 51 : null });
    },
  });
  let ticks = 0;
  await showWhileUploading(History, fake, () => (ticks += 1));
  await page.getByRole('button', { name: 'Show older ones' }).click();
  const rows = () => page.getByRole('listitem').elements().length;
  await expect.poll(rows).toBe(250);
  const before = looks;
  await expect.poll(() => looks, { timeout: 10_000 }).toBeGreaterThan(before + 1);
  expect(rows()).toBe(250);
});

test('a path that is pasted to be found may be as long as paths are, and longer', async () => {
  const asked: number[] = [];
  const fake = fakeShell({
    history: (args) => {
      const words = screenCommands.history.args.parse(args).text;
      asked.push(words.length);
      return Promise.resolve({ receipts: words === '' ? [receipt(1)] : [], total: null, next: null });
    },
  });
  await showWhileUploading(History, fake, () => 1);
  await expect.element(page.getByText('file-1.txt')).toBeVisible();
  await page.getByRole('searchbox').fill(`/${'long/'.repeat(900)}`);
  await expect.element(page.getByText('No receipt has', { exact: false })).toBeVisible();
  await page.getByRole('searchbox').fill('x'.repeat(6000));
  await expect.poll(() => asked.at(-1)).toBe(5000);
});

test('problems are read again while the totals change, and not with every batch of them', async () => {
  let reads = 0;
  const fake = fakeShell({
    problemGroups: () => {
      reads += 1;
      return Promise.resolve([]);
    },
    questions: () => Promise.resolve([]),
  });
  const { ticks } = await showWhileUploading(Problems, fake, () => 0);
  await expect.poll(() => reads, { timeout: 10_000 }).toBeGreaterThan(2);
  expect(reads).toBeLessThan(ticks() / 2);
});
