import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HintBatch, type Hints } from '../../../main/app/watch/hint-batch.ts';

const limits = { quietMs: 100, maxMs: 1000, maxFolders: 5 };
const notes = fc.array(
  fc.record({
    afterMs: fc.oneof({ weight: 9, arbitrary: fc.nat(90) }, { weight: 1, arbitrary: fc.nat(400) }),
    folder: fc.constantFrom('/a', '/a/b', '/c', '/d', '/e', '/f', '/g', null),
  }),
  { maxLength: 60, size: 'max' },
);

test('each noted folder is in the next batch or in an overflow, at the latest after the maximum', () => {
  fc.assert(
    fc.property(notes, (steps) => {
      const batch = new HintBatch(limits);
      let nowMs = 0;
      let waiting: { folder: string | null; atMs: number }[] = [];
      const leave = (atMs: number) => {
        const hints: Hints = batch.take();
        if (hints.overflow) expect(hints.folders).toEqual([]);
        else expect(new Set(hints.folders)).toEqual(new Set(waiting.map(({ folder }) => folder)));
        expect(hints.folders.length).toBeLessThanOrEqual(limits.maxFolders);
        const isTooMany = new Set(waiting.map(({ folder }) => folder)).size > limits.maxFolders;
        expect(hints.overflow).toBe(isTooMany || waiting.some(({ folder }) => folder === null));
        expect(atMs - waiting[0]!.atMs).toBeLessThanOrEqual(limits.maxMs);
        const last = waiting.at(-1)!.atMs;
        expect(atMs - last >= limits.quietMs || atMs - waiting[0]!.atMs === limits.maxMs).toBe(true);
        expect(batch.dueAtMs()).toBe(null);
        waiting = [];
      };
      for (const { afterMs, folder } of steps) {
        nowMs += afterMs;
        const dueAtMs = batch.dueAtMs();
        if (dueAtMs !== null && dueAtMs <= nowMs) leave(dueAtMs);
        if (folder === null) batch.noteOverflow(nowMs);
        else batch.note(folder, nowMs);
        waiting.push({ folder, atMs: nowMs });
      }
      const dueAtMs = batch.dueAtMs();
      if (dueAtMs !== null) leave(dueAtMs);
      expect(waiting).toEqual([]);
    }),
  );
});

test('many changes in one folder are one folder, and a batch is empty after it was taken', () => {
  const batch = new HintBatch(limits);
  for (let n = 0; n < 100; n++) batch.note('/a', n);
  expect(batch.dueAtMs()).toBe(199);
  expect(batch.take()).toEqual({ folders: ['/a'], overflow: false });
  expect(batch.take()).toEqual({ folders: [], overflow: false });
});
