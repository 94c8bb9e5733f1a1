// The screen of one transfer of 8,192 parts while they go up.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright';
import type { Bench } from './run-client.ts';
import { makeSparseFile } from './trees.ts';
import { watchStretch, type Browsers, type Stretch } from './ui-browser.ts';
import { startHost } from './ui-host.ts';

const partSize = 4096;
/** Some 250 parts a second. */
const limitBytesPerSecond = 1_000_000;

export async function watchParts(
  bench: Bench,
  browsers: Browsers,
  { parts, seconds }: { parts: number; seconds: number },
): Promise<[name: string, stretch: Stretch][]> {
  const folder = join(bench.folder, 'ui-parts-files');
  mkdirSync(folder);
  const path = join(folder, 'disk image.img');
  makeSparseFile(path, parts * partSize);
  const host = await startHost(bench, 'ui-parts', { partSize });
  try {
    await host.commands.setSettings({ changes: { limitBytesPerSecond } });
    const { jobId } = await host.commands.upload({ paths: [path], target: '0', ifExists: 'version' });
    await host.until(
      { kind: 'job', jobId },
      (batch) => batch.kind === 'job' && batch.progress.active.some((row) => (row.parts?.done ?? 0) > 0),
    );
    const opened = await browsers.open(host.url);
    const { page } = opened;
    await page.getByRole('grid').getByRole('link', { name: 'disk image.img' }).click();
    const map = page.getByRole('slider');
    await map.waitFor();
    const stretches: [string, Stretch][] = [];
    for (const [name, act] of actsOf(page, map)) {
      stretches.push([name, await watchStretch(browsers.blank, opened, seconds, act)]);
    }
    const [transfer] = await host.commands.transfers({ jobId });
    if (transfer?.state !== 'sending') throw new Error(`the parts did not last: ${transfer?.state ?? 'gone'}`);
    await opened.close();
    return stretches;
  } finally {
    await host.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function actsOf(page: Page, map: Locator): [string, (isOver: () => boolean) => Promise<void>][] {
  return [
    ['watching', () => Promise.resolve()],
    [
      'pointing along the map',
      async (isOver) => {
        const box = await map.boundingBox();
        if (!box) throw new Error('the map is not shown');
        for (let turn = 0; !isOver(); turn += 1) {
          await page.mouse.move(box.x + ((turn * 7) % box.width), box.y + ((turn * 3) % box.height));
          await page.waitForTimeout(16);
        }
      },
    ],
    [
      'with the table of parts',
      async () => {
        await page.getByRole('button', { name: 'Show as table' }).click();
        await page.getByRole('region', { name: 'Parts as a table' }).waitFor();
      },
    ],
  ];
}
