import { expect, test } from 'vitest';
import { fileProblem } from '../../main/platform/file-problem.ts';

const codeOf = (code: string) => {
  const error = Object.assign(new Error(`${code}: what the system says, read '/a'`), { code });
  return fileProblem(error, 'read', '/a', 1).code;
};

test.each([
  ['ENOENT', 'local.missing'],
  ['EPERM', 'local.unreadable'],
  ['EBUSY', 'local.locked'],
  ['EIO', 'local.read-error'],
  ['EINVAL', 'local.internal'],
])('%s is %s', (code, expected) => {
  expect(codeOf(code)).toBe(expected);
});

test('what Windows says when a share of the network goes away is an error of the disk, no defect of ours', () => {
  for (const code of ['UNKNOWN', 'ECONNRESET', 'ECONNABORTED', 'ENETUNREACH']) {
    expect(codeOf(code)).toBe('local.read-error');
  }
});

test('so is an error that Node has no name for: macOS gives 11 (EDEADLK) for what iCloud does not hand out', () => {
  expect(codeOf('Unknown system error -11')).toBe('local.read-error');
});
