import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WatchedPairs } from '../../main/headless/follow-pairs.ts';
import { pairLines, pairStateText, timeText } from '../../main/headless/report/pair-text.ts';
import { pairsFrame } from '../../main/headless/report/pairs-live.ts';
import { displayWidth } from '../../main/headless/text.ts';
import { pairOptionsSchema, type PairSummary, type PairWatchReport } from '../../shared/pair-model.ts';
import type { TrafficRule } from '../../shared/settings.ts';

const report = (more: Partial<PairWatchReport> = {}): PairWatchReport => ({
  mode: 'watching',
  watches: 12,
  limit: 65_536,
  fallbackFolders: [],
  fallbackCount: 0,
  ...more,
});

const pair = (more: Partial<PairSummary> = {}): PairSummary => ({
  id: 3, path: '/home/me/Pictures', target: '/Backup', targetFolderId: '7', state: 'synced', problem: null,
  pausedUntil: null, options: pairOptionsSchema.parse({}), totalBytes: 5000, syncedBytes: 5000, scan: null,
  counts: { files: 5, folders: 2, synced: 5, pending: 0, failed: 0, kept: 0, special: 0, left: 0, failedFolders: 0 },
  scannedAt: 1000, watch: report(), questions: 0, createdAt: 1, ...more,
}); // prettier-ignore

const free: TrafficRule = { bytesPerSecond: null, paused: false, pausedBy: null, until: null };

describe('a pair in words', () => {
  test('with all that it waits for, and the remedy for folders that cannot be watched', () => {
    const folders = Array.from({ length: 8 }, (_, n) => ({
      path: `/a/${n}`,
      reason: 'No watch.',
      remedy: `sysctl ${n}`,
    }));
    const watch = report({ mode: 'partly', fallbackFolders: folders, fallbackCount: 800 });
    const lines = pairLines(pair({ watch, questions: 2 }), 61_000, ' --home /h');
    expect(lines).toContain('p3  /home/me/Pictures -> /Backup');
    expect(lines).toContain('    up to date; 5 of 5 files on Box (5.0 kB)');
    expect(lines).toContain(
      '    read 1 min 00 s ago; watching 12 folders (the system allows 65,536), 800 folders read again each minute instead',
    );
    expect(lines).toContain('      /a/4: No watch.');
    expect(lines).toContain('        -> sysctl 4');
    expect(lines).toContain('      and 795 more; --json names up to 100');
    expect(lines).toContain('    2 open questions: boxcar questions --home /h');
  });

  test('states that have more to say', () => {
    const now = new Date(2026, 4, 20, 15, 30).getTime();
    const until = new Date(2026, 4, 20, 18, 0).getTime();
    expect(pairStateText(pair({ state: 'paused', pausedUntil: until }), now)).toBe('paused until 18:00');
    expect(pairStateText(pair({ state: 'paused' }), now)).toBe('paused');
    expect(timeText(new Date(2026, 4, 21, 9, 5).getTime(), now)).toBe('2026-05-21 09:05');
    const scan = { files: 1204, folders: 1, ignored: 0, bytes: 1 };
    expect(pairStateText(pair({ state: 'scanning', scan }), now)).toBe(
      'reading the folder: 1,204 files in 1 folder so far',
    );
    const problem = { code: 'local.unreadable', operation: 'open', detail: '', at: 1 } as const;
    expect(pairStateText(pair({ state: 'blocked', problem }), now)).toBe('stopped: The file cannot be read');
  });
});

describe('the frame', () => {
  test('fits any screen, and names no more than there is room for', () => {
    const names = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 });
    const pairs = fc.array(
      fc.record({ id: fc.integer({ min: 1, max: 99_999 }), name: names, pending: fc.integer({ min: 0, max: 9999 }) }),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 60 }), pairs, (columns, rows, found) => {
        const plain = (text: string) => text;
        const screen = { columns, rows, unicode: true, bold: plain, dim: plain };
        const summaries = found.map(({ id, name, pending }) =>
          pair({ id, path: `/${name}`, state: 'syncing', counts: { ...pair().counts, files: 9999, pending } }),
        );
        const frame = pairsFrame({ pairs: summaries, bytesPerSecond: 5e6, etaMs: 90_000, active: [] }, free, screen, 0);
        expect(frame.length).toBeGreaterThan(0);
        expect(frame.length).toBeLessThanOrEqual(Math.max(1, rows - 1));
        for (const line of frame) expect(displayWidth(line)).toBeLessThanOrEqual(Math.max(1, columns - 1));
      }),
    );
  });
});

describe('the moment from which all is watched', () => {
  test('waits for each pair that is kept, and comes once', () => {
    const watched = new WatchedPairs();
    const starting = pair({ id: 2, state: 'scanning', watch: report({ mode: 'starting' }) });
    expect(watched.take([])).toBeUndefined();
    expect(watched.take([pair({ state: 'stopped' })])).toBeUndefined();
    expect(watched.take([pair(), starting])).toBeUndefined();
    expect(watched.take([pair(), pair({ id: 2, state: 'scanning', watch: null })])).toBeUndefined();
    const told = watched.takeReport(2, report({ mode: 'polling', watches: 0 }));
    expect(told?.map(({ id, watch }) => [id, watch?.mode])).toEqual([
      [3, 'watching'],
      [2, 'polling'],
    ]);
    expect(watched.take([pair()])).toBeUndefined();
  });

  test('does not wait for one that is paused or stopped by a problem', () => {
    const aside = [pair({ state: 'paused', watch: null }), pair({ id: 4, state: 'blocked', watch: null })];
    expect(new WatchedPairs().take([...aside, pair({ id: 5 })])).toHaveLength(3);
    expect(new WatchedPairs().take([...aside, pair({ id: 5, watch: null })])).toBeUndefined();
  });

  test('forgets the reports of an app that has ended', () => {
    const watched = new WatchedPairs();
    watched.take([pair({ watch: null }), pair({ id: 4, watch: null })]);
    watched.takeReport(3, report());
    watched.take([pair({ watch: null }), pair({ id: 4, watch: null })]);
    expect(watched.takeReport(4, report())).toBeUndefined();
  });
});
