import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ScanBatch, ScannedEntry, ScannedFolder } from '../../../main/engine/scan/model.ts';
import { createPacker, unpackBatch } from '../../../main/engine/scan/pack.ts';

const facts = fc.record({
  dev: fc.constantFrom('1', '66'), inode: fc.constantFrom('7', '18446744073709551615'), sizeBytes: fc.nat(),
  mtimeNs: fc.constantFrom('1', '1763643455123456789'), ctimeNs: fc.constant('2'),
  birthtimeNs: fc.option(fc.constant('3')),
}); // prettier-ignore
const entry: fc.Arbitrary<ScannedEntry> = fc
  .record({
    name: fc.string({ minLength: 1 }),
    bytes: fc.option(fc.uint8Array({ minLength: 1, maxLength: 5 })),
    kind: fc.constantFrom('file' as const, 'folder' as const, 'link' as const),
    facts: fc.option(facts),
    isHollow: fc.boolean(),
    isTroubled: fc.boolean(),
  })
  .map(({ name, bytes, kind, isHollow, isTroubled, ...rest }) => ({
    ...rest,
    name,
    rawName: bytes && Buffer.from(bytes),
    kind,
    problem: isTroubled ? { code: 'local.unreadable', operation: 'stat', detail: 'EACCES', at: 5 } : null,
    ...(isHollow ? { isHollow: true as const } : {}),
  }));

const totals = { foldersSoFar: 1, filesSoFar: 2, bytesSoFar: 3, ignoredSoFar: 4, ruleWarnings: [] };

function folderOf(entries: ScannedEntry[], change: Partial<ScannedFolder> = {}): ScannedFolder {
  return { key: 1, parentKey: null, name: '/', rawName: null, facts: null, entries, ignored: [], last: true, problem: null, ...change }; // prettier-ignore
}

/** Through the channel between two threads. */
function sent(batch: ScanBatch<ScannedFolder>, pack = createPacker()): ScanBatch {
  return unpackBatch(structuredClone(pack(batch)));
}

test('what is packed comes out as it was, and folders among the entries without unpacking', () => {
  fc.assert(
    fc.property(fc.array(entry), (entries) => {
      const { folders, ...told } = sent({ ...totals, folders: [folderOf(entries)] });
      expect(told).toEqual(totals);
      expect(folders[0]!.subfolders.map(({ name }) => name)).toEqual(
        entries.filter(({ kind }) => kind === 'folder').map(({ name }) => name),
      );
      expect(folders[0]!.entries).toEqual(entries);
      expect(folders[0]!.entries).toBe(folders[0]!.entries);
    }),
  );
});

test('equal digests mean equal entries, and equal entries equal digests', () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 3 }), fc.array(entry, { maxLength: 3 }), (one, other) => {
      const digestOf = (entries: ScannedEntry[]) =>
        sent({ ...totals, folders: [folderOf(entries)] }).folders[0]!.digest;
      expect(digestOf(structuredClone(one))).toBe(digestOf(one));
      expect(digestOf(one) === digestOf(other)).toBe(JSON.stringify(one) === JSON.stringify(other));
    }),
  );
});

test('a slice has no digest, nor has a folder that could not be read; the next folder has one again', () => {
  const pack = createPacker();
  const problem = { code: 'local.unreadable', operation: 'read folder', detail: 'EACCES', at: 5 } as const;
  const folders = [
    folderOf([], { key: 1 }),
    folderOf([], { key: 2, last: false }),
    folderOf([], { key: 2, last: false }),
    folderOf([], { key: 3, problem }),
  ];
  const first = sent({ ...totals, folders: folders.slice(0, 2) }, pack).folders;
  // The last slice of a folder that was begun in another batch.
  const second = sent(
    { ...totals, folders: [folderOf([], { key: 2 }), folders[3]!, folderOf([], { key: 4 })] },
    pack,
  ).folders;
  const has = [...first, ...second].map(({ digest }) => digest !== null);
  expect(has).toEqual([true, false, false, false, true]);
});
