/** What the command does by the system that it runs on; the system is passed in. */
import { expect, test } from 'vitest';
import { variableLine } from '../../main/headless/commands/sandbox.ts';
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

test('the lines of the sandbox are for the shell of the system: sh, and PowerShell on Windows', () => {
  expect(variableLine('BOXCAR_TOKEN', "a'b", 'linux')).toBe(String.raw`export BOXCAR_TOKEN='a'\''b'`);
  expect(variableLine('BOXCAR_TOKEN', "a'b", 'darwin')).toBe(String.raw`export BOXCAR_TOKEN='a'\''b'`);
  expect(variableLine('BOXCAR_TOKEN', "a'b", 'win32')).toBe("$env:BOXCAR_TOKEN = 'a''b'");
});
