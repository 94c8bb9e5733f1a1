// What names are called on a disk that can't hold them.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkName, localName } from '../../main/sandbox/state/names.ts';

describe('the name on disk', () => {
  it('is the own name wherever the file system can hold it', () => {
    for (const name of ['a.txt', '100%.txt', ' leading', 'a:b?.txt', '🙂', '-', 'é']) {
      expect(localName(name, 0, { platform: 'linux' })).toBe(name);
    }
    expect(localName('a:b?.txt', 0, { platform: 'win32' })).toBe('a%3Ab%3F.txt');
    expect(localName('con.txt', 0, { platform: 'win32' })).toBe('%con.txt');
    expect(localName('end.', 0, { platform: 'win32' })).toBe('end%2E');
    expect(localName('.boxcar-sandbox', 0, { platform: 'linux' })).toBe('%.boxcar-sandbox');
  });

  it('always fits, keeps short extensions, and differs by attempt', () => {
    const names = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 255 });
    fc.assert(
      fc.property(names, fc.nat(20), fc.constantFrom<NodeJS.Platform>('linux', 'win32'), (text, attempt, platform) => {
        const name = text.replace(/[/\\\p{Cc}]| $/gu, '_') + '.bin';
        const local = localName(name, attempt, { platform });
        expect(Buffer.byteLength(local)).toBeLessThanOrEqual(255);
        expect(local.endsWith('.bin')).toBe(true);
        expect(localName(name, attempt + 1, { platform })).not.toBe(local);
        expect(Buffer.byteLength(localName(name, attempt, { roomBytes: 3, platform }))).toBeLessThan(24);
      }),
    );
  });
});

describe("Box's rules for names", () => {
  it.each(['', '.', '..', 'a/b', 'a\\b', 'a\tb', 'a\u0000', 'trailing ', '\ud800'])('refuse %j', (name) => {
    expect(() => checkName(name)).toThrow(expect.objectContaining({ code: 'item_name_invalid' }) as Error);
  });

  it('count characters, not bytes', () => {
    checkName('🙂'.repeat(255));
    checkName(' leading <>:"|?*');
    expect(() => checkName('🙂'.repeat(256))).toThrow(expect.objectContaining({ code: 'item_name_too_long' }) as Error);
  });
});
