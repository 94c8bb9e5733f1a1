import { createHash } from 'node:crypto';
import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { PartRange } from '../../../main/box/upload-session/part-source.ts';
import { createHashPool, type HashPool } from '../../../main/engine/hash/hash-pool.ts';
import { statFactsSync } from '../../../main/engine/scan/facts.ts';
import { openFileSource, type FileSource, type FileSourceOptions } from '../../../main/engine/source/file-source.ts';
import { systemClock } from '../../../main/platform/clock.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

export const never: AbortSignal = new AbortController().signal;
export const sha1 = (bytes: Uint8Array) => createHash('sha1').update(bytes).digest('hex');
export const problem = (code: string) => ({ problem: { code } });

/** A time long past, so that nothing is racy: in whole seconds, which every file system keeps. */
export const longAgo = 1_600_000_000;

/** Bytes that differ everywhere. */
export function bytesOf(sizeBytes: number, seed = 1): Buffer {
  const bytes = Buffer.allocUnsafe(sizeBytes);
  for (let n = 0, value = seed; n < sizeBytes; n += 1) {
    value = (value * 1_103_515_245 + 12_345) & 0x7fffffff;
    bytes[n] = value >> 16;
  }
  return bytes;
}

/** The grid that Box would lay over a file. */
export function gridOf(sizeBytes: number, partSizeBytes: number): PartRange[] {
  return Array.from({ length: Math.ceil(sizeBytes / partSizeBytes) }, (_, index) => {
    const offset = index * partSizeBytes;
    return { index, offset, sizeBytes: Math.min(partSizeBytes, sizeBytes - offset) };
  });
}

/** A file with a time long past. */
export function fileOf(bytes: Uint8Array): string {
  const path = join(temporaryFolder(), 'file');
  writeFileSync(path, bytes);
  utimesSync(path, longAgo, longAgo);
  return path;
}

export function poolFor(): HashPool {
  const pool = createHashPool();
  onTestFinished(() => pool.close());
  return pool;
}

/** A source over the file as it stands; it and its pool are closed when the test ends. */
export async function openSource(path: string, options: Partial<FileSourceOptions> = {}): Promise<FileSource> {
  const source = await openFileSource({
    path,
    displayPath: path,
    facts: statFactsSync(path),
    hashPool: options.hashPool ?? poolFor(),
    clock: systemClock,
    ...options,
  });
  onTestFinished(() => source.close());
  return source;
}

export async function bytesFrom(slices: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const slice of slices) all.push(Buffer.from(slice));
  return Buffer.concat(all);
}
