import { beforeEach, expect, test, vi } from 'vitest';
import { userEvent } from 'vitest/browser';
import { text } from '../../renderer/text/text.svelte.ts';
import type { VerifyResult } from '../../shared/pair-model.ts';
import { fakeShell, openApp, pairSummary } from './folders-fixture.ts';
import { showFolders } from './folders-page.ts';

beforeEach(() => text.choose('en'));

const { counts } = pairSummary();

async function show(fake: ReturnType<typeof fakeShell>, address = '#/folders') {
  const app = await openApp(fake, address);
  return { app, screen: await showFolders(app) };
}

test('without a pair it says what one is, and leads to adding one', async () => {
  const fake = fakeShell({});
  fake.sendPairs([]);
  const { screen } = await show(fake);
  await expect.element(screen.getByRole('heading', { name: 'No folder is kept up to date yet' })).toBeVisible();
  await screen.getByRole('button', { name: 'Add a folder' }).click();
  await expect.element(screen.getByRole('heading', { level: 1, name: 'Add a folder' })).toBeVisible();
});

test('a pair says its state with the reason, live, its counts, and how it is watched', async () => {
  const fake = fakeShell({});
  const { screen } = await show(fake);
  const watch = {
    mode: 'partly' as const,
    watches: 80,
    limit: 8192,
    fallbackCount: 1,
    fallbackFolders: [{ path: '/home/ann/Documents/raw', reason: 'The limit is reached.', remedy: 'Raise it.' }],
  };
  fake.sendPairs([
    pairSummary({
      state: 'scanning',
      scan: { files: 12_345, folders: 900, ignored: 0, bytes: 1 },
      watch,
      scannedAt: null,
    }),
  ]);
  const card = screen.getByRole('article', { name: '/home/ann/Documents' });
  await expect.element(card).toMatchTextContent('Reading the folder: 12,345 files in 900 folders so far');
  await expect.element(card).toMatchTextContent('Last read whole not yet');
  await expect
    .element(card)
    .toMatchTextContent('80 folders watched, the rest read each minute (the system allows 8,192');
  await card.getByText(/1 folder cannot be watched/).click();
  await expect.element(card.getByText(/Raise it\./)).toBeVisible();

  const syncing = pairSummary({
    state: 'syncing',
    counts: { ...counts, synced: 1000, pending: 200, failed: 4, left: 7 },
    totalBytes: 1000,
    syncedBytes: 250,
  });
  fake.sendPairs([syncing], { bytesPerSecond: 2_000_000, etaMs: 90_000 });
  await expect.element(card).toMatchTextContent('Bringing Box up to date: 200 files');
  await expect.element(card).toMatchTextContent('2.0 MB/s');
  await expect.element(card).toMatchTextContent('1 min 30 s left');
  await expect.element(card.getByRole('progressbar')).toHaveAttribute('aria-valuenow', '25');
  await expect.element(card.getByRole('link', { name: '4 need you' })).toHaveAttribute('href', '#/problems');
  await expect.element(card).toMatchTextContent('7 gone or left out here, still on Box');

  const at = Date.now() + 60_000;
  fake.sendPairs([pairSummary({ state: 'paused', pausedUntil: at })]);
  await expect.element(card).toMatchTextContent('Paused until');
  fake.sendPairs([
    pairSummary({ state: 'blocked', problem: { code: 'pair.root-missing', operation: 'open', detail: 'ENOENT', at } }),
  ]);
  await expect.element(card).toMatchTextContent('Stopped: The local folder is not there, or its disk is not mounted');
  await expect.element(card).toMatchTextContent('Nothing on Box was touched.');
});

test('pause has an end, resume takes its place, and a refusal is shown', async () => {
  const pause = vi.fn(() => Promise.resolve({}));
  const resume = vi.fn(() => Promise.reject(new Error('The pair is being removed.')));
  const fake = fakeShell({ pause, resume });
  fake.sendPairs([pairSummary()]);
  const { screen } = await show(fake);
  screen.getByRole('button', { name: 'Pause /home/ann/Documents' }).element().focus();
  await userEvent.keyboard('{Enter}');
  await expect.element(screen.getByRole('menuitem', { name: 'Until tomorrow, 08:00' })).toBeVisible();
  await screen.getByRole('menuitem', { name: '2 hours' }).click();
  expect(pause).toHaveBeenCalledWith({ target: { kind: 'pair', id: 1 }, durationMs: 7_200_000 });
  fake.sendPairs([pairSummary({ state: 'paused' })]);
  await screen.getByRole('button', { name: 'Resume /home/ann/Documents' }).click();
  await expect.element(screen.getByText('The pair is being removed.')).toBeVisible();
});

test('a comparison goes on while the screen is left, and its differences are listed by kind', async () => {
  const over = Promise.withResolvers<VerifyResult>();
  const fake = fakeShell({
    verify: () => over.promise,
    previewRulesOf: () => new Promise(() => undefined),
  });
  fake.sendPairs([pairSummary()]);
  const { screen, app } = await show(fake);
  await screen.getByRole('button', { name: 'More actions for /home/ann/Documents' }).click();
  await screen.getByRole('menuitem', { name: 'Compare with Box', exact: true }).click();
  await expect.element(screen.getByText('Comparing with Box by SHA-1')).toBeVisible();
  await screen.unmount();

  over.resolve({
    files: 1204,
    hashed: 2,
    equal: 1201,
    missing: 2,
    different: 0,
    extra: 1,
    unreadable: 0,
    differences: [
      { path: 'a.txt', what: 'missing', detail: 'not on Box' },
      { path: 'b.txt', what: 'missing', detail: '' },
      { path: 'old.txt', what: 'extra', detail: '' },
    ],
  });
  const again = await showFolders(app);
  await expect.element(again.getByText('3 differences')).toBeVisible();
  await again.getByRole('link', { name: 'Show the differences' }).click();
  const list = again.getByRole('list', { name: 'Differences' });
  await expect.element(list).toMatchTextContent('a.txt');
  await again.getByRole('radio', { name: 'Only on Box (1)' }).click();
  await expect.element(list).toMatchTextContent('old.txt');
  await expect.element(list).not.toMatchTextContent('a.txt');
  await again.getByRole('button', { name: 'Dismiss the result' }).click();
  await expect.element(list).not.toBeInTheDocument();
});

test('removing asks, says what stays, and a failure is said in the dialog', async () => {
  let answer: () => Promise<Record<string, never>> = () =>
    Promise.reject(new Error('Boxcar does not answer at the moment.'));
  const removePair = vi.fn(() => answer());
  const fake = fakeShell({ removePair });
  fake.sendPairs([pairSummary()]);
  const { screen } = await show(fake);
  await screen.getByRole('button', { name: 'More actions for /home/ann/Documents' }).click();
  await screen.getByRole('menuitem', { name: 'Remove this pair' }).click();
  const dialog = screen.getByRole('dialog', { name: 'Remove this pair?' });
  await expect.element(dialog).toMatchTextContent('All files stay as they are, here and on Box');
  expect(removePair).not.toHaveBeenCalled();
  await dialog.getByRole('button', { name: 'Remove the pair' }).click();
  await expect.element(dialog.getByRole('alert')).toMatchTextContent('Boxcar does not answer at the moment.');
  answer = () => Promise.resolve({});
  await dialog.getByRole('button', { name: 'Remove the pair' }).click();
  await expect.element(dialog).not.toBeInTheDocument();
  await expect.element(screen.getByText('No folder is kept up to date yet')).toBeVisible();
});

test('in German nothing stays English but what the engine says', async () => {
  text.choose('de');
  const fake = fakeShell({});
  fake.sendPairs([pairSummary({ state: 'paused', questions: 1 })]);
  const { screen } = await show(fake);
  const card = screen.getByRole('article', { name: '/home/ann/Documents' });
  await expect.element(card).toMatchTextContent('Angehalten');
  await expect.element(card).toMatchTextContent('1 Frage wartet auf Ihre Antwort');
  await expect.element(card).toMatchTextContent('1.204 auf Box wie hier (2,1 GB)');
});
