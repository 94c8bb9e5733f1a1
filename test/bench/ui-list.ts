// The list of transfers, open with 10,000 in the queue while some run: what each thing that a person does costs its frames.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright';
import type { Bench } from './run-client.ts';
import { makeSparseFile, makeTree } from './trees.ts';
import { watchStretch, type BenchPage, type Browsers, type Stretch } from './ui-browser.ts';
import { startHost } from './ui-host.ts';

const fileBytes = 4000;
/** Some 100 small files a second, and three larger ones in parts beside them. */
const limitBytesPerSecond = 800_000;
/** Files that go up while it is measured, beyond those of the queue. */
const spare = 6000;
const largeBytes = 40 * 2 ** 20;

type Act = (isOver: () => boolean) => Promise<void>;

export async function watchList(
  bench: Bench,
  browsers: Browsers,
  { queued, seconds }: { queued: number; seconds: number },
): Promise<[name: string, stretch: Stretch][]> {
  const tree = join(bench.folder, 'ui-list-files');
  makeTree(tree, { folders: 100, files: queued + spare, fileBytes });
  const large = join(bench.folder, 'ui-list-large');
  mkdirSync(large);
  for (let n = 0; n < 3; n += 1) makeSparseFile(join(large, `disk image ${n}.img`), largeBytes);
  const host = await startHost(bench, 'ui-list');
  try {
    await host.commands.setSettings({ changes: { limitBytesPerSecond } });
    await host.commands.upload({ paths: [large, tree], target: '0', ifExists: 'version' });
    await host.until(
      { kind: 'overview', hidden: false },
      (batch) => batch.kind === 'overview' && batch.overview.counts.waiting > queued + spare / 2,
    );
    const opened = await browsers.open(host.url);
    const { page } = opened;
    const grid = page.getByRole('grid');
    await grid.getByRole('row').nth(5).waitFor();
    const stretches: [string, Stretch][] = [];
    for (const [name, act] of actsOf(page, grid)) {
      stretches.push([name, await watchStretch(browsers.blank, opened, seconds, act)]);
    }
    await checkQueue(opened, queued);
    await opened.close();
    return stretches;
  } finally {
    await host.close();
    for (const path of [tree, large]) rmSync(path, { recursive: true, force: true });
  }
}

function actsOf(page: Page, grid: Locator): [string, Act][] {
  return [
    ['watching', () => Promise.resolve()],
    [
      'scrolling with the wheel',
      async (isOver) => {
        await grid.hover();
        while (!isOver()) {
          await page.mouse.wheel(0, 180);
          await page.waitForTimeout(30);
        }
      },
    ],
    ['dragging the scroll bar', () => grid.evaluate(dragToAndFro)],
    [
      'searching by typing',
      async (isOver) => {
        const field = page.getByRole('searchbox');
        for (const words of ['file 12', 'disk image', 'file 7', 'no such name', 'img', 'file 3']) {
          if (isOver()) break;
          await field.fill('');
          await field.pressSequentially(words, { delay: 90 });
          await page.waitForTimeout(400);
        }
        await field.fill('');
      },
    ],
    [
      'changing the group',
      async (isOver) => {
        const chips = page.getByRole('group', { name: 'Which transfers are shown' }).getByRole('button');
        for (let turn = 0; !isOver(); turn += 1) {
          await chips.nth((turn * 2) % 5).click();
          await page.waitForTimeout(300);
        }
        await chips.first().click();
      },
    ],
  ];
}

/** For the page: the whole way down and up again, another place in each frame. */
function dragToAndFro(element: Element): Promise<void> {
  const wayMs = 2000;
  const begun = performance.now();
  return new Promise((resolve) => {
    const frame = () => {
      const turn = (performance.now() - begun) / wayMs;
      const place = turn % 2 < 1 ? turn % 1 : 1 - (turn % 1);
      element.scrollTop = turn < 2 ? place * (element.scrollHeight - element.clientHeight) : 0;
      if (turn < 2) requestAnimationFrame(frame);
      else resolve();
    };
    requestAnimationFrame(frame);
  });
}

/** A list that ran empty would flatter. */
async function checkQueue({ page }: BenchPage, queued: number): Promise<void> {
  const label = await page.getByRole('button', { name: /^Waiting/ }).textContent();
  const waiting = Number(label?.replaceAll(/\D/g, ''));
  if (!(waiting >= queued)) throw new Error(`only ${waiting} transfers were left in the queue`);
}
