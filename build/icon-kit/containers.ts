// The files that Windows and macOS keep several sizes of one icon in.

/** One size of a picture. */
export interface Raster {
  sizePixels: number;
  png: Buffer;
  /** Four bytes a pixel, row by row from the top, not premultiplied. */
  rgba: Buffer;
}

const largestBitmapPixels = 128;

/** A Windows .ico. The large size as PNG, the others as bitmaps, which every reader of the format takes. */
export function ico(rasters: readonly Raster[]): Buffer {
  const images = rasters.map((raster) => (raster.sizePixels > largestBitmapPixels ? raster.png : bitmap(raster)));
  const header = Buffer.alloc(6 + 16 * rasters.length);
  header.writeUInt16LE(1, 2);
  header.writeUInt16LE(rasters.length, 4);
  let offset = header.length;
  rasters.forEach(({ sizePixels }, index) => {
    const image = images[index]!;
    const entry = 6 + 16 * index;
    // 0 stands for 256.
    header.writeUInt8(sizePixels % 256, entry);
    header.writeUInt8(sizePixels % 256, entry + 1);
    header.writeUInt16LE(1, entry + 4);
    header.writeUInt16LE(32, entry + 6);
    header.writeUInt32LE(image.length, entry + 8);
    header.writeUInt32LE(offset, entry + 12);
    offset += image.length;
  });
  return Buffer.concat([header, ...images]);
}

/** A device-independent bitmap as an .ico holds it: twice the height in its header, rows from the bottom, then a mask of one bit. */
function bitmap({ sizePixels, rgba }: Raster): Buffer {
  const header = Buffer.alloc(40);
  header.writeUInt32LE(40, 0);
  header.writeInt32LE(sizePixels, 4);
  header.writeInt32LE(sizePixels * 2, 8);
  header.writeUInt16LE(1, 12);
  header.writeUInt16LE(32, 14);
  const colours = Buffer.alloc(rgba.length);
  const maskRowBytes = Math.ceil(sizePixels / 32) * 4;
  const mask = Buffer.alloc(maskRowBytes * sizePixels);
  for (let y = 0; y < sizePixels; y += 1) {
    for (let x = 0; x < sizePixels; x += 1) {
      const from = (y * sizePixels + x) * 4;
      const row = sizePixels - 1 - y;
      const to = (row * sizePixels + x) * 4;
      colours[to] = rgba[from + 2]!;
      colours[to + 1] = rgba[from + 1]!;
      colours[to + 2] = rgba[from]!;
      colours[to + 3] = rgba[from + 3]!;
      if (rgba[from + 3] === 0) mask[row * maskRowBytes + (x >> 3)]! |= 0x80 >> (x & 7);
    }
  }
  return Buffer.concat([header, colours, mask]);
}

/** The sizes of an .icns that take a PNG, by their type; those with two names are a size, and half of it on a dense screen. */
const icnsTypes: Record<number, string[]> = {
  32: ['ic11'],
  64: ['ic12'],
  128: ['ic07'],
  256: ['ic08', 'ic13'],
  512: ['ic09', 'ic14'],
  1024: ['ic10'],
};

/** An Apple .icns; sizes that it has no type for are left out. */
export function icns(rasters: readonly Raster[]): Buffer {
  const chunks = rasters.flatMap(({ sizePixels, png }) =>
    (icnsTypes[sizePixels] ?? []).map((type) => Buffer.concat([chunkHead(type, png.length), png])),
  );
  const body = Buffer.concat(chunks);
  return Buffer.concat([chunkHead('icns', body.length), body]);
}

function chunkHead(type: string, length: number): Buffer {
  const head = Buffer.alloc(8);
  head.write(type, 'latin1');
  head.writeUInt32BE(length + 8, 4);
  return head;
}
