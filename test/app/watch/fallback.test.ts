import fc from 'fast-check';
import { expect, test } from 'vitest';
import { explainFailure, isWorthRetrying, listFallbackFolders, roomyLimit } from '../../../main/app/watch/fallback.ts';

const limits = { watches: 8192, instances: 128, missing: 100 };

test('the remedy for the limit of watches names the value that is enough, and the one of now', () => {
  const { reason, remedy } = explainFailure('ENOSPC', limits);
  expect(reason).toContain('8192');
  expect(remedy).toBe('sudo sysctl fs.inotify.max_user_watches=16384 (now 8192; at least 8292 are needed)');
});

test('the proposed limit is enough, and not beyond need', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e8 }), (needed) => {
      expect(roomyLimit(needed)).toBeGreaterThanOrEqual(needed);
      expect(roomyLimit(needed)).toBeLessThanOrEqual(needed * 2.5 + 1);
    }),
  );
});

test('every failure has a reason and a remedy, the unknown too', () => {
  for (const code of [
    'ENOSPC',
    'EMFILE',
    'ENFILE',
    'EACCES',
    'EPERM',
    'ENOENT',
    'name',
    'network:NFS',
    'unanswered',
    'EIO',
  ]) {
    const { reason, remedy } = explainFailure(code, { watches: null, instances: null, missing: 0 });
    expect(reason.length).toBeGreaterThan(5);
    expect(remedy.length).toBeGreaterThan(5);
  }
  expect(explainFailure('EIO', limits).reason).toContain('EIO');
  expect(explainFailure('network:NFS', limits).reason).toContain('NFS');
  expect(explainFailure('EMFILE', limits).remedy).toContain('fs.inotify.max_user_instances=256 (now 128)');
});

test('a name and a network stay what they are, the rest may change', () => {
  expect(['name', 'network:SMB'].filter(isWorthRetrying)).toEqual([]);
  expect(['ENOSPC', 'EACCES', 'EMFILE', 'EIO'].every(isWorthRetrying)).toBe(true);
});

test('folders that failed with the folder above them are told with it, and the list ends', () => {
  const failures = new Map([
    ['/r', 'ENOSPC'],
    ['/r/a', 'ENOSPC'],
    ['/r/a/b', 'EACCES'],
    ['/s', 'EACCES'],
    ['/t', 'EACCES'],
  ]);
  expect(listFallbackFolders(failures, limits).map(({ path }) => path)).toEqual(['/r', '/r/a/b', '/s', '/t']);
  expect(listFallbackFolders(failures, limits, 2).map(({ path }) => path)).toEqual(['/r', '/r/a/b']);
});
