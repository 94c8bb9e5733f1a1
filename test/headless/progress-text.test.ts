import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JobProgress } from '../../shared/progress-contract.ts';
import type { PartRow, TransferRow } from '../../shared/model.ts';
import type { TrafficRule } from '../../shared/settings.ts';
import { partOrigins, partStates, transferStates, waitReasons } from '../../shared/transfer-state.ts';
import { partsMap } from '../../main/headless/report/parts-map.ts';
import { progressFrame, type Screen } from '../../main/headless/report/progress-text.ts';
import { stateText } from '../../main/headless/report/transfer-text.ts';
import { displayWidth } from '../../main/headless/text.ts';

const plain = (text: string) => text;
const screenOf = (columns: number, rows: number, unicode = true): Screen => ({
  columns,
  rows,
  unicode,
  bold: plain,
  dim: plain,
});

const row: TransferRow = {
  id: 1,
  jobId: 1,
  pairId: null,
  path: '/a/film.mkv',
  kind: 'session',
  state: 'sending',
  wait: null,
  sizeBytes: 1000,
  doneBytes: 450,
  bytesPerSecond: 3_100_000,
  parts: { total: 60, done: 12, inFlight: 4 },
  commit: null,
  attempts: 1,
  problem: null,
  updatedAt: 0,
};

const progress: JobProgress = {
  job: {
    id: 7,
    state: 'active',
    paths: ['/a'],
    target: '0',
    targetFolderId: '0',
    ifExists: 'version',
    createdAt: 0,
    finishedAt: null,
    problem: null,
    counts: {
      files: 2000, folders: 3, sent: 1200, adopted: 4, unchanged: 0, kept: 0, failed: 3, aborted: 0, pending: 793, special: 1,
      failedFolders: 0,
    }, // prettier-ignore
    totalBytes: 2_600_000_000,
    doneBytes: 1_170_000_000,
  },
  bytesPerSecond: 45_000_000,
  etaMs: 130_000,
  sentBytes: 1,
  resentBytes: 0,
  active: [row],
};

const free: TrafficRule = { bytesPerSecond: null, paused: false, pausedBy: null, until: null };

test('a frame says how far the whole and each transfer is, and why it waits', () => {
  const waiting: TransferRow = {
    ...row,
    state: 'waiting',
    wait: { reason: 'rate', startedAt: 0, lengthMs: 5000 },
    parts: null,
  };
  const committing: TransferRow = { ...row, state: 'committing', commit: { processed: 455, total: 1000 } };
  const frame = progressFrame({ ...progress, active: [row, waiting, committing] }, free, screenOf(110, 20), 1500);
  expect(frame).toEqual([
    '[██████████████░░░░░░░░░░░░░░░░]  45 %  1.2 GB of 2.6 GB  45.0 MB/s  2 min 10 s left',
    '1,207 of 2,000 files, 4 already on Box, 3 failed, 1 skipped',
    '  film.mkv                                     Sending  45 %  12 of 60 parts  3.1 MB/s',
    '  film.mkv                                     Waiting because Box asked to slow down (4 s)  45 %',
    '  film.mkv                                     Finishing on Box: 455 of 1,000 parts  45 %  12 of 60 parts',
  ]);
});

test('what folders wait for stands where the speed would be', () => {
  const problem = { code: 'box.rate-limit', operation: 'create folder', detail: '', at: 0 } as const;
  const job = { ...progress.job, problem };
  const [line] = progressFrame({ ...progress, job, bytesPerSecond: null, active: [] }, free, screenOf(110, 20), 0);
  expect(line).toMatch(/of 2\.6 GB {2}Box asks to slow down$/);
  const [moving] = progressFrame({ ...progress, job, active: [] }, free, screenOf(110, 20), 0);
  expect(moving).toMatch(/45\.0 MB\/s/);
});

test('that everything is paused stands in the first line, and is not what goes where room is short', () => {
  const rule: TrafficRule = { ...free, paused: true, pausedBy: 'you' };
  const idle = { ...progress, bytesPerSecond: null, active: [] };
  const [wide] = progressFrame(idle, rule, screenOf(110, 20), 0);
  expect(wide).toMatch(/of 2\.6 GB {2}Everything is paused by you \(boxcar resume --all\)$/);
  const [narrow] = progressFrame(idle, rule, screenOf(40, 20), 0);
  expect(narrow).toBe('Everything is paused by you (boxcar re…');
  const job = { ...progress.job, state: 'paused' as const };
  expect(progressFrame({ ...idle, job }, free, screenOf(40, 20), 0)[0]).toMatch(/45 % {2}paused \(boxcar resume j7\)$/);
});

test('speed and time left are blank until they are trusted', () => {
  const [line] = progressFrame({ ...progress, bytesPerSecond: null, etaMs: null }, free, screenOf(100, 20), 0);
  expect(line).toMatch(/2\.6 GB$/);
});

test('many small files share a line', () => {
  const small: TransferRow = { ...row, kind: 'direct', parts: null };
  const frame = progressFrame({ ...progress, active: [row, small, small, small] }, free, screenOf(100, 20), 0);
  expect(frame.at(-1)).toBe('  and 3 small files');
  expect(frame).toHaveLength(4);
});

test('every state has words', () => {
  for (const state of transferStates) expect(stateText({ ...row, state }, 0)).not.toBe('');
});

test('whatever the screen and the names, nothing is wider or higher than it, and nothing controls the terminal', () => {
  const transfer = fc.record({
    path: fc.string({ unit: 'binary', minLength: 1 }),
    state: fc.constantFrom(...transferStates),
    kind: fc.constantFrom('check', 'direct', 'session'),
    wait: fc.option(fc.record({ reason: fc.constantFrom(...waitReasons), startedAt: fc.nat(), lengthMs: fc.nat() })),
  });
  const rows = fc
    .array(transfer, { maxLength: 12 })
    .map((list) => list.map((one): TransferRow => ({ ...row, ...one })));
  const [columns, height] = [fc.integer({ min: 2, max: 200 }), fc.integer({ min: 3, max: 50 })];
  fc.assert(
    fc.property(rows, columns, height, fc.boolean(), (active, width, screenRows, unicode) => {
      const frame = progressFrame({ ...progress, active }, free, screenOf(width, screenRows, unicode), 1000);
      expect(frame.length).toBeLessThanOrEqual(Math.max(2, screenRows - 1));
      for (const line of frame) {
        expect(displayWidth(line)).toBeLessThan(width);
        // eslint-disable-next-line no-control-regex -- control characters are what is looked for
        expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
      }
    }),
  );
});

describe('the map of parts', () => {
  const part = (index: number, state: PartRow['state'], origin: PartRow['origin'] = null): PartRow => ({
    index,
    offset: index * 10,
    sizeBytes: 10,
    state,
    origin,
    attempts: 1,
    sha1: null,
    partId: null,
    sentBytes: 0,
    problem: null,
  });

  test('has a character for each part and says what they mean', () => {
    const parts = [
      part(0, 'done', 'on-box'),
      part(1, 'done', 'resumed'),
      part(2, 'done', 'sent'),
      part(3, 'waiting'),
      part(4, 'pending'),
    ];
    expect(partsMap(parts, 40, false)).toEqual([
      '-=#!.',
      '! waiting to try again   . pending   # sent   = resumed   - already on Box',
    ]);
  });

  test('many parts share cells, and the worst state wins', () => {
    const parts = Array.from({ length: 8192 }, (_, index) => part(index, index === 5000 ? 'waiting' : 'done', 'sent'));
    const map = partsMap(parts, 80, true);
    expect(map.length).toBeLessThanOrEqual(7);
    expect(map.join('').match(/!/g)).toHaveLength(2);
    expect(map.at(-1)).toContain('parts a cell');
  });

  test('every state and origin has a mark of its own', () => {
    const origins = partOrigins.map((origin) => part(0, 'done', origin));
    const all = [...partStates.filter((state) => state !== 'done').map((state) => part(0, state)), ...origins];
    const cells = all.map((one) => partsMap([one], 40, true)[0]);
    expect(new Set(cells).size).toBe(all.length);
  });
});
