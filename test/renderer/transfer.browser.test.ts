import { afterEach, expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { layoutCells } from '../../renderer/screens/transfer/cell-layout.ts';
import { cellsOf } from '../../renderer/screens/transfer/part-cells.ts';
import { paintCells, readPalette } from '../../renderer/screens/transfer/part-painter.ts';
import { applyMap } from '../../renderer/state/part-ranks.ts';
import { text } from '../../renderer/text/text.svelte.ts';
import { CallError } from '../../shared/call-error.ts';
import { batchOf, rowOf, showTransfer, stalled } from './transfer-scene.ts';

const mixed = 'b'.repeat(10) + 'r'.repeat(10) + 'd'.repeat(20) + 'w' + 'u' + 'ss' + 'h' + 'p'.repeat(35);

afterEach(async () => {
  delete document.documentElement.dataset['theme'];
  text.choose('en');
  await page.viewport(1280, 900);
});

const map = () => page.getByRole('slider', { name: 'Map of the parts' });
const canvas = () => map().element().querySelector('canvas')!;
const acts = (given: { name: string; args: unknown }[]) => given.filter(({ name }) => name === 'act');

/** The pixel in the middle of a cell, or a bit off it. */
function pixelOf(cell: number, off = 0): string {
  const { clientWidth } = map().element();
  const layout = layoutCells(mixed.length, clientWidth);
  const x = ((cell % layout.columns) + 0.5) * layout.columnWidth * devicePixelRatio + off;
  const y = (Math.floor(cell / layout.columns) + 0.5) * layout.pitch * devicePixelRatio + off;
  return [...canvas().getContext('2d')!.getImageData(x, y, 1, 1).data].join(' ');
}

test('the head says what it is, what it does and how far it is', async () => {
  const scene = await showTransfer();
  await scene.push(batchOf(mixed));
  await expect.element(page.getByRole('heading', { level: 1, name: 'holiday.mov' })).toBeVisible();
  await expect.element(page.getByText('Films/2026')).toBeVisible();
  await expect.element(page.getByRole('progressbar', { name: 'Progress' })).toHaveAttribute('aria-valuenow', '50');
  await expect.element(page.getByText('671 MB of 1.3 GB')).toBeVisible();
  await expect.element(page.getByRole('link', { name: 'All transfers' })).toHaveAttribute('href', '#/transfers');
  await expect.element(page.getByText('F971964745A5CD0C001BBE4E58196BFD')).toBeVisible();
  await scene.push(
    batchOf(null, { transfer: rowOf({ state: 'committing', commit: { processed: 455, total: 1000 } }) }),
  );
  await expect.element(page.getByText('Finishing on Box: 455 of 1,000 parts').last()).toBeVisible();
});

test('the legend counts the parts of each kind', async () => {
  const scene = await showTransfer();
  await scene.push(batchOf(mixed));
  const legend = page.getByRole('listitem');
  await expect
    .element(legend.filter({ hasText: 'Failed, to be tried again' }))
    .toHaveTextContent('Failed, to be tried again 1');
  await expect.element(legend.filter({ hasText: 'Pending' })).toHaveTextContent('Pending 35');
  await expect.element(legend.filter({ hasText: 'Resumed' })).toHaveTextContent('Resumed 10');
});

test('arrows go through the map, the part is described, Enter retries what waits, Escape leaves', async () => {
  const scene = await showTransfer();
  await scene.push(batchOf(mixed));
  await expect.element(map()).toBeVisible();
  (map().element() as HTMLElement).focus();
  await userEvent.keyboard('{End}');
  await expect.element(map()).toHaveAttribute('aria-valuetext', 'Part 79: Pending');
  await userEvent.keyboard('{Enter}');
  await expect.element(page.getByText(/Nothing waits here/)).toBeVisible();
  expect(acts(scene.given)).toEqual([]);
  await userEvent.keyboard('{Home}');
  for (let at = 0; at < 40; at += 1) await userEvent.keyboard('{ArrowRight}');
  await expect.element(page.getByRole('heading', { name: 'Part 40' })).toBeVisible();
  await expect.element(page.getByText('335,544,320–343,932,927')).toBeVisible();
  await expect.element(page.getByText('No byte moved for 60 s')).toBeVisible();
  await expect
    .element(map())
    .toHaveAttribute('aria-valuetext', 'Part 40: Failed, to be tried again, 3 attempts, The connection stood still');
  await userEvent.keyboard('{Enter}');
  await vi.waitFor(() =>
    expect(acts(scene.given).map(({ args }) => args)).toEqual([
      { action: 'retry', on: { targets: [{ kind: 'part', id: 41, part: 40 }] } },
    ]),
  );
  await userEvent.keyboard('{Escape}');
  expect(document.activeElement).not.toBe(map().element());
});

test('what is pointed at is described, and asked for only where the pointer rests', async () => {
  const scene = await showTransfer();
  await scene.push(batchOf(mixed));
  await map().hover({ position: { x: 4, y: 4 } });
  await expect.element(page.getByRole('heading', { name: 'Part 0' })).toBeVisible();
  await vi.waitFor(() =>
    expect(scene.given).toContainEqual({ name: 'partRows', args: { transferId: 41, from: 0, count: 1 } }),
  );
});

test('only changed cells are painted again', async () => {
  const scene = await showTransfer();
  await scene.push(batchOf(mixed));
  await vi.waitFor(() => expect(pixelOf(79, 3)).not.toBe('0 0 0 0'));
  const pending = pixelOf(79, 3);
  // A mark of our own: it is gone as soon as anything paints there.
  canvas().getContext('2d')!.fillStyle = 'rgb(1, 2, 3)';
  canvas().getContext('2d')!.fillRect(0, 0, canvas().width, canvas().height);
  await scene.push(batchOf(null, { map: { changes: [{ from: 79, codes: 'd' }] } }));
  await vi.waitFor(() => expect(pixelOf(79)).not.toBe('1 2 3 255'));
  expect(pixelOf(79, 3)).not.toBe(pending);
  expect([0, 20, 40, 78].map((cell) => pixelOf(cell))).toEqual(Array(4).fill('1 2 3 255'));
});

test('another theme paints all in its colours', async () => {
  document.documentElement.dataset['theme'] = 'light';
  const scene = await showTransfer();
  await scene.push(batchOf(mixed));
  await vi.waitFor(() => expect(pixelOf(25)).toBe('29 107 71 255'));
  document.documentElement.dataset['theme'] = 'dark';
  await vi.waitFor(() => expect(pixelOf(25)).toBe('108 198 151 255'));
});

test('the canvas has the pixels of the device', async () => {
  const scene = await showTransfer();
  await scene.push(batchOf(mixed));
  await vi.waitFor(() => expect(canvas().width).toBe(Math.round(map().element().clientWidth * devicePixelRatio)));
});

test('8,192 parts are painted as the few hundred cells that they share, and one that changed as one', () => {
  const node = document.body.appendChild(document.createElement('canvas'));
  [node.width, node.height] = [2 * 1100, 2 * 220];
  const context = node.getContext('2d')!;
  const palette = readPalette(node);
  const cells = cellsOf(applyMap(new Uint8Array(), { codes: 'brdswuhp'.repeat(1024) }), new Map());
  const layout = layoutCells(cells.length, 1100);
  const fill = vi.spyOn(context, 'fillRect');
  const fillsOf = (which: Iterable<number>) => {
    fill.mockClear();
    paintCells(context, { which, cells, layout, scale: 2, palette });
    return fill.mock.calls.length;
  };
  const one = fillsOf([7]);
  const all = fillsOf(cells.keys());
  node.remove();
  expect(cells.length).toBeLessThanOrEqual(400);
  expect(one).toBeGreaterThan(0);
  expect(all).toBeLessThanOrEqual(20 * cells.length);
});

test('the table shows a page of parts, goes to the failed one and retries it', async () => {
  const scene = await showTransfer();
  const codes = 'd'.repeat(120) + 'w' + 'p'.repeat(39);
  await scene.push(batchOf(codes));
  await page.getByRole('button', { name: 'Show as table' }).click();
  const table = page.getByRole('table', { name: 'Parts as a table' });
  await expect.element(table).toHaveAttribute('aria-rowcount', '161');
  await expect.element(table.getByRole('rowheader', { name: '49', exact: true })).toBeInTheDocument();
  await expect.element(page.getByText('Page 1 of 4')).toBeVisible();
  await page.getByRole('button', { name: 'Next failed part' }).click();
  await expect.element(page.getByText('Page 3 of 4')).toBeVisible();
  await page.getByRole('button', { name: 'Retry part 120' }).click();
  await vi.waitFor(() => expect(acts(scene.given)).toHaveLength(1));
  expect(acts(scene.given)[0]!.args).toEqual({
    action: 'retry',
    on: { targets: [{ kind: 'part', id: 41, part: 120 }] },
  });
  const asked = scene.given.filter(({ name }) => name === 'partRows').map(({ args }) => args);
  expect(asked).toContainEqual({ transferId: 41, from: 100, count: 50 });
});

test('the one button follows the state, and a refusal is said', async () => {
  const refused = { done: 0, undoUntil: null, refused: [{ target: { kind: 'transfer', id: 41 }, message: 'Its job is paused.' }], refusedCount: 1 }; // prettier-ignore
  const scene = await showTransfer({ act: () => refused });
  await scene.push(batchOf(mixed));
  const placeOf = (label: string) => {
    const { x, y, width } = page.getByRole('button', { name: label, exact: true }).element().getBoundingClientRect();
    return { x, width, below: y - page.getByRole('heading', { level: 1 }).element().getBoundingClientRect().y };
  };
  const place = placeOf('Pause');
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  await expect.element(page.getByText('Its job is paused.')).toBeVisible();
  for (const [state, label] of [
    ['paused', 'Resume'],
    ['needs-you', 'Retry'],
    ['aborting', 'Undo abort'],
    ['aborted', 'Upload again'],
    ['done', 'Show on Box'],
  ] as const) {
    await scene.push(batchOf(null, { transfer: rowOf({ state }) }));
    await expect.element(page.getByRole('button', { name: label, exact: true })).toBeVisible();
    expect(placeOf(label)).toEqual(place);
  }
});

test('abort says what it means on Box, and is taken back', async () => {
  const scene = await showTransfer();
  await scene.push(batchOf(mixed));
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: /^Abort/ }).click();
  await page.getByRole('button', { name: 'Undo', exact: true }).click();
  await vi.waitFor(() => expect(acts(scene.given)).toHaveLength(2));
  expect(acts(scene.given)[0]!.args).toMatchObject({ action: 'abort' });
  expect(acts(scene.given)[1]!.args).toMatchObject({ action: 'undo' });
});

test('a problem has its words, what was said, the request id and a retry', async () => {
  const scene = await showTransfer();
  await scene.push(batchOf(mixed, { transfer: rowOf({ state: 'needs-you', problem: stalled }) }));
  const card = page.getByRole('region', { name: 'The connection stood still' });
  await expect.element(card.getByText(/Boxcar has tried several times and stopped\./).first()).toBeInTheDocument();
  await expect.element(card.getByText(/No byte moved for 60 s/).first()).toBeInTheDocument();
  await card.getByText('Details').click();
  await expect.element(card.getByText(/req-0815/).first()).toBeInTheDocument();
  const copied = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue();
  await card.getByRole('button', { name: 'Copy: Request id' }).click();
  expect(copied).toHaveBeenCalledExactlyOnceWith('req-0815');
  copied.mockRestore();
  await card.getByRole('button', { name: 'Retry', exact: true }).click();
  await vi.waitFor(() =>
    expect(acts(scene.given)[0]?.args).toEqual({
      action: 'retry',
      on: { targets: [{ kind: 'transfer', id: 41 }] },
    }),
  );
});

test('the timeline is asked for again when the state changes', async () => {
  const scene = await showTransfer();
  await scene.push(batchOf(mixed));
  const asked = () => scene.given.filter(({ name }) => name === 'timeline').length;
  await vi.waitFor(() => expect(asked()).toBe(1));
  await expect.element(page.getByText('resumed', { exact: true })).toBeVisible();
  await page.getByText(/What Box calls its requests/).click();
  await expect.element(page.getByText('req-0815')).toBeVisible();
  await scene.push(batchOf(null, { transfer: rowOf({ state: 'paused' }) }));
  await vi.waitFor(() => expect(asked()).toBeGreaterThan(2));
});

test('a finished upload shows its receipt', async () => {
  const row = rowOf({ state: 'done', doneBytes: rowOf().sizeBytes });
  const receipt = {
    ...{ id: 3, jobId: 7, pairId: null, path: row.path, sizeBytes: row.sizeBytes, versionId: null, etag: '1' },
    ...{
      sha1: 'a'.repeat(40),
      boxSha1: 'a'.repeat(40),
      fileId: '9001',
      how: 'sent',
      sentBytes: 5,
      at: 1_770_000_000_000,
    },
  };
  const older = { ...receipt, id: 2, jobId: 6, fileId: '9000' };
  const pages = [
    { receipts: [older], total: null, next: 2 },
    { receipts: [receipt], total: null, next: null },
  ];
  const scene = await showTransfer({ history: () => pages.shift() });
  await scene.push(batchOf('d'.repeat(160), { transfer: row }));
  await expect.element(page.getByRole('region', { name: 'Receipt' }).getByText('9001')).toBeVisible();
});

test('throughput is told in words too', async () => {
  const scene = await showTransfer();
  await scene.push(batchOf(mixed));
  await expect
    .element(
      page.getByRole('img', {
        name: 'Throughput over the last 9 s: now 12.3 MB/s, at most 12.5 MB/s, on average 9.0 MB/s.',
      }),
    )
    .toBeVisible();
});

test('a small file says why it has no parts', async () => {
  const scene = await showTransfer();
  await scene.push(batchOf('', { transfer: rowOf({ kind: 'direct' }), session: null }));
  await expect.element(page.getByText(/small enough to go up in one request/)).toBeVisible();
  expect(page.getByRole('slider').query()).toBeNull();
});

test('an unknown transfer says so', async () => {
  await showTransfer({ transfer: () => Promise.reject(new CallError('usage', 'No transfer t9.')) }, 9);
  await expect.element(page.getByRole('heading', { name: 'Transfer t9 is not known here' })).toBeVisible();
  await showTransfer({}, Number.NaN);
  await expect.element(page.getByRole('heading', { name: 'Transfer tNaN is not known here' })).toBeVisible();
});

test('at 360 px nothing is wider than the page, the table open and in German', async () => {
  await page.viewport(360, 800);
  text.choose('de');
  const scene = await showTransfer();
  await scene.push(batchOf('d'.repeat(8000) + 'w'.repeat(192)));
  await page.getByRole('button', { name: 'Als Tabelle zeigen' }).click();
  await expect.element(page.getByRole('table')).toBeVisible();
  expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(360);
});
