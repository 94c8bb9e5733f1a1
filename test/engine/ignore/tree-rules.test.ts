import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createSkip } from '../../../main/engine/ignore/create-skip.ts';
import { describeRules, type RuleChoices } from '../../../main/engine/ignore/describe-rules.ts';
import type { RuleWarning } from '../../../main/engine/ignore/model.ts';
import { whyIgnored } from '../../../main/engine/ignore/why-ignored.ts';
import { isHollow } from '../../../main/engine/scan/facts.ts';
import { groupRoots } from '../../../main/engine/scan/roots.ts';
import { scanTrees } from '../../../main/engine/scan/scan-trees.ts';
import { walkTrees } from '../../../main/engine/scan/walk.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { collect, collectBatches } from '../scan/collect.ts';

/** Files by path with their content; a path that ends in `/` is a folder. */
function make(files: Record<string, string>): string {
  const root = temporaryFolder();
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(path.endsWith('/') ? join(root, path) : dirname(join(root, path)), { recursive: true });
    if (!path.endsWith('/')) writeFileSync(join(root, path), content);
  }
  return root;
}

const choices = (root: string, more: Partial<RuleChoices> = {}) =>
  describeRules({ pairRules: '', useBuiltIn: false, base: { path: root }, platform: 'linux', ...more });

function walk(root: string, more: Partial<RuleChoices> = {}, from = [root]) {
  const warnings: RuleWarning[] = [];
  const skips = createSkip(choices(root, more), (warning) => warnings.push(warning));
  const { entries, folders, problems } = collect(walkTrees(groupRoots(from.map((path) => ({ path }))), skips));
  const paths = [...entries.keys()].filter((path) => path !== root).map((path) => path.slice(root.length + 1));
  const ignored = folders.flatMap((folder) => folder.ignored.map(({ name, rule }) => [name, rule?.line]));
  return { paths, ignored, folders, problems, warnings, entries };
}

describe('a walk', () => {
  test('tells what is left out and by which rule, and neither reads nor lists what is in it', () => {
    const root = make({
      'node_modules/deep/x': '',
      'a.iso': '',
      'b/c.iso': '',
      'b/keep.iso': '',
      'b/.boxcarignore': '!keep.iso',
    });
    const { paths, ignored, folders } = walk(root, { pairRules: '# images\n*.iso\nnode_modules/\n' });
    expect(paths).toEqual(['b', 'b/.boxcarignore', 'b/keep.iso']);
    expect(ignored).toEqual([['a.iso', 2], ['node_modules', 3], ['c.iso', 2]]); // prettier-ignore
    expect(folders[1]!.ignored[0]!.rule).toMatchObject({ source: 'pair', file: null, pattern: '*.iso' });
  });

  test('a rule for folders alone leaves a file and a link of that name', () => {
    const root = make({ 'a/build/': '', 'b/build': '', 'c/': '', 'd/': '' });
    symlinkSync('../d', join(root, 'c/build'));
    const { paths } = walk(root, { pairRules: 'build/' });
    expect(paths).toEqual(['a', 'b', 'c', 'd', 'b/build', 'c/build']);
  });

  test('built-in rules go last: any rule can let in again what they leave out', () => {
    const junk = ['.DS_Store', '._a', 'Thumbs.db', 'desktop.ini', 'Desktop.ini', '~$report.docx', '.~lock.a.odt#', '~WRL0001.tmp', '.a.swp', '.#a', '#a#', 'a.part', 'a.crdownload', '.goutputstream-ABC', 'Icon\r', '.nfs00000000000a']; // prettier-ignore
    const wanted = ['a~', 'a.tmp', 'macro.swp', '4913', 'Icons', 'a.bak', 'part', '.nfsrc', '~', '#a', 'video.part']; // prettier-ignore
    const root = make(Object.fromEntries([...junk, ...wanted].map((name) => [name, ''])));
    const { paths, ignored } = walk(root, { useBuiltIn: true, pairRules: '!video.part' });
    expect(paths.sort()).toEqual(wanted.sort());
    expect(ignored.map(([name]) => name).sort()).toEqual(junk.sort());
    expect(walk(root).paths).toHaveLength(junk.length + wanted.length);
  });

  test('case counts on Linux and not on Windows and macOS', () => {
    const root = make({ 'A.ISO': '', 'a.iso': '', 'Thumbs.DB': '' });
    const rules = { pairRules: '*.iso', useBuiltIn: true } as const;
    expect(walk(root, { ...rules, platform: 'linux' }).paths).toEqual(['A.ISO', 'Thumbs.DB']);
    for (const platform of ['darwin', 'win32'] as const) expect(walk(root, { ...rules, platform }).paths).toEqual([]);
  });

  test('both spellings of an accent are one name; ? is one character', () => {
    const [nfc, nfd] = ['é'.normalize('NFC'), 'é'.normalize('NFD')];
    const root = make({ [`${nfc}1`]: '', [`${nfd}1/${nfd}2`]: '', [`x/${nfd}2`]: '', [`${nfd}.a`]: '' });
    expect(walk(root, { pairRules: `${nfd}1\n/x/${nfc}2\n?.a` }).paths).toEqual(['x']);
  });

  test.skipIf(process.platform !== 'linux')('names that are not UTF-8 are matched as they are shown', () => {
    const root = make({ 'a/': '' });
    const raw = Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0x63, 0xe9])]);
    mkdirSync(raw);
    writeFileSync(Buffer.concat([raw, Buffer.from('/.boxcarignore')]), 'b*');
    for (const name of ['/a', '/b']) writeFileSync(Buffer.concat([raw, Buffer.from(name)]), '');
    expect(walk(root).paths).toEqual(['a', 'c‛E9', 'c‛E9/.boxcarignore', 'c‛E9/a']);
    expect(walk(root, { pairRules: 'c‛E9/a' }).paths).toEqual(['a', 'c‛E9', 'c‛E9/.boxcarignore']);
    expect(walk(root, { pairRules: 'c?E9' }).paths).toEqual(['a']);
  });

  test('a part of a pair walked alone is ruled by the files above it, and left out with the folder it is in', () => {
    const root = make({
      '.boxcarignore': '*.log',
      'a/.boxcarignore': 'b/x',
      'a/b/x': '',
      'a/b/y': '',
      'a/b/z.log': '',
      'out/c/f': '',
    });
    const { paths } = walk(root, { pairRules: '/out' }, [join(root, 'a/b')]);
    expect(paths).toEqual(['a/b', 'a/b/y']);
    const parts = ['out/c', 'out', 'a/b/z.log', 'a/b/y', 'a'].map((path) => join(root, path));
    expect(walk(root, { pairRules: '/out' }, parts).paths.sort()).toEqual(['a', 'a/.boxcarignore', 'a/b', 'a/b/y']); // prettier-ignore
  });

  test('rule files in what is left out are not even read', () => {
    const root = make({ 'out/.boxcarignore': '#'.repeat(1024 * 1024 + 1), 'out/a': '' });
    const { entries, folders, warnings } = walk(root, { pairRules: '/out' }, [join(root, 'out/a')]);
    expect([...entries, ...warnings]).toEqual([]);
    expect(folders).toMatchObject([{ problem: null, ignored: [{ name: 'a', rule: { pattern: '/out' } }] }]);
  });

  test('the base itself is never left out; without a base each root rules itself', () => {
    const root = make({ 'one/.boxcarignore': 'a', 'one/a': '', 'two/a': '' });
    expect(walk(join(root, 'one'), { pairRules: 'one' }).paths).toEqual(['.boxcarignore']);
    const both = [join(root, 'one'), join(root, 'two')];
    const { entries } = walk(root, { base: null, pairRules: '/two' }, both);
    expect([...entries.keys()].map((path) => path.slice(root.length))).toEqual(['/one', '/two', '/one/.boxcarignore', '/two/a']); // prettier-ignore
    expect(walk(join(root, 'one'), {}, [join(root, 'two')]).entries.has(join(root, 'two/a'))).toBe(true);
  });

  test('lines that cannot work are told with their file, once', () => {
    const root = make({ 'a/.boxcarignore': 'x\n[b\n', 'a/b': '', 'a/x': '', 'a/c/d': '' });
    const { warnings, paths } = walk(root, { pairRules: '!' });
    expect(warnings).toMatchObject([
      { source: 'pair', file: null, line: 1, pattern: '!' },
      { source: 'file', file: join(root, 'a/.boxcarignore'), line: 2, pattern: '[b' },
    ]);
    expect(paths).toEqual(['a', 'a/.boxcarignore', 'a/b', 'a/c', 'a/c/d']);
  });

  test('a rule file that is a link does not count and is told; a folder of that name is a folder', () => {
    const root = make({ rules: 'a', 'linked/a': '', 'folder/.boxcarignore/a': '' });
    symlinkSync('../rules', join(root, 'linked/.boxcarignore'));
    const { warnings, paths } = walk(root);
    expect(warnings).toMatchObject([{ file: join(root, 'linked/.boxcarignore'), line: 0 }]);
    expect(paths).toContain('linked/a');
    expect(paths).toContain('folder/.boxcarignore/a');
  });

  test('rules that cannot be read stop their folder, so that nothing they keep back goes up', () => {
    const root = make({ 'a/.boxcarignore': `secret\n${'#'.repeat(1024 * 1024)}`, 'a/secret': '', b: '' });
    const { problems, paths, folders } = walk(root);
    expect([...problems]).toEqual([[join(root, 'a'), 'local.unreadable']]);
    expect(folders.at(-1)!.problem).toMatchObject({ operation: 'read rules', item: join(root, 'a/.boxcarignore') });
    expect(paths).toEqual(['a', 'b']);
    const alone = walk(root, {}, [join(root, 'a/secret')]);
    expect(alone.entries.get(join(root, 'a/secret'))).toMatchObject({
      kind: 'unknown',
      problem: { operation: 'read rules' },
    });
  });

  test.skipIf(process.seteuid === undefined)('so do rules without permission', () => {
    const root = make({ 'a/.boxcarignore': 'secret', 'a/secret': '' });
    for (const path of [root, join(root, 'a')]) chmodSync(path, 0o755);
    chmodSync(join(root, 'a/.boxcarignore'), 0o000);
    const isRoot = process.geteuid!() === 0;
    if (isRoot) process.seteuid!(65534);
    try {
      expect([...walk(root).problems]).toEqual([[join(root, 'a'), 'local.unreadable']]);
    } finally {
      if (isRoot) process.seteuid!(0);
    }
  });

  test('more than the library remembers: 10,000 names in one folder, every second left out', () => {
    const root = make({ 'a/': '' });
    for (let n = 0; n < 10_000; n += 1) writeFileSync(join(root, 'a', `${n}.${n % 2 ? 'log' : 'txt'}`), '');
    const { paths, folders } = walk(root, { pairRules: '*.log' });
    expect(paths).toHaveLength(5001);
    expect(Math.max(...folders.map(({ entries, ignored }) => entries.length + ignored.length))).toBeLessThanOrEqual(
      2000,
    );
  });
});

test('through the thread: rules, what is left out and warnings come along', async () => {
  const root = make({ '.boxcarignore': 'a\n[b', 'a/b': '', 'c/d.part': '', 'c/e': '' });
  const rules = choices(root, { useBuiltIn: true });
  const signal = new AbortController().signal;
  const { batches, entries } = await collectBatches(scanTrees({ roots: [{ path: root }], rules, signal }));
  expect([...entries.keys()].map((path) => path.slice(root.length))).toEqual(['', '/.boxcarignore', '/c', '/c/e']);
  expect(batches.flatMap(({ ruleWarnings }) => ruleWarnings)).toMatchObject([{ line: 2, pattern: '[b' }]);
  expect(batches.at(-1)).toMatchObject({ ignoredSoFar: 2, filesSoFar: 2 });
});

describe('why', () => {
  test('the rule, its line and what it matches; also for what is let in, for nothing, for what is not there', async () => {
    const root = make({ '.boxcarignore': '*.iso\nout/', 'a/.boxcarignore': '\n!b.iso', 'out/c/d': '' });
    const rules = choices(root, { useBuiltIn: true });
    const why = (path: string, isFolder = false) => whyIgnored(rules, join(root, path), isFolder);
    expect(await why('a/c.iso')).toMatchObject({ ignored: true, at: join(root, 'a/c.iso'), rule: { line: 1, file: join(root, '.boxcarignore') } }); // prettier-ignore
    expect(await why('a/b.iso')).toMatchObject({ ignored: false, rule: { line: 2, negated: true, file: join(root, 'a/.boxcarignore') } }); // prettier-ignore
    expect(await why('out/c/d')).toMatchObject({ ignored: true, at: join(root, 'out'), rule: { line: 2 } });
    expect(await why('out')).toMatchObject({ ignored: false });
    expect(await why('out', true)).toMatchObject({ ignored: true });
    expect(await why('a/x.part')).toMatchObject({ ignored: true, rule: { source: 'built-in', pattern: '*.part' } });
    expect(await why('a')).toEqual({ ignored: false, rule: null, at: null });
  });

  test('asked about the base, or elsewhere, it says so', async () => {
    const root = make({ 'a/': '' });
    const rules = choices(join(root, 'a'));
    for (const path of [join(root, 'a'), root, join(root, 'ab')]) {
      await expect(whyIgnored(rules, path, true)).rejects.toThrow(RangeError);
    }
    await expect(whyIgnored({ ...rules, base: null }, root, true)).rejects.toThrow(RangeError);
  });
});

test('a file without blocks is a hint on macOS and Windows alone', () => {
  const hollow = { blocks: 0n, size: 8192n, isFile: () => true } as Parameters<typeof isHollow>[0];
  expect(['darwin', 'win32', 'linux'].map((p) => isHollow(hollow, p as NodeJS.Platform))).toEqual([true, true, false]);
  expect(isHollow({ ...hollow, blocks: 8n }, 'darwin')).toBe(false);
  expect(isHollow({ ...hollow, size: 100n }, 'win32')).toBe(false);
  expect(isHollow({ ...hollow, isFile: () => false }, 'darwin')).toBe(false);
});
