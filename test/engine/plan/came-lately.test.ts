import { expect, test } from 'vitest';
import { cameLately } from '../../../main/engine/plan/came-lately.ts';

const seenAt = 1_700_000_010_000;
const times = { seenAt, before: seenAt - 1, marginMs: 1500 };
const bornAt = (ms: number) => ({ dev: '1', inode: '7', birthtimeNs: `${BigInt(ms) * 1_000_000n}` });

test('another file under a known name came from elsewhere; the same file with other content did not', () => {
  expect(cameLately(bornAt(seenAt), { dev: '1', inode: '6' }, times)).toBe(true);
  expect(cameLately(bornAt(seenAt), { dev: '2', inode: '7' }, times)).toBe(true);
  expect(cameLately(bornAt(0), { dev: '1', inode: '7' }, times)).toBe(false);
});

test('a new file came from elsewhere where it is older than the look at it', () => {
  expect(cameLately(bornAt(seenAt - 1501), null, times)).toBe(true);
  expect(cameLately(bornAt(seenAt - 1500), null, times)).toBe(false);
  expect(cameLately({ dev: '1', inode: '7', birthtimeNs: null }, null, times)).toBe(false);
});

test('what was seen long enough ago waits no longer', () => {
  expect(cameLately(bornAt(0), { dev: '1', inode: '6' }, { ...times, before: seenAt })).toBe(false);
  expect(cameLately(bornAt(0), null, { ...times, before: seenAt })).toBe(false);
});
