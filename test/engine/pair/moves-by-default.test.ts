// Moves as people make them: told by the watcher, at the settle time that pairs have by default. Shorter ones take other ways.
import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pairOptionsSchema } from '../../../shared/pair-model.ts';
import { TestBox, writeTree } from '../../support/engine-fixture.ts';
import { boxTree, localTree, openPairEngine, pairFolder, startPair } from '../../support/pair-fixture.ts';
import { uploads } from '../../support/pair-steps.ts';

/** What is renamed in a folder, one after the other, and where things of before are then. */
const moves: { name: string; renames: [string, string][]; same: [string, string][] }[] = [
  { name: 'a file', renames: [['p.txt', 'r.txt']], same: [['p.txt', 'r.txt']] },
  {
    name: 'a folder that holds folders alone',
    renames: [['only', 'renamed']],
    same: [
      ['only', 'renamed'],
      ['only/x/y/f.txt', 'renamed/x/y/f.txt'],
    ],
  },
  { name: 'a folder into a new one', renames: [['only', 'new/only']], same: [['only', 'new/only']] },
  { name: 'a folder into a sibling', renames: [['only', 'sibling/only']], same: [['only/x', 'sibling/only/x']] },
  {
    name: 'a folder into a sibling that is renamed',
    renames: [
      ['only', 'sibling/only'],
      ['sibling', 'brother'],
    ],
    same: [
      ['only', 'brother/only'],
      ['sibling', 'brother'],
    ],
  },
  {
    name: 'a folder, and the one around it',
    renames: [
      ['only/x', 'only/inner'],
      ['only', 'outer'],
    ],
    same: [
      ['only', 'outer'],
      ['only/x', 'outer/inner'],
      ['only/x/y/f.txt', 'outer/inner/y/f.txt'],
    ],
  },
  {
    name: 'a folder, and a file out of it',
    renames: [
      ['only', 'renamed'],
      ['renamed/x/y/f.txt', 'f.txt'],
    ],
    same: [
      ['only', 'renamed'],
      ['only/x/y/f.txt', 'f.txt'],
    ],
  },
  {
    name: 'files that change places',
    renames: [
      ['p.txt', 'between'],
      ['q.txt', 'p.txt'],
      ['between', 'q.txt'],
    ],
    same: [
      ['p.txt', 'q.txt'],
      ['q.txt', 'p.txt'],
    ],
  },
  { name: 'a folder in another case', renames: [['only', 'ONLY']], same: [['only/x/y', 'ONLY/x/y']] },
  {
    name: 'a folder to another pair',
    renames: [['only', '../../other/came']],
    same: [
      ['only', '../../other/came'],
      ['only/x/y/f.txt', '../../other/came/x/y/f.txt'],
    ],
  },
];

test('what moves is the same on Box as before, and nothing is sent', async () => {
  const box = await TestBox.start();
  const engine = await openPairEngine(box);
  const folder = pairFolder();
  const files = { 'p.txt': 'p', 'q.txt': 'q', 'only/x/y/f.txt': 'f', 'only/x2/g.txt': 'g', 'sibling/s.txt': 's' };
  writeTree(
    folder,
    Object.fromEntries(
      moves.flatMap((_, n) => Object.entries(files).map(([path, text]) => [`pair/${n}/${path}`, `${text} of ${n}`])),
    ),
  );
  writeTree(folder, { 'other/anchor.txt': 'anchor' });
  const { settleMs } = pairOptionsSchema.parse({});
  for (const name of ['pair', 'other']) await startPair(engine, join(folder, name), `/${name}`, { settleMs });
  const idsOf = (which: 0 | 1) =>
    Promise.all(
      moves.flatMap(({ name, same }, n) =>
        same.map(async (paths) => `${name}: ${await box.idOf(join('pair', `${n}`, paths[which]))}`),
      ),
    );
  const before = await idsOf(0);
  box.requests = [];
  moves.forEach(({ renames }, n) => {
    for (const [from, to] of renames) {
      mkdirSync(join(folder, 'pair', `${n}`, to, '..'), { recursive: true });
      renameSync(join(folder, 'pair', `${n}`, from), join(folder, 'pair', `${n}`, to));
    }
  });
  for (const name of ['pair', 'other']) {
    await expect.poll(() => boxTree(box, name), { timeout: 40_000 }).toEqual(localTree(join(folder, name)));
  }
  expect(await idsOf(1)).toEqual(before);
  expect(uploads(box)).toBe(0);
});
