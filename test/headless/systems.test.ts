/** What the command does by the system that it runs on; the system is passed in. */
import { expect, test } from 'vitest';
import { isReaderGone } from '../../main/headless/output.ts';

test('a reader that has gone is EPIPE, and on Windows EOF too', () => {
  const codes = ['EPIPE', 'EOF', 'EIO', undefined];
  expect(codes.map((code) => isReaderGone(Object.assign(new Error('write'), { code })))).toEqual([
    true,
    true,
    false,
    false,
  ]);
});
