import { rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSkip } from '../../../main/engine/ignore/create-skip.ts';
import { describeRules } from '../../../main/engine/ignore/describe-rules.ts';
import { ruleFileName } from '../../../main/engine/ignore/rule-file.ts';
import { whyIgnored } from '../../../main/engine/ignore/why-ignored.ts';
import { groupRoots } from '../../../main/engine/scan/roots.ts';
import { walkTrees } from '../../../main/engine/scan/walk.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { collect } from '../scan/collect.ts';
import { askGit, inGitsWords, type RuledTree } from './git-referee.ts';

/** git's answer, ours path by path, and ours of a walk are one; removes what it made. */
async function compare(given: RuledTree): Promise<void> {
  const tree = consistent(given);
  const root = temporaryFolder();
  const verdicts = askGit(root, tree);
  const rules = describeRules({
    pairRules: tree.pairRules,
    useBuiltIn: false,
    base: { path: root },
    platform: 'linux',
  });
  const expected = new Map<string, unknown>();
  const told = new Map<string, unknown>();
  const kept: string[] = [];
  for (const [path, verdict] of verdicts) {
    const isFolder = tree.paths.some((other) => other.startsWith(`${path}/`));
    const why = await whyIgnored(rules, join(root, path), isFolder);
    expected.set(path, verdict && { file: verdict.file, line: verdict.line });
    told.set(path, inGitsWords(root, why));
    if (!verdict || verdict.pattern.startsWith('!')) kept.push(join(root, path));
    expect([path, why.ignored]).toEqual([path, verdict !== null && !verdict.pattern.startsWith('!')]);
  }
  expect(told).toEqual(expected);

  const { skip } = createSkip(rules, () => undefined);
  const { entries } = collect(walkTrees(groupRoots([{ path: root }]), skip));
  const walked = [...entries.keys()].filter((path) => path !== root && !path.endsWith(`/${ruleFileName}`));
  expect(walked.filter((path) => !path.endsWith('/.gitignore')).sort()).toEqual([...new Set(kept)].sort());
  rmSync(root, { recursive: true });
}

const paths = [
  'a', 'b/', 'b/a', 'b/b/', 'b/b/a.log', 'b/b/c/', 'b/b/c/a', 'b/#x', 'b/!x', 'c d', 'c d ', 'ab', 'abc', 'a.log', 'B.LOG',
  'deep/', 'deep/er/', 'deep/er/a', 'deep/er/foo/', 'deep/er/foo/bar', 'deep/er/foo/b/bar', 'foo/', 'foo/bar', 'foo/x/bar',
  '[x]', 'x*y', 'xzy', 'back\\slash', 'é', 'line\nbreak',
]; // prettier-ignore

describe('as git reads it', () => {
  test.each([
    ['names anywhere, anchored ones, folders alone', 'a\n/ab\nb/\n/foo\n', {}],
    ['stars', '*.log\nfoo/*\n!foo/x\nx\\*y\n**/er/**/bar\n', {}],
    ['a file in a folder that is left out stays out', 'b/\n!b/a\n!b/b/a.log', {}],
    ['all but one, as people write it', '/*\n!/b\n/b/*\n!/b/b\n', {}],
    ['escapes, comments, spaces, CRLF, a mark', '\ufeff\\#x\r\n\\!x\r\n#a\r\nc d\\ \r\n\r\n  \r\nab  \r\n[[]x]', {}],
    ['classes', '[ab]\n[!a]bc\n[[:upper:]].*\nx[*]y\nback\\\\slash\n', {}],
    ['slashes in classes, escaped slashes', '?????/\nfoo/[b/x]ar\nfoo\\/x/**\ndeep\\/er/[/a]\nb\\/**\n', {}],
    ['a deeper file counts first', '*.log\n', { 'b/': '!*.log', 'b/b/': 'a.log' }],
    ['a folder that a deeper file lets in again is walked', 'deep/er/\n', { 'deep/': '!er/' }],
    ['rules of a folder that is left out do not count', 'b/b\n', { 'b/b/': '!*', 'b/': '' }],
    ['anchors are relative to the folder of the file', '', { 'deep/': '/a\n/er/a\nfoo/bar', 'foo/': 'x/**' }],
    ['lines that cannot work', 'a\\\n[ab\n!\n/\n!/\nab\\\\\\\n', {}],
  ])('%s', async (_, pairRules, rules) => {
    await compare({ paths, pairRules: '', rules: { '': pairRules, ...rules } });
    await compare({ paths, pairRules, rules });
  });

  // Left out: names beyond ASCII (git's ? and classes match bytes, ours characters) and ** beside other characters, which
  // gitignore(5) leaves open ("other consecutive asterisks are considered regular asterisks") and git reads by the case.
  test('any rules over any tree', async () => {
    const name = fc.constantFrom('a', 'b', 'ab', 'a.b', 'c', '.a', '#a', '!a', 'a b', 'A', '-', '[a]', 'a\\b', 'a*');
    const folder = fc.array(name, { maxLength: 3 }).map((names) => names.map((n) => `${n}/`).join(''));
    const path = fc.tuple(folder, name, fc.boolean()).map(([at, n, isFolder]) => `${at}${n}${isFolder ? '/' : ''}`);
    const piece = fc.constantFrom(
      'a', 'b', 'c', '.', '*', '?', '**', '/', '/', '[ab]', '[!a]', '[a-c]', '\\a', '\\*', '\\#', '\\!', '#', '!', ' ', '\\ ',
      'ab', '/**/', '**/', '/**', '[[:alpha:]]', '[]a]', '[a', '\\', '-', '[^b]', '[c-a]', 'a*b',
    ); // prettier-ignore
    const line = fc
      .tuple(
        fc.constantFrom('', '', '!', '/', '!/'),
        fc.array(piece, { minLength: 1, maxLength: 4 }),
        fc.constantFrom('', '', '/', ' '),
      )
      .map(([start, pieces, end]) => start + pieces.join('') + end)
      .filter((line) => !/\*\*/.test(line.replaceAll(/(?<=^!?|\/)\*\*(?=\/| *$)/g, '')));
    const text = fc.array(line, { maxLength: 5 }).map((lines) => lines.join('\n'));
    const trees = fc.record({
      paths: fc.uniqueArray(path, { minLength: 3, maxLength: 14 }),
      rules: fc.dictionary(folder, text, { maxKeys: 3 }),
      pairRules: text,
    });
    await fc.assert(
      fc.asyncProperty(trees, (tree) => compare(tree)),
      { numRuns: 120 },
    );
  });
});

/** A path is a file or a folder, not both, and folders of rules are folders. */
function consistent({ paths, rules, pairRules }: RuledTree): RuledTree {
  const folders = new Set<string>();
  for (const path of [...paths, ...Object.keys(rules)]) {
    for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) folders.add(path.slice(0, at + 1));
  }
  const files = paths.filter((path) => !path.endsWith('/') && !folders.has(`${path}/`));
  return { paths: [...folders, ...files], rules, pairRules };
}
