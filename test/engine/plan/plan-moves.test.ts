import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planMoves, type Identity, type MoveRow, type MoveStep } from '../../../main/engine/plan/plan-moves.ts';
import { operation, rowsOf, sha1Of, SimulatedDisk, type SimulatedFile } from './simulated-disk.ts';

function file(inode: string, more: Partial<Identity> = {}): Identity {
  return { dev: '1', inode, sizeBytes: 10, mtimeNs: '5', birthtimeNs: '4', ...more };
}

function row(id: number, synced: Identity | null, now: Identity | null, more: Partial<MoveRow> = {}): MoveRow {
  return { id, synced, now, sha1: synced && `sha of ${synced.inode}`, nowSha1: null, ...more };
}

const [a, b, c] = [file('1'), file('2'), file('3')];
const move = (from: number, to: number): MoveStep => ({ do: 'move', from, to });
const swap: MoveStep[] = [{ do: 'park', from: 1 }, move(2, 1), { do: 'unpark', from: 1, to: 2 }];
const known = { sha1: 's', nowSha1: 's' };
const noBirth = { birthtimeNs: null };
const empty = { sizeBytes: 0 };

describe('which files moved', () => {
  test.each<[string, MoveRow[], MoveStep[]]>([
    ['nothing', [], []],
    ['unchanged', [row(1, a, a), row(2, b, b)], []],
    ['renamed', [row(1, a, null), row(2, null, a)], [move(1, 2)]],
    ['an empty file renamed', [row(1, file('1', empty), null), row(2, null, file('1', empty))], [move(1, 2)]],
    ['renamed, birth time not known before', [row(1, file('1', noBirth), null), row(2, null, a)], [move(1, 2)]],
    ['renamed, birth time not known now', [row(1, a, null), row(2, null, file('1', noBirth))], [move(1, 2)]],
    ['reused inode, other mtime', [row(1, a, null), row(2, null, file('1', { mtimeNs: '6' }))], []],
    ['reused inode, other size', [row(1, a, null), row(2, null, file('1', { sizeBytes: 11 }))], []],
    ['reused inode, born later', [row(1, a, null), row(2, null, file('1', { birthtimeNs: '6' }))], []],
    ['reused inode, other digest', [row(1, a, null), row(2, null, a, { nowSha1: 'other' })], []],
    ['reused inode at the same path', [row(1, a, file('1', { birthtimeNs: '6' }))], []],
    ['same inode on another device', [row(1, a, null), row(2, null, file('1', { dev: '2' }))], []],
    ['same content on another device', [row(1, a, null, known), row(2, null, file('9', { dev: '2' }), known)], [move(1, 2)]],
    ['same digest, other size', [row(1, a, null, known), row(2, null, file('9', { sizeBytes: 9 }), known)], []],
    ['empty files have no digest to speak of', [row(1, file('1', empty), null, known), row(2, null, file('9', empty), known)], []],
    ['same content where the path still exists', [row(1, a, b, known), row(2, null, file('9'), known)], []],
    ['same content at a path that was on Box', [row(1, a, null, known), row(2, b, file('9'), known)], []],
    ['identity goes before digest', [row(1, b, null, known), row(2, a, null, known), row(3, null, a, known)], [move(2, 3)]],
    ['backup by rename: a -> a~, new a', [row(1, a, b), row(2, null, a)], []],
    ['a hard link', [row(1, a, a), row(2, null, a)], []],
    ['one of two hard links renamed', [row(1, a, a), row(2, a, null), row(3, null, a)], [move(2, 3)]],
    ['hard links renamed, paired by id', [row(1, a, null), row(2, a, null), row(3, null, a), row(4, null, a)], [move(1, 3), move(2, 4)]],
    ['copies paired by id', [row(1, a, null, known), row(2, b, null, known), row(3, null, c, known)], [move(1, 3)]],
    ['over an existing file', [row(1, a, null), row(2, b, a)], []],
    ['a chain that ends over an existing file', [row(1, a, null), row(2, b, a), row(3, c, b)], []],
    ['a chain: its free end first', [row(1, a, null), row(2, b, a), row(3, null, b)], [move(2, 3), move(1, 2)]],
    ['a rotation with a new first file', [row(1, a, c), row(2, b, a), row(3, null, b)], []],
    ['a swap', [row(1, a, b), row(2, b, a)], swap],
    ['a swap without birth times', [row(1, file('1', noBirth), b), row(2, b, a)], swap],
    ['a cycle of three', [row(1, a, c), row(2, b, a), row(3, c, b)], [{ do: 'park', from: 1 }, move(3, 1), move(2, 3), { do: 'unpark', from: 1, to: 2 }]],
    ['a swap of a file with another link that was replaced', [row(1, a, c), row(2, a, b), row(3, b, a)], [{ do: 'park', from: 2 }, move(3, 2), { do: 'unpark', from: 2, to: 3 }]],
    ['a swap beside a link that leads nowhere', [row(1, a, c), row(2, a, b), row(3, b, a), row(4, c, file('9'))], [{ do: 'park', from: 2 }, move(3, 2), { do: 'unpark', from: 2, to: 3 }]],
    ['a swap beside a link that comes from nowhere', [row(1, c, a), row(2, a, b), row(3, b, a), row(4, file('9'), c)], [{ do: 'park', from: 2 }, move(3, 2), { do: 'unpark', from: 2, to: 3 }]],
    ['what a broken chain leaves', [row(1, a, null), row(2, a, b), row(3, b, a), row(4, b, a), row(5, null, a)], [move(1, 5), { do: 'park', from: 2 }, move(3, 2), { do: 'unpark', from: 2, to: 3 }]],
    ['case alone', [row(1, a, null, { place: 'x' }), row(2, null, a, { place: 'x' })], [move(1, 2)]],
    ['a name that another case of it still holds', [row(1, a, null), row(2, b, null, { place: 'x' }), row(3, null, a, { place: 'x' })], []],
    ['a name that another case of it gives up', [row(1, a, null), row(2, b, null, { place: 'x' }), row(3, null, a, { place: 'x' }), row(4, null, b)], [move(2, 4), move(1, 3)]],
    ['to the name of a twin', [row(1, a, null), row(2, null, a, { place: 'x' }), row(3, null, b, { place: 'x' })], []],
  ])('%s', (_, rows, steps) => {
    expect(planMoves(rows).steps).toEqual(steps);
  }); // prettier-ignore

  test('moves are told in the order in which they are complete', () => {
    expect(planMoves([row(1, a, b), row(2, b, a)]).moves).toEqual([{ from: 2, to: 1 }, { from: 1, to: 2 }]); // prettier-ignore
  });

  test.each<[string, MoveRow[], number[]]>([
    ['as large as a gone file', [row(1, a, null), row(2, null, b)], [2]],
    ['another size', [row(1, a, null), row(2, null, file('2', { sizeBytes: 11 }))], []],
    ['the gone file was found', [row(1, a, null), row(2, null, a), row(3, null, b)], []],
    ['it is a gone file itself', [row(1, a, null), row(2, null, a), row(3, b, null)], []],
    ['the gone file has no digest', [row(1, a, null, { sha1: null }), row(2, null, b)], []],
    ['nothing is gone', [row(1, a, a), row(2, null, b)], []],
    ['digest known', [row(1, a, null), row(2, null, b, { nowSha1: 'other' })], []],
    ['on Box already', [row(1, a, null), row(2, b, c)], []],
    ['empty', [row(1, file('1', empty), null), row(2, null, file('2', empty))], []],
  ])('digests wanted: %s', (_, rows, wanted) => {
    expect(planMoves(rows).wantDigest).toEqual(wanted);
  });

  test('100,000 files of one content are paired without comparing each with each', () => {
    const rows = Array.from({ length: 50_000 }, (_, id) => [
      row(id, file(`old ${id}`), null, known),
      row(id + 50_000, null, file(`new ${id}`), known),
    ]).flat();
    expect(planMoves(rows).moves).toHaveLength(50_000);
  });
});

const paths = 9;

/** Two states of a disk, and what the ledger knows of them. `cases`: paths 0 and 1 are one name on Box, and 2 and 3. */
const histories = fc.record({
  first: fc.array(operation, { maxLength: 20 }),
  second: fc.array(operation, { maxLength: 8 }),
  hasBirthTimes: fc.boolean(),
  cases: fc.boolean(),
  unhashed: fc.uniqueArray(fc.nat(paths - 1)),
});

interface History {
  rows: MoveRow[];
  before: (SimulatedFile | null)[];
  now: (SimulatedFile | null)[];
  placeOf: (path: number) => string;
}

function play(given: typeof histories extends fc.Arbitrary<infer Value> ? Value : never): History {
  const disk = new SimulatedDisk(paths);
  const placeOf = (path: number) => (given.cases && path < 4 ? `shared ${path >> 1}` : `own ${path}`);
  for (const step of given.first) disk.run(step);
  // Of twins one is on Box.
  const before = disk.files.map((at, path) => {
    const isTwin = disk.files.some((other, index) => index < path && other && placeOf(index) === placeOf(path));
    return at && !isTwin ? { ...at } : null;
  });
  for (const step of given.second) disk.run(step);
  const rows = rowsOf(before, disk.files, { ...given, unhashed: new Set(given.unhashed), placeOf });
  return { rows, before, now: disk.files, placeOf };
}

/** Runs the calls as Box would, which refuses a name that is taken. */
function runOnBox({ before, placeOf }: History, steps: readonly MoveStep[]): Map<string, number> {
  const names = new Map<string, number>();
  before.forEach((at, path) => at && names.set(placeOf(path), path));
  const rename = (id: number, name: string) => {
    const current = [...names].find(([, holder]) => holder === id)![0];
    if (names.has(name) && names.get(name) !== id) throw new Error(`item_name_in_use: ${name}`);
    names.delete(current);
    names.set(name, id);
  };
  for (const step of steps) rename(step.from, step.do === 'park' ? `parked ${step.from}` : placeOf(step.to));
  return names;
}

describe('moves on any disk', () => {
  test('no call finds its name taken, and what moved is where the disk has the same content', () => {
    fc.assert(
      fc.property(histories, (given) => {
        const history = play(given);
        const { moves, steps } = planMoves(history.rows);
        const onBox = runOnBox(history, steps);
        for (const { from, to } of moves) {
          expect(onBox.get(history.placeOf(to))).toBe(from);
          expect(history.before[from]!.content).toBe(history.now[to]!.content);
        }
        const moved = new Set(moves.map(({ from }) => from));
        history.before.forEach((at, path) => {
          if (at && !moved.has(path)) expect(onBox.get(history.placeOf(path))).toBe(path);
        });
      }),
      { numRuns: 2000 },
    );
  });

  test('only the very file moves, or equal bytes from a path that is gone to one that was never on Box', () => {
    fc.assert(
      fc.property(histories, (given) => {
        const { rows, now, before } = play(given);
        const { moves } = planMoves(rows);
        expect(new Set(moves.map(({ from }) => from)).size).toBe(moves.length);
        expect(new Set(moves.map(({ to }) => to)).size).toBe(moves.length);
        for (const { from, to } of moves) {
          expect(from).not.toBe(to);
          // No two files of the disk share inode and mtime but by links, or by a trip to the stick and back.
          const [was, is] = [before[from]!, now[to]!];
          if (was.dev === is.dev && was.inode === is.inode && was.mtimeNs === is.mtimeNs) continue;
          expect({ gone: now[from], new: before[to] }).toEqual({ gone: null, new: null });
          expect(rows[to]!.nowSha1).toBe(rows[from]!.sha1);
          expect(now[to]!.content).not.toBe('');
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('any order of the rows gives the same plan', () => {
    const shuffled = histories.chain((given) => {
      const { rows } = play(given);
      return fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length }));
    });
    fc.assert(
      fc.property(shuffled, ([rows, others]) => {
        expect(planMoves(others)).toEqual(planMoves(rows));
      }),
      { numRuns: 2000 },
    );
  });

  test('once the digests that it wants are known, nothing with a known content is left over', () => {
    fc.assert(
      fc.property(histories, (given) => {
        const { rows, now } = play(given);
        const wanted = new Set(planMoves(rows).wantDigest);
        const hashed = rows.map((at) => (wanted.has(at.id) ? { ...at, nowSha1: sha1Of(now[at.id]!.content) } : at));
        const { moves, wantDigest } = planMoves(hashed);
        expect(wantDigest).toEqual([]);
        if (given.cases) return;
        const gone = hashed.filter(({ id, now }) => !now && !moves.some(({ from }) => from === id));
        const fresh = hashed.filter(({ id, synced }) => !synced && !moves.some(({ to }) => to === id));
        const left = new Set(fresh.map(({ now, nowSha1 }) => (now?.sizeBytes ? nowSha1 : null)));
        for (const { sha1 } of gone) if (sha1 !== null) expect(left.has(sha1)).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  test('a disk on which files only changed names is followed without a byte', () => {
    const mapping = fc.shuffledSubarray([...Array(paths).keys()], { minLength: paths });
    fc.assert(
      fc.property(mapping, fc.uniqueArray(fc.nat(paths - 1)), (target, there) => {
        const disk = new SimulatedDisk(paths);
        for (const path of there) disk.run({ do: 'save', a: path, content: 'one' });
        const before = [...disk.files];
        const now = before.map((): SimulatedFile | null => null);
        before.forEach((at, path) => (now[target[path]!] = at));
        const rows = rowsOf(before, now, { hasBirthTimes: true, unhashed: new Set(target) });
        const expected = there.filter((path) => target[path] !== path).map((from) => ({ from, to: target[from]! }));
        const { moves, steps } = planMoves(rows);
        expect(new Map(moves.map(({ from, to }) => [from, to]))).toEqual(
          new Map(expected.map(({ from, to }) => [from, to])),
        );
        runOnBox({ rows, before, now, placeOf: String }, steps);
      }),
      { numRuns: 2000 },
    );
  });

  test('without links, moves by identity are the greatest set that the rule allows', () => {
    fc.assert(
      fc.property(histories, (given) => {
        const withoutLinks = (steps: typeof given.first) => steps.filter((step) => step.do !== 'link');
        const { rows } = play({
          ...given, cases: false, first: withoutLinks(given.first), second: withoutLinks(given.second), unhashed: [...Array(paths).keys()],
        }); // prettier-ignore
        const { moves } = planMoves(rows);
        expect(moves.map(({ from, to }) => `${from} ${to}`).sort()).toEqual(movesByTheRule(rows).sort());
      }),
      { numRuns: 2000 },
    );
  });
});

/** All edges by identity, less those that the rule forbids while the others stand, until none is. */
function movesByTheRule(rows: readonly MoveRow[]): string[] {
  const same = (x: Identity, y: Identity) => JSON.stringify(x) === JSON.stringify(y);
  let edges = rows.flatMap((from) =>
    rows.filter((to) => to !== from && from.synced && to.now && same(from.synced, to.now)).map((to) => ({ from, to })),
  );
  for (let before = -1; before !== edges.length;) {
    before = edges.length;
    const isTarget = new Set(edges.map(({ to }) => to));
    const isSource = new Set(edges.map(({ from }) => from));
    edges = edges.filter(({ from, to }) => (!from.now || isTarget.has(from)) && (!to.synced || isSource.has(to)));
  }
  return edges.map(({ from, to }) => `${from.id} ${to.id}`);
}
