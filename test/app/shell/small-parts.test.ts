import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { browseFolder, sortFolderNames } from '../../../main/app/shell/browse.ts';
import { scrub } from '../../../main/app/shell/diagnostics.ts';
import { droppedPath } from '../../../main/app/shell/dropped-path.ts';
import { createPlaces } from '../../../main/app/shell/places.ts';
import { placeSchema } from '../../../shared/page-contract.ts';
import { isSpooled, shownPath } from '../../../shared/spool-path.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

describe('places', () => {
  test('say nothing, stay the same, and the one used longest ago is forgotten first', () => {
    const places = createPlaces(2);
    const [a, b] = [places.of('/a'), places.of('/b')];
    expect(placeSchema.safeParse(a).success).toBe(true);
    expect(places.of('/a')).toBe(a);
    const c = places.of('/c');
    expect([places.path(a), places.path(c)]).toEqual(['/a', '/c']);
    expect(() => places.path(b)).toThrow(/choose it again/);
    expect(places.of('/b')).not.toBe(b);
  });
});

describe('browsing', () => {
  test('folders alone, by name as people look for them, hidden ones last', async () => {
    const top = temporaryFolder();
    for (const name of ['b10', 'b9', '.hidden', 'Á', 'z']) mkdirSync(join(top, name));
    symlinkSync(top, join(top, 'link'));
    const { folders, parent, more } = await browseFolder(top);
    expect(folders.map(({ name }) => name)).toEqual(['Á', 'b9', 'b10', 'z', '.hidden']);
    expect([parent, more]).toEqual([join(top, '..'), false]);
    expect((await browseFolder('/')).parent).toBeNull();
    expect(sortFolderNames(['a', 'A'])).toEqual(['A', 'a']);
  });

  test('at most 2,000, and said so', async () => {
    const top = temporaryFolder();
    for (let n = 0; n <= 2000; n += 1) mkdirSync(join(top, `f${n}`));
    const { folders, more } = await browseFolder(top);
    expect([folders.length, more]).toEqual([2000, true]);
  });
});

describe('names of what is dropped', () => {
  test('stay inside the drop', () => {
    expect(droppedPath('a/b c/ü.txt')).toEqual(['a', 'b c', 'ü.txt']);
    expect(droppedPath('a\\b', 'linux')).toEqual(['a\\b']);
    for (const path of ['', '/a', 'a/', 'a//b', '..', 'a/../b', '.', 'a\0', 'x'.repeat(256), '\ud800']) {
      expect(() => droppedPath(path)).toThrow(/cannot be taken/);
    }
    for (const path of ['a\\b', 'C:/x', 'con', 'NUL.txt', 'a.', 'a ', 'a\u0007', 'a|b']) {
      expect(() => droppedPath(path, 'win32')).toThrow(/Windows/);
    }
  });

  test('are shown without the spool that they lie in', () => {
    const id = `drop-${'0f'.repeat(16)}`;
    expect(shownPath(`/home/me/.local/share/boxcar/spool/${id}/files/tree/a.txt`)).toBe('tree/a.txt');
    expect(shownPath(`C:\\Data\\spool\\${id}\\files\\tree\\a.txt`)).toBe('tree\\a.txt');
    expect(shownPath('/home/me/spool/files/a.txt')).toBe('/home/me/spool/files/a.txt');
    expect([isSpooled(`/x/spool/${id}/files/a`), isSpooled(`/x/spool/${id}`)]).toEqual([true, false]);
  });
});

test('a report holds no path, address, mail or token', () => {
  const line = JSON.stringify({
    level: 'warn',
    pid: 7,
    path: '/home/ann/Secret plan.docx',
    err: {
      message: "ENOENT: no such file or directory, open '/home/ann/Secret plan.docx'",
      stack: 'Error: x\n    at run (file:///home/ann/boxcar/out/main/engine.js:12:7)',
    },
    url: 'https://upload.box.com/api/2.0/files/1',
    who: 'ann@example.com',
    auth: 'Bearer abcdef',
    msg: 'failed at C:\\Users\\Ann\\Secret plan.docx',
    boxName: 'Secret plan (1).docx',
    detail: '"Secret plan.docx" is there already, and "Ann\'s" too',
  });
  const scrubbed = scrub(line);
  for (const secret of ['ann', 'Ann', 'Secret', 'upload.box.com', 'abcdef']) expect(scrubbed).not.toContain(secret);
  for (const kept of ['warn', 'ENOENT', 'engine.js:12:7', '"pid":7', 'is there already'])
    expect(scrubbed).toContain(kept);
});
