import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchFolders, type FolderIdentity } from '../../../main/engine/plan/match-folders.ts';

function folder(id: number, name: string, inode: string, more: Partial<FolderIdentity> = {}): FolderIdentity {
  return { id, parentId: 1, name, dev: '1', inode, birthtimeNs: '5', names: () => [], ...more };
}

const names = (...list: string[]) => ({ birthtimeNs: null, names: () => list });

describe('which gone folder is which found one', () => {
  test.each<[string, FolderIdentity[], FolderIdentity[], [number, number][]]>([
    ['renamed', [folder(2, 'a', '7')], [folder(3, 'b', '7')], [[2, 3]]],
    ['moved to another folder', [folder(2, 'a', '7')], [folder(3, 'a', '7', { parentId: 9 })], [[2, 3]]],
    ['gone, and another made', [folder(2, 'a', '7')], [folder(3, 'b', '8')], []],
    ['same inode on another device', [folder(2, 'a', '7')], [folder(3, 'b', '7', { dev: '2' })], []],
    ['inode reused: born later', [folder(2, 'a', '7')], [folder(3, 'b', '7', { birthtimeNs: '6' })], []],
    ['no birth time: half of the names', [folder(2, 'a', '7', names('x', 'y'))], [folder(3, 'b', '7', names('y', 'z'))], [[2, 3]]],
    ['birth time on one side: names', [folder(2, 'a', '7', names('x'))], [folder(3, 'b', '7', { names: () => ['x'] })], [[2, 3]]],
    ['no birth time: fewer than half', [folder(2, 'a', '7', names('x', 'y', 'z'))], [folder(3, 'b', '7', names('y'))], []],
    ['no birth time and empty', [folder(2, 'a', '7', names())], [folder(3, 'b', '7', names())], []],
    ['the second candidate fits', [folder(2, 'a', '7', names('x'))], [folder(3, 'b', '7', names('y')), folder(4, 'c', '7', names('x'))], [[2, 4]]],
    ['a tree: the topmost alone', [folder(2, 'a', '7'), folder(3, 'in', '8', { parentId: 2 })], [folder(4, 'b', '7'), folder(5, 'in', '8', { parentId: 4 })], [[2, 4]]],
    ['nested renames: parents first', [folder(2, 'in', '8', { parentId: 3 }), folder(3, 'a', '7')], [folder(4, 'out', '8', { parentId: 5 }), folder(5, 'b', '7')], [[3, 5], [2, 4]]],
    ['moved out of a renamed one', [folder(2, 'a', '7'), folder(3, 'in', '8', { parentId: 2 })], [folder(4, 'b', '7'), folder(5, 'in', '8')], [[2, 4], [3, 5]]],
    ['turned inside out: a/b to b/a', [folder(2, 'a', '7'), folder(3, 'b', '8', { parentId: 2 })], [folder(4, 'b', '8'), folder(5, 'a', '7', { parentId: 4 })], [[3, 4], [2, 5]]],
    ['rows of long ago: the lower id, in any order', [folder(3, 'b', '7'), folder(2, 'a', '7')], [folder(5, 'd', '7'), folder(4, 'c', '7')], [[2, 4], [3, 5]]],
    ['a new one in between', [folder(2, 'a', '7')], [folder(3, 'new', '9'), folder(4, 'a', '7', { parentId: 3 })], [[2, 4]]],
  ])('%s', (_, gone, found, expected) => {
    expect(matchFolders(gone, found)).toEqual(expected.map(([from, to]) => ({ from, to })));
  }); // prettier-ignore

  test('names are not asked for where birth times decide', () => {
    const names = () => expect.fail('asked');
    expect(matchFolders([folder(2, 'a', '7', { names })], [folder(3, 'b', '7', { names })])).toHaveLength(1);
  });

  test('a thousand names of a large folder are compared', () => {
    const many = Array.from({ length: 3000 }, (_, index) => String(index).padStart(4, '0'));
    const found = folder(3, 'b', '7', names(...many.slice(0, 500)));
    expect(matchFolders([folder(2, 'a', '7', names(...many))], [found])).toHaveLength(1);
    const fewer = folder(3, 'b', '7', names(...many.slice(0, 499)));
    expect(matchFolders([folder(2, 'a', '7', names(...many))], [fewer])).toEqual([]);
  });
});

interface DiskFolder {
  name: string;
  parent: DiskFolder | null;
}

const change = fc.record({
  do: fc.constantFrom('make', 'move', 'move', 'remove'),
  a: fc.nat(),
  b: fc.nat(),
  name: fc.constantFrom('a', 'b', 'c'),
});

/** A tree of folders where a freed inode goes to the next mkdir. */
class FolderDisk {
  readonly folders = new Map<DiskFolder, { inode: string; birthtimeNs: string }>();
  readonly #freeInodes: string[] = [];
  #clock = 0;

  constructor() {
    this.#make({ name: '', parent: null });
  }

  run(step: typeof change extends fc.Arbitrary<infer Value> ? Value : never): void {
    const all = [...this.folders.keys()];
    const folder = all[step.a % all.length]!;
    const parent = all[step.b % all.length]!;
    const isFree = !all.some((other) => other.parent === parent && other.name === step.name);
    if (step.do === 'make' && isFree) {
      this.#make({ name: step.name, parent });
    } else if (step.do === 'move' && isFree && folder.parent && !lineOf(parent).includes(folder)) {
      Object.assign(folder, { parent, name: step.name });
    } else if (step.do === 'remove' && folder.parent && !all.some((other) => other.parent === folder)) {
      this.#freeInodes.push(this.folders.get(folder)!.inode);
      this.folders.delete(folder);
    }
  }

  #make(folder: DiskFolder): void {
    const birthtimeNs = String((this.#clock += 1));
    this.folders.set(folder, { inode: this.#freeInodes.pop() ?? birthtimeNs, birthtimeNs });
  }

  /** Rows by path; a path keeps its id. */
  rows(idOf: (path: string) => number): Map<string, FolderIdentity & { folder: DiskFolder }> {
    const rows = [...this.folders].map(([folder, identity]) => {
      const parentId = folder.parent && idOf(pathOf(folder.parent));
      const path = pathOf(folder);
      return [
        path,
        { folder, id: idOf(path), parentId, name: folder.name, dev: '1', ...identity, names: () => [] },
      ] as const;
    });
    return new Map(rows);
  }
}

/** The folder and those that it is in, up to the root. */
function lineOf(folder: DiskFolder | null): DiskFolder[] {
  return folder ? [folder, ...lineOf(folder.parent)] : [];
}

function pathOf(folder: DiskFolder): string {
  const names = lineOf(folder).map(({ name }) => name);
  return names.reverse().join('/');
}

test('on any disk, the calls take each folder that got a new path there, each into a folder that is at its place', () => {
  const seen = { calls: 0, cameAlong: 0 };
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 30 }),
      fc.array(change, { maxLength: 12 }),
      fc.boolean(),
      (first, second, backwards) => {
        const ids = new Map<string, number>();
        const idOf = (path: string) => ids.get(path) ?? (ids.set(path, ids.size), ids.size - 1);
        const disk = new FolderDisk();
        for (const step of first) disk.run(step);
        const before = disk.rows(idOf);
        // Box's copy, by the ids of the ledger.
        const onBox = new Map<number, DiskFolder>();
        for (const { id, name } of before.values()) onBox.set(id, { name, parent: null });
        for (const { id, parentId } of before.values())
          onBox.get(id)!.parent = parentId === null ? null : onBox.get(parentId)!;
        for (const step of second) disk.run(step);
        const now = disk.rows(idOf);

        const gone = [...before.values()].filter(({ id }) => ![...now.values()].some((row) => row.id === id));
        const found = [...now.values()].filter((row) => !before.has(pathOf(row.folder)));
        const survivors = found.flatMap((to) =>
          gone.filter((from) => from.folder === to.folder).map((from) => ({ from, to })),
        );
        const turn = <T>(list: T[]) => (backwards ? list.toReversed() : list);
        const calls = matchFolders(turn(gone), turn(found));
        seen.calls += calls.length;
        seen.cameAlong += survivors.length - calls.length;

        const made = new Map<number, DiskFolder>();
        const boxFolder = (id: number): DiskFolder => {
          const known = onBox.get(survivors.find(({ to }) => to.id === id)?.from.id ?? id) ?? made.get(id);
          if (known) return known;
          const { name, parentId } = found.find((row) => row.id === id)!;
          made.set(id, { name, parent: boxFolder(parentId!) });
          return made.get(id)!;
        };
        for (const { from, to } of calls) {
          const target = found.find((row) => row.id === to)!;
          const parent = boxFolder(target.parentId!);
          expect(pathOf(parent)).toBe(pathOf(target.folder.parent!));
          expect(lineOf(parent)).not.toContain(onBox.get(from));
          Object.assign(onBox.get(from)!, { parent, name: target.name });
        }
        for (const { from, to } of survivors) expect(pathOf(onBox.get(from.id)!)).toBe(pathOf(to.folder));
      },
    ),
    { numRuns: 2000 },
  );
  expect(seen.calls).toBeGreaterThan(0);
  expect(seen.cameAlong).toBeGreaterThan(0);
});
