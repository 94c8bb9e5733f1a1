import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ico, type Raster } from '../../build/icon-kit/containers.ts';

const read = (path: string) => readFileSync(new URL(`../../build/${path}`, import.meta.url));
const pngSize = (png: Buffer) => {
  expect(png.subarray(1, 4).toString()).toBe('PNG');
  return [png.readUInt32BE(16), png.readUInt32BE(20)];
};

test('the icons of Linux and of the tray have the sizes of their names', () => {
  expect(pngSize(read('icon.png'))).toEqual([1024, 1024]);
  for (const size of [16, 24, 32, 48, 64, 128, 256, 512])
    expect(pngSize(read(`icons/${size}x${size}.png`))).toEqual([size, size]);
  for (const state of ['idle', 'under-way', 'paused', 'needs-you'])
    for (const template of ['', 'Template']) {
      expect(pngSize(read(`tray/${state}${template}.png`))).toEqual([16, 16]);
      expect(pngSize(read(`tray/${state}${template}@2x.png`))).toEqual([32, 32]);
    }
});

test('the .ico holds seven sizes, each where its entry says', () => {
  const file = read('icon.ico');
  const count = file.readUInt16LE(4);
  const sizes = Array.from({ length: count }, (_, index) => {
    const entry = 6 + 16 * index;
    const image = file.subarray(
      file.readUInt32LE(entry + 12),
      file.readUInt32LE(entry + 12) + file.readUInt32LE(entry + 8),
    );
    const size = file.readUInt8(entry) || 256;
    if (size === 256) expect(pngSize(image)).toEqual([256, 256]);
    else expect([image.readUInt32LE(0), image.readInt32LE(4), image.readInt32LE(8)]).toEqual([40, size, size * 2]);
    return size;
  });
  expect(sizes).toEqual([16, 24, 32, 48, 64, 128, 256]);
});

test('the .icns is as long as it says and holds PNGs of the sizes of their types', () => {
  const file = read('icon.icns');
  expect(file.subarray(0, 4).toString()).toBe('icns');
  expect(file.readUInt32BE(4)).toBe(file.length);
  const sizes: Record<string, number> = {};
  for (let at = 8; at < file.length; at += file.readUInt32BE(at + 4)) {
    sizes[file.subarray(at, at + 4).toString()] = pngSize(file.subarray(at + 8))[0]!;
  }
  expect(sizes).toEqual({ ic11: 32, ic12: 64, ic07: 128, ic08: 256, ic13: 256, ic09: 512, ic14: 512, ic10: 1024 });
});

test('a bitmap in an .ico stands on its head, blue first, and masks what is transparent', () => {
  const rgba = Buffer.from([1, 2, 3, 255, 4, 5, 6, 255, 7, 8, 9, 255, 10, 11, 12, 0]);
  const raster: Raster = { sizePixels: 2, png: Buffer.alloc(0), rgba };
  const pixels = ico([raster]).subarray(6 + 16 + 40);
  expect([...pixels.subarray(0, 16)]).toEqual([9, 8, 7, 255, 12, 11, 10, 0, 3, 2, 1, 255, 6, 5, 4, 255]);
  expect([...pixels.subarray(16)]).toEqual([0x40, 0, 0, 0, 0, 0, 0, 0]);
});
