import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeRoot, rootSampleSize, type RootLook } from '../../../main/engine/plan/root-guard.ts';

const known = { dev: '1', inode: '2' };
const same: RootLook = { ...known, isFolder: true, entries: 3 };
const otherDevice: RootLook = { ...same, dev: '9' };
const otherInode: RootLook = { ...same, inode: '9' };
const many = { files: 1000 };
const sample = (matching: number, checked = 20) => ({ checked, matching });
const stop = (reason: string) => ({ verdict: 'stop', reason });

describe('whether the root is still the folder that it was', () => {
  test.each<[string, Parameters<typeof judgeRoot>, object]>([
    ['unchanged', [known, same, many, null], { verdict: 'ok' }],
    ['first use', [null, same, { files: 0 }, null], { verdict: 'accept' }],
    ['first use of an empty folder', [null, { ...same, entries: 0 }, { files: 0 }, null], { verdict: 'accept' }],
    ['empty, and always was', [known, { ...same, entries: 0 }, { files: 0 }, null], { verdict: 'ok' }],
    ['missing', [known, { error: 'missing' }, many, null], stop('missing')],
    ['missing at first use', [null, { error: 'missing' }, { files: 0 }, null], stop('missing')],
    ['unreadable', [known, { error: 'unreadable' }, many, null], stop('unreadable')],
    ['a file in its place', [known, { ...same, isFolder: false }, many, null], stop('not-a-folder')],
    ['emptied', [known, { ...same, entries: 0 }, { files: 1 }, null], stop('emptied')],
    ['an empty mount point, whatever the sample', [known, { ...otherDevice, entries: 0 }, many, sample(20)], stop('emptied')],
    ['another device', [known, otherDevice, many, null], { verdict: 'needs-sample' }],
    ['another device with its files', [known, otherDevice, many, sample(20)], { verdict: 'accept' }],
    ['another device with most of its files', [known, otherDevice, many, sample(19)], stop('replaced')],
    ['another device with all of few files', [known, otherDevice, { files: 3 }, sample(3, 3)], { verdict: 'accept' }],
    ['another device with some of few files', [known, otherDevice, { files: 3 }, sample(2, 3)], stop('replaced')],
    ['another device where nothing is known', [known, otherDevice, { files: 0 }, null], { verdict: 'accept' }],
    ['another inode', [known, otherInode, many, null], { verdict: 'needs-sample' }],
    ['another inode with its files', [known, otherInode, many, sample(20)], { verdict: 'accept' }],
    ['another inode without its files', [known, otherInode, many, sample(0)], stop('replaced')],
  ])('%s', (_, given, verdict) => {
    expect(judgeRoot(...given)).toEqual(verdict);
  }); // prettier-ignore

  test('a root other than the known one goes on only with enough of the files that the ledger knows', () => {
    const number = fc.constantFrom('1', '2', '3');
    const look = fc.record({ dev: number, inode: number, isFolder: fc.boolean(), entries: fc.nat(2) });
    const seen = fc.option(fc.nat(30).map((matching) => ({ checked: 30, matching })));
    fc.assert(
      fc.property(look, fc.nat(40), seen, (now, files, taken) => {
        const { verdict } = judgeRoot(known, now, { files }, taken);
        const goesOn = verdict === 'ok' || verdict === 'accept';
        const isKnown = now.dev === known.dev && now.inode === known.inode;
        if (goesOn) expect(now.isFolder && (now.entries > 0 || files === 0)).toBe(true);
        if (verdict === 'ok') expect(isKnown).toBe(true);
        if (goesOn && !isKnown && files > 0)
          expect(taken!.matching).toBeGreaterThanOrEqual(Math.min(files, rootSampleSize));
        if (verdict === 'needs-sample') expect(taken).toBeNull();
      }),
    );
  });
});
