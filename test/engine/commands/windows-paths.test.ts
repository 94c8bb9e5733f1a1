/** What people ask about by a path of Windows: modules here get Windows' separators, and a ledger on this system's disk. */
import type * as paths from 'node:path';
import { expect, test, vi } from 'vitest';
import { isBelowAny } from '../../../main/engine/commands/superseded.ts';
import { explainPath } from '../../../main/engine/commands/why.ts';
import { found, openJob, openTestLedger, recordFile, recordFolder } from '../ledger/support.ts';

vi.mock('node:path', async (actual) => {
  const { posix, win32 } = await actual<typeof paths>();
  const ours = { ...posix, sep: win32.sep, dirname: (path: string) => win32.dirname(path) };
  return { ...ours, default: ours };
});

test.each([
  ['C:\\Users\\me', 'C:\\Users\\me\\Work\\a.txt'],
  ['D:\\', 'D:\\Work\\a.txt'],
])('why of what was uploaded from %s finds the file and its folder', async (container, path) => {
  const t = await openTestLedger();
  t.db.transaction(() => {
    const jobId = openJob(t.ledger, t.accountId, container);
    const at = { ...t, jobId, scan: t.ledger.jobs.beginScan(jobId) };
    const root = recordFolder(t.ledger, jobId, at.scan, null, container);
    recordFile(at, recordFolder(t.ledger, jobId, at.scan, root, 'Work'), found('a.txt'));
    const why = (asked: string) => explainPath(t.ledger, asked, { now: 0, held: null });
    expect(why(path)).toMatchObject([{ jobId, path, reason: expect.stringContaining('It waits') as string }]);
    expect(why(path.slice(0, -'\\a.txt'.length))).toMatchObject([{ jobId }]);
    expect(why(path + '\\b')).toEqual([]);
  });
});

test('what a later upload has looked at again is known by its path', () => {
  expect(isBelowAny('C:\\a\\b', ['C:\\a'])).toBe(true);
  expect(isBelowAny('D:\\a', ['D:\\'])).toBe(true);
  expect(isBelowAny('C:\\ab', ['C:\\a'])).toBe(false);
});
