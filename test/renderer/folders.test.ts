import { expect, test } from 'vitest';
import { findByLetters } from '../../renderer/components/find-by-letters.ts';
import { below } from '../../renderer/screens/folders/below.ts';
import { untilTomorrowMs } from '../../renderer/text/until-tomorrow.ts';
import { differencesOf } from '../../renderer/screens/folders/verify-counts.ts';
import { stepOf } from '../../renderer/state/new-pair-steps.ts';
import { boxOverlap, localOverlap } from '../../renderer/state/overlap.ts';
import { scrubDaysOf, settleMsOf } from '../../renderer/state/pair-numbers.ts';
import { CallError } from '../../shared/call-error.ts';
import type { PairSummary } from '../../shared/pair-model.ts';
import type { ProblemCode } from '../../shared/problem-table.ts';

const pair = { id: 1, path: '/home/ann/Documents', targetFolderId: '200' } as PairSummary;

test('a local folder is equal to, inside or around that of a pair, and a longer name is none of it', () => {
  expect(localOverlap('/home/ann/Documents', [pair])?.how).toBe('equal');
  expect(localOverlap('/home/ann/Documents/2024', [pair])?.how).toBe('inside');
  expect(localOverlap('/home/ann', [pair])?.how).toBe('around');
  expect(localOverlap('/', [pair])?.how).toBe('around');
  expect(localOverlap('/home/ann/Documents 2', [pair])).toBeNull();
  const onWindows = { ...pair, path: 'C:\\Ann' };
  expect(localOverlap('C:\\Ann\\2024', [onWindows])?.how).toBe('inside');
  expect(localOverlap('C:\\Anna', [onWindows])).toBeNull();
});

test('a Box folder is equal to or inside the target of a pair', () => {
  expect(boxOverlap('200', ['0', '100'], [pair])?.how).toBe('equal');
  expect(boxOverlap('300', ['0', '200'], [pair])?.how).toBe('inside');
  expect(boxOverlap('100', ['0'], [pair])).toBeNull();
});

test('a refusal belongs to the step whose folder it names', () => {
  const refused = (message: string) => stepOf(new CallError('usage', message), '/home/ann', '/Team');
  const problem = (code: ProblemCode) =>
    stepOf(new CallError('problem', 'x', { code, operation: 'x', detail: '', at: 0 }), '/home/ann', '/Team');
  expect(refused('/home/ann lies around the folder of p1, /home/ann/Documents.')).toBe('local');
  expect(refused('/Team lies inside the Box folder of p1, /.')).toBe('box');
  expect(refused('/Team on Box: Ask the owner of the folder for upload rights.')).toBe('box');
  expect(refused('/Teamwork is something else.')).toBe('preview');
  expect(refused('This folder or file is no longer known here: choose it again.')).toBe('local');
  expect(problem('target.no-permission')).toBe('box');
  expect(problem('pair.target-gone')).toBe('box');
  expect(problem('pair.root-unreadable')).toBe('local');
  expect(problem('network.unreachable')).toBe('preview');
  expect(problem('local.internal')).toBe('preview');
  expect(stepOf(new Error('x'), '/home/ann', '/Team')).toBe('preview');
});

test('the same path here and on Box is told apart by what the sentence says of it', () => {
  const refused = (message: string) => stepOf(new CallError('usage', message), '/data', '/data');
  expect(refused('/data lies inside the Box folder of p1, /.')).toBe('box');
  expect(refused('/data lies inside the folder of p1, /.')).toBe('local');
});

test('letters find the next folder that begins with them, in any case and with any accents', () => {
  const names = ['Apples', 'apricots', 'Äpfel', 'Bananas'];
  expect(findByLetters(names, 'b', 0)).toBe(3);
  expect(findByLetters(names, 'apr', 0)).toBe(1);
  expect(findByLetters(names, 'a', 0)).toBe(1);
  expect(findByLetters(names, 'aa', 1)).toBe(2);
  expect(findByLetters(names, 'a', 2)).toBe(0);
  expect(findByLetters(names, 'x', 0)).toBeNull();
  expect(findByLetters([], 'a', -1)).toBeNull();
});

test('numbers are read with a point or a comma, and refused beyond what a pair takes', () => {
  expect(settleMsOf('2')).toBe(2000);
  expect(settleMsOf(' 0,5 ')).toBe(500);
  expect(settleMsOf('3600')).toBe(3_600_000);
  for (const wrong of ['', '-1', '3601', '2s', '1e3']) expect(settleMsOf(wrong)).toBeUndefined();
  expect(scrubDaysOf('0')).toBe(0);
  for (const wrong of ['1.5', '3651', 'x']) expect(scrubDaysOf(wrong)).toBeUndefined();
});

test('a path is said from the folder that it lies in', () => {
  expect(below('/home/ann/a/b.txt', '/home/ann')).toBe('a/b.txt');
  expect(below('/home/anna/b.txt', '/home/ann')).toBe('/home/anna/b.txt');
  expect(below('/home/ann', '/home/ann')).toBe('.');
  expect(below('/b.txt', '/')).toBe('b.txt');
  expect(below('a/b.txt', '/home/ann')).toBe('a/b.txt');
});

test('until tomorrow means 08:00 of the next day by the clock on the wall', () => {
  const at = new Date(2026, 4, 3, 23, 59, 0);
  expect(untilTomorrowMs(at.getTime())).toBe(8 * 3_600_000 + 60_000);
  expect(untilTomorrowMs(new Date(2026, 4, 3, 0, 0, 0).getTime())).toBe(32 * 3_600_000);
});

test('all that differs is counted, listed or not', () => {
  const result = { files: 10, hashed: 0, equal: 4, missing: 1, different: 2, extra: 3, unreadable: 4, differences: [] };
  expect(differencesOf(result)).toBe(10);
});
