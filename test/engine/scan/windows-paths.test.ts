/** The paths of Windows, put together and taken apart on any system: modules here get Windows' own way with paths. */
import type * as paths from 'node:path';
import { expect, test, vi } from 'vitest';
import { namesBetween } from '../../../main/engine/ignore/inside.ts';
import { joinPath } from '../../../main/engine/ledger/folders.ts';
import { overlapOf } from '../../../main/engine/pair/check-pair.ts';
import { childPath, entryPath } from '../../../main/engine/scan/raw-path.ts';
import { groupRoots } from '../../../main/engine/scan/roots.ts';

vi.mock('node:path', async (actual) => {
  const { win32 } = await actual<typeof paths>();
  return { ...win32, default: win32 };
});

const entry = (name: string) => ({ name, rawName: null });

test.each(['C:\\Users\\me\\Work', 'D:\\', '\\\\nas\\share\\'])(
  'what the ledger knows below %s has the path under which it is walked, watched and asked about',
  (root) => {
    const walked = childPath(childPath(root, entry('2026')), entry('a.txt'));
    const known = joinPath(joinPath({ display: root, local: root }, '2026', null), 'a.txt', null);
    expect(known).toEqual({ display: walked, local: walked });
    expect(entryPath(entryPath(root, '2026'), 'a.txt')).toBe(walked);
    expect(namesBetween(root, known.local)?.map(({ name }) => name)).toEqual(['2026', 'a.txt']);
    expect(overlapOf(known.display, root)).toBe('inside');
  },
);

test('a name that is no text is joined by one backslash', () => {
  const raw = Uint8Array.of(0xed, 0xa0, 0x80);
  const { local } = joinPath({ display: 'D:\\', local: 'D:\\' }, '‛ED‛A0‛80', raw);
  expect(local).toEqual(Buffer.concat([Buffer.from('D:\\'), raw]));
  expect(joinPath({ display: 'D:\\a', local: 'D:\\a' }, '‛ED‛A0‛80', raw).local).toEqual(
    Buffer.concat([Buffer.from('D:\\a\\'), raw]),
  );
});

test.each(['D:\\', '\\\\nas\\share\\'])('%s, a root of its own, stands in itself, as / does', (root) => {
  const [group] = groupRoots([{ path: root }]);
  expect(group).toEqual({ container: entry(root), path: root, roots: [{ ...entry(root), path: root }] });
  expect(entryPath(root, root)).toBe(root);
  expect(joinPath({ display: root, local: root }, root, null)).toEqual({ display: root, local: root });
});

test('the path of a folder that a walk begins with is that of its container and its name', () => {
  expect(entryPath('C:\\Users\\me', 'Work')).toBe('C:\\Users\\me\\Work');
  expect(entryPath('D:\\', 'Work')).toBe('D:\\Work');
});
