import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeFile, judgeFolder, type FileOnBox, type KnownFile } from '../../../main/engine/remote/judge-remote.ts';

const few = (...values: string[]) => fc.constantFrom(...values);
const known: fc.Arbitrary<KnownFile> = fc.record({
  boxId: few('1'),
  etag: fc.option(few('0', '1')),
  sha1: few('a', 'b'),
  name: few('x', 'X', 'y'),
  parentBoxId: few('10', '11'),
});
const shown = fc.record({
  etag: fc.option(few('0', '1')),
  sha1: fc.option(few('a', 'b')),
  name: few('x', 'X', 'y'),
  parentId: fc.option(few('10', '11')),
});
const missing = fc.constantFrom<FileOnBox>('gone', 'trashed');

describe('judging', () => {
  test('what is not there was removed', () => {
    fc.assert(fc.property(known, missing, (file, onBox) => judgeFile(file, onBox) === 'removed'));
    fc.assert(fc.property(known, missing, (file, onBox) => judgeFolder(file, onBox as 'gone') === 'removed'));
  });

  test('the same content, name and place is the same, whatever the etag', () => {
    fc.assert(
      fc.property(known, fc.option(few('0', '7')), (file, etag) => {
        const onBox = { etag, sha1: file.sha1, name: file.name, parentId: file.parentBoxId };
        return judgeFile(file, onBox) === 'same' && judgeFolder(file, onBox) === 'same';
      }),
    );
  });

  test('"same" is never said of what differs, and each other word names a real difference', () => {
    fc.assert(
      fc.property(known, shown, (file, onBox) => {
        const differs = {
          changed: onBox.sha1 === null ? onBox.etag !== file.etag : onBox.sha1 !== file.sha1,
          moved: onBox.parentId !== file.parentBoxId,
          renamed: onBox.name !== file.name,
        };
        const verdict = judgeFile(file, onBox);
        expect(verdict).not.toBe('removed');
        if (verdict === 'same') expect(Object.values(differs)).not.toContain(true);
        else expect(differs[verdict as keyof typeof differs]).toBe(true);
        // New content outranks all else, and a place outranks a name.
        expect(verdict === 'changed').toBe(differs.changed);
        expect(verdict === 'moved').toBe(differs.moved && !differs.changed);
        const ofFolder = judgeFolder(file, onBox);
        expect(ofFolder).toBe(differs.moved ? 'moved' : differs.renamed ? 'renamed' : 'same');
      }),
    );
  });
});
