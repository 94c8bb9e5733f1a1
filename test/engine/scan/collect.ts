import { expect } from 'vitest';
import type { ScanBatch, ScannedEntry, ScannedFolder } from '../../../main/engine/scan/model.ts';
import { childPath, displayPathOf, type LocalPath } from '../../../main/engine/scan/raw-path.ts';

export interface Collected {
  folders: ScannedFolder[];
  entries: Map<string, ScannedEntry>;
  /** Problems of folders that could not be read. */
  problems: Map<string, string>;
}

/** Puts a scan together again by path, and checks what every scan must keep: parents first, slices in a row, order by bytes. */
export function collect(folders: Iterable<ScannedFolder>): Collected {
  const paths = new Map<number, LocalPath>();
  const result: Collected = { folders: [], entries: new Map(), problems: new Map() };
  let open: { key: number; lastName: Uint8Array | null } | null = null;
  for (const folder of folders) {
    result.folders.push(folder);
    if (open) expect(folder.key).toBe(open.key);
    else {
      expect(paths.has(folder.key)).toBe(false);
      const parent = folder.parentKey === null ? undefined : paths.get(folder.parentKey);
      if (folder.parentKey !== null) expect(parent).toBeDefined();
      const own = folder.rawName ? Buffer.from(folder.rawName) : folder.name;
      paths.set(folder.key, parent === undefined ? own : childPath(parent, folder));
      open = { key: folder.key, lastName: null };
    }
    const path = paths.get(folder.key)!;
    if (folder.problem) result.problems.set(displayPathOf(path), folder.problem.code);
    for (const entry of folder.entries) {
      const bytes = entry.rawName ?? Buffer.from(entry.name);
      if (open.lastName) expect(Buffer.compare(open.lastName, bytes)).toBe(-1);
      open.lastName = bytes;
      result.entries.set(displayPathOf(childPath(path, entry)), entry);
    }
    if (folder.last) open = null;
  }
  expect(open).toBeNull();
  return result;
}

/** `collect` for a scan through the worker thread; batches are bounded and their totals add up. */
export async function collectBatches(batches: AsyncIterable<ScanBatch>): Promise<Collected & { batches: ScanBatch[] }> {
  const all: ScanBatch[] = [];
  for await (const batch of batches) all.push(batch);
  for (const { folders } of all) {
    const rows = folders.reduce((sum, folder) => sum + 1 + folder.entries.length, 0);
    expect(rows).toBeLessThanOrEqual(2001);
  }
  const collected = collect(all.flatMap((batch) => batch.folders));
  const files = [...collected.entries.values()].filter(({ kind }) => kind === 'file');
  const last = all.at(-1);
  expect(last?.filesSoFar ?? 0).toBe(files.length);
  expect(last?.bytesSoFar ?? 0).toBe(files.reduce((sum, { facts }) => sum + facts!.sizeBytes, 0));
  return { ...collected, batches: all };
}
