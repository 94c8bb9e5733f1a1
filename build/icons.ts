// `node build/icons.ts`: draws every icon of the packages from renderer/public/icon.svg. What it writes is committed; it runs again when
// the mark changes. Chromium turns the drawings into pixels.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Page } from 'playwright';
import { chromiumOptions } from '../test/support/chromium.ts';
import { icns, ico, type Raster } from './icon-kit/containers.ts';
import { appIcon, trayIcon, trayStates } from './icon-kit/drawings.ts';

const here = (path: string) => new URL(path, import.meta.url);
const linuxSizes = [16, 24, 32, 48, 64, 128, 256, 512];
const windowsSizes = [16, 24, 32, 48, 64, 128, 256];
const appleSizes = [32, 64, 128, 256, 512, 1024];

const mark = readFileSync(here('../renderer/public/icon.svg'), 'utf8');
const browser = await chromium.launch(chromiumOptions(existsSync));
try {
  const page = await browser.newPage();
  const appSizes = [...new Set([...linuxSizes, ...windowsSizes, ...appleSizes])];
  const app = new Map<number, Raster>();
  for (const size of appSizes) app.set(size, await rasterize(page, appIcon(mark, size), size));
  const pick = (sizes: number[]) => sizes.map((size) => app.get(size)!);

  write('icon.png', app.get(1024)!.png);
  write('icon.icns', icns(pick(appleSizes)));
  write('icon.ico', ico(pick(windowsSizes)));
  for (const { sizePixels, png } of pick(linuxSizes)) write(`icons/${sizePixels}x${sizePixels}.png`, png);
  for (const state of trayStates) {
    for (const template of [false, true]) {
      const name = `tray/${state}${template ? 'Template' : ''}`;
      write(`${name}.png`, (await rasterize(page, trayIcon(state, template), 16)).png);
      write(`${name}@2x.png`, (await rasterize(page, trayIcon(state, template), 32)).png);
    }
  }
} finally {
  await browser.close();
}

function write(path: string, content: Buffer): void {
  mkdirSync(dirname(fileURLToPath(here(path))), { recursive: true });
  writeFileSync(here(path), content);
}

/** A drawing as pixels, with whatever it leaves free transparent. */
async function rasterize(page: Page, svg: string, sizePixels: number): Promise<Raster> {
  const { png, rgba } = await page.evaluate(
    async ([source, size]) => {
      const image = new Image(size, size);
      image.src = `data:image/svg+xml,${encodeURIComponent(source)}`;
      await image.decode();
      const canvas = document.createElement('canvas');
      canvas.width = canvas.height = size;
      const context = canvas.getContext('2d')!;
      context.drawImage(image, 0, 0, size, size);
      const { data } = context.getImageData(0, 0, size, size);
      return { png: canvas.toDataURL('image/png').split(',')[1]!, rgba: Array.from(data) };
    },
    [svg, sizePixels] as const,
  );
  return { sizePixels, png: Buffer.from(png, 'base64'), rgba: Buffer.from(rgba) };
}
