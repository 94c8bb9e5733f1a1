import { expect, test } from 'vitest';
import { isBelowAny, supersededPaths, type JudgedJob } from '../../../main/engine/commands/superseded.ts';

const job = (id: number, paths: string[], change: Partial<JudgedJob> = {}): JudgedJob => ({
  id, paths, target: '/Backup', targetFolderId: '7', state: 'done', finishedAt: id * 100, ...change,
}); // prettier-ignore

test.each<[string, JudgedJob[], [number, string[]][]]>([
  ['a later run of the same', [job(1, ['/a']), job(2, ['/a', '/b'])], [[1, ['/a']]]],
  ['a later run of a part of it', [job(1, ['/a']), job(2, ['/a/b'])], [[1, ['/a/b']]]],
  ['a later run of what is around it', [job(1, ['/a/b']), job(2, ['/a'])], [[1, ['/a']]]],
  ['one that runs now', [job(1, ['/a']), job(2, ['/a'], { state: 'active', finishedAt: null })], [[1, ['/a']]]],
  ['an older job that was run again', [job(1, ['/a'], { finishedAt: 900 }), job(2, ['/a'])], [[2, ['/a']]]],
  ['another folder of a like name', [job(1, ['/a']), job(2, ['/ab'])], []],
  ['another folder on Box', [job(1, ['/a']), job(2, ['/a'], { targetFolderId: '8' })], []],
  ['one that was aborted as a whole', [job(1, ['/a']), job(2, ['/a'], { state: 'aborted' })], []],
  ['one that has not begun to look', [job(1, ['/a']), job(2, ['/a'], { state: 'stopped', finishedAt: null })], []],
  ['itself going on', [job(1, ['/a'], { state: 'active', finishedAt: null }), job(2, ['/a'])], [[2, ['/a']]]],
])('%s', (_, jobs, paths) => {
  const superseded = [...supersededPaths(jobs, new Set([1, 2]))];
  expect(superseded).toEqual(paths);
});

test('a path is below itself and its folder, and not below what only begins alike', () => {
  expect(isBelowAny('/a/b', ['/a'])).toBe(true);
  expect(isBelowAny('/a', ['/a'])).toBe(true);
  expect(isBelowAny('/a', ['/'])).toBe(true);
  expect(isBelowAny('/ab', ['/a'])).toBe(false);
});
