import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { partCodes, type PartCode } from '../../../shared/list-model.ts';
import type { PartRow } from '../../../shared/model.ts';
import { LedgerJournal } from '../../../main/engine/transfer/ledger-journal.ts';
import { partMap, TransferView } from '../../../main/engine/progress/transfer-view.ts';
import { Throughput } from '../../../main/engine/progress/transfer-history.ts';
import { doneParts } from '../../../main/engine/progress/done-parts.ts';
import { facts, found, problem } from '../ledger/support.ts';
import { openScene, SeenTransfer, type Scene } from './support-views.ts';

const partSizeBytes = 1000;
const totalParts = 12;
const sizeBytes = partSizeBytes * (totalParts - 1) + 10;
const sessionOf = (id: string) => ({
  id,
  partSizeBytes,
  totalParts,
  expiresAt: '2030-01-01T00:00:00Z',
  endpoints: { uploadPart: 'u', commit: 'c', abort: 'a', listParts: 'l', status: 's' },
  ours: true,
});
const rangeOf = (index: number) => ({
  index,
  offset: index * partSizeBytes,
  sizeBytes: Math.min(partSizeBytes, sizeBytes - index * partSizeBytes),
});

function addTransfer({ db, ledger, jobId, scan, containerId }: Scene): number {
  return db.transaction(() => {
    const fileId = ledger.files.record({ ownerId: jobId, folderId: containerId, scan, now: 1, ...found('a') });
    return ledger.transfers.create({
      ownerId: jobId, fileId, kind: 'session', lane: 1, state: 'queued', facts: facts({ sizeBytes }), parentBoxId: '0',
      name: 'a', base: null, now: 1,
    }); // prettier-ignore
  });
}

/** A run of the transfer, with the journal that a real one has. */
function begin(scene: Scene, transferId: number): LedgerJournal {
  const { ledger, board, clock, jobId } = scene;
  const live = board.begin(transferId, jobId);
  const transfer = ledger.transfers.get(transferId)!;
  const earlier = ledger.parts.list(transferId);
  live.done = transfer.session && doneParts(transfer, transfer.session, earlier);
  live.partsTotal = transfer.session?.totalParts ?? null;
  live.partsDone = earlier.filter(({ state }) => state === 'done').length;
  return new LedgerJournal({ ledger, board, live, clock, transferId, sizeBytes, earlier, reached: () => undefined });
}

/** A code by the rows that the command line shows. */
function codeOf({ state, origin }: PartRow): PartCode {
  return partCodes[state === 'done' ? (`done-${origin!}` as const) : state];
}

const index = fc.nat({ max: totalParts - 1 });
type Step =
  | { do: 'open' | 'begin' | 'end' | 'commit' | 'pass' }
  | { do: 'hashing' | 'sending'; index: number }
  | { do: 'progress'; index: number; bytes: number }
  | { do: 'done'; index: number; origin: 'sent' | 'resumed' | 'on-box' }
  | { do: 'failed'; index: number; next: 'unsure' | 'waiting' | 'pending' };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('open', 'begin', 'end', 'commit', 'pass') }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('hashing', 'sending'), index }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('progress'), index, bytes: fc.nat({ max: 900 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('done'),
      index,
      origin: fc.constantFrom('sent', 'resumed', 'on-box'),
    }),
  },
  fc.record({ do: fc.constant('failed'), index, next: fc.constantFrom('unsure', 'waiting', 'pending') }),
);

describe('one transfer', () => {
  test('is the same by its batches as when it is asked anew, and its map says what its parts say', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(step, fc.constantFrom('arrives', 'arrives', 'nobody looks', 'is lost')), {
          minLength: 5,
          maxLength: 50,
        }),
        async (steps) => {
          const scene = await openScene();
          const { db, ledger, board, clock, rows } = scene;
          const transferId = addTransfer(scene);
          const options = { ledger, board, clock, rows, transferId };
          const view = new TransferView(options);
          const seen = new SeenTransfer();
          seen.take(view.next()!);
          let journal: LedgerJournal | undefined;
          let sessions = 0;
          for (const [change, fate] of steps) {
            const isOpen = ledger.transfers.get(transferId)!.session !== null;
            if (change.do === 'begin') journal ??= begin(scene, transferId);
            else if (change.do === 'end') {
              board.end(transferId);
              journal = undefined;
            } else if (change.do === 'pass') clock.pass(1300);
            else if (change.do === 'open') await journal?.sessionOpened(sessionOf(`s${(sessions += 1)}`));
            else if (!isOpen || !journal) continue;
            else if (change.do === 'commit') journal.commitPending(1, totalParts);
            else if ('index' in change) {
              const range = rangeOf(change.index);
              const isDone = codeAt(seenCodes(scene, transferId), change.index).startsWith('done');
              if (change.do === 'done') {
                await journal.partDone({ ...range, partId: 'P', sha1: 'a', origin: change.origin });
              } else if (!isDone && change.do === 'hashing') journal.partHashing(range);
              else if (!isDone && change.do === 'sending') await journal.partSending(range, 'a', 1);
              else if (!isDone && change.do === 'progress') {
                journal.partProgress(range, Math.min(change.bytes, range.sizeBytes));
              } else if (!isDone && change.do === 'failed') journal.partFailed(range, problem, change.next);
            }
            if (fate === 'nobody looks') continue;
            const batch = view.next();
            if (fate === 'is lost') {
              view.lost();
              seen.take(view.next()!);
            } else if (batch) seen.take(batch);
            const fresh = new SeenTransfer();
            fresh.take(new TransferView(options).next()!);
            expect(seen.shown).toEqual(fresh.shown);
            const parts = seenCodes(scene, transferId);
            expect(seen.codes).toBe(parts.map(codeOf).join(''));
            const bytesOf = (origin: string) =>
              parts.reduce(
                (sum, part) => sum + (part.state === 'done' && part.origin === origin ? part.sizeBytes : 0),
                0,
              );
            expect(seen.shown).toMatchObject({
              origins: { onBoxBytes: bytesOf('on-box'), resumedBytes: bytesOf('resumed'), sentBytes: bytesOf('sent') },
            });
            expect(view.next()).toBeUndefined();
          }
          db.close();
        },
      ),
      { numRuns: 60 },
    );
  });

  test('sends the map once, and then runs of what changed', () => {
    const before = 'p'.repeat(8192);
    expect(partMap(null, before)).toEqual({ codes: before });
    expect(partMap(before, before)).toBeUndefined();
    const now = `d${before.slice(1, 4000)}ds${before.slice(4002, 8191)}s`;
    expect(partMap(before, now)).toEqual({
      changes: [
        { from: 0, codes: 'd' },
        { from: 4000, codes: 'ds' },
        { from: 8191, codes: 's' },
      ],
    });
    expect(partMap(before, 'p')).toEqual({ codes: 'p' });
    expect(partMap('ppp', '')).toEqual({ codes: '' });
  });
});

const seenCodes = ({ ledger, rows }: Scene, id: number) => rows.parts(ledger.transfers.get(id)!);
const codeAt = (parts: PartRow[], at: number) => (parts[at]?.state === 'done' ? 'done' : '');

describe('the throughput', () => {
  test('keeps all bytes in at most 120 spans, whose length doubles', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ gapMs: fc.nat({ max: 60_000 }), bytes: fc.nat({ max: 1e9 }) }), { maxLength: 200 }),
        (sent) => {
          const throughput = new Throughput();
          let now = 5000;
          for (const { gapMs, bytes } of sent) throughput.add(bytes, (now += gapMs));
          const spans = throughput.spans;
          expect(spans.length).toBeLessThanOrEqual(120);
          expect(spans.reduce((sum, bytes) => sum + bytes, 0)).toBe(sent.reduce((sum, { bytes }) => sum + bytes, 0));
          if (sent.length > 0) {
            const lastedMs = now - 5000 - sent[0]!.gapMs;
            expect(spans.length).toBe(Math.floor(lastedMs / throughput.spanMs) + 1);
            if (throughput.spanMs > 1000) expect(spans.length).toBeGreaterThanOrEqual(60);
          }
        },
      ),
    );
  });

  test('shows where nothing went', () => {
    const throughput = new Throughput();
    throughput.advance(10_000);
    expect(throughput.spans).toEqual([]);
    throughput.add(5, 10_000);
    throughput.add(6, 10_900);
    throughput.add(7, 12_100);
    throughput.advance(13_500);
    expect(throughput.spans).toEqual([11, 0, 7, 0]);
  });
});
