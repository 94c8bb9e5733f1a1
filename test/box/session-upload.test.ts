import { describe, expect, test } from 'vitest';
import { getFile } from '../../main/box/files.ts';
import { folderItems } from '../../main/box/folders.ts';
import { uploadThroughSession } from '../../main/box/upload-session/run.ts';
import { BytesSource, partSizeBytes, RecordingJournal, sha1Of, startBox, uploadOptions } from './box-fixture.ts';

describe('a file in parts', () => {
  test.each([1, partSizeBytes, partSizeBytes * 4, partSizeBytes * 9 + 77])(
    'of %i bytes arrives whole',
    async (size) => {
      const box = await startBox();
      const source = new BytesSource(size);
      const journal = new RecordingJournal();
      const attributes = { contentModifiedAt: new Date('2020-01-02T03:04:05.678Z') };
      const result = await uploadThroughSession(uploadOptions(box, source, journal, { attributes }));
      expect(result.sha1).toBe(sha1Of(source.bytes));
      const file = await getFile(box.connection, result.file.id, box.options);
      expect(file).toMatchObject({ name: 'data.bin', sha1: result.sha1, sizeBytes: size });
      expect(Date.parse(file.contentModifiedAt!)).toBe(Date.parse('2020-01-02T03:04:05Z'));
      expect(journal.sends.toSorted((a, b) => a - b)).toEqual([...Array(Math.ceil(size / partSizeBytes)).keys()]);
      expect(journal.events.slice(0, 2)).toEqual(['opening', 'opened']);
      expect(journal.events.at(-1)).toBe('committing');
      const items = [];
      for await (const item of folderItems(box.connection, '0', box.options)) items.push(item);
      expect(items).toHaveLength(1);
    },
  );
});
