import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RulesPreviews } from '../../../main/engine/commands/preview-rules.ts';
import { openEngine, TestBox, writeTree } from '../../support/engine-fixture.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test('says what rules leave out, by which line, and which lines mean nothing', async () => {
  const engine = await openEngine(await TestBox.start());
  const path = join(temporaryFolder(), 'tree');
  writeTree(path, {
    'a.txt': '12345',
    'b.iso': 'left out',
    'sub/c.txt': '123',
    'sub/d.iso': 'left out',
    'build/1': 'x',
    'build/2': 'x',
    '.DS_Store': 'x',
  });
  const rules = '# mine\n*.iso\nfoo[\n/build/\n';
  const preview = await engine.commands.previewRules({ path, rules, useBuiltInRules: true });
  expect(preview).toEqual({
    mistakes: [{ line: 3, message: expect.stringContaining('A [ has no ]') as string }],
    kept: { files: 2, bytes: 8 },
    excluded: { entries: 4 },
    examples: [
      { path: '.DS_Store', rule: '".DS_Store" (built in)' },
      { path: 'b.iso', rule: '"*.iso" (line 2 of the pair\'s rules)' },
      { path: 'build', rule: '"/build/" (line 4 of the pair\'s rules)' },
      { path: 'sub/d.iso', rule: '"*.iso" (line 2 of the pair\'s rules)' },
    ],
    complete: true,
  });
  const without = await engine.commands.previewRules({ path, rules: '', useBuiltInRules: false });
  expect(without).toMatchObject({ kept: { files: 7 }, excluded: { entries: 0 }, mistakes: [], complete: true });
});

test('a rule file in the tree counts, and is named', async () => {
  const engine = await openEngine(await TestBox.start());
  const path = join(temporaryFolder(), 'tree');
  writeTree(path, { 'sub/a.log': 'x', 'sub/.boxcarignore': '*.log\n' });
  const { examples } = await engine.commands.previewRules({ path, rules: '', useBuiltInRules: true });
  expect(examples).toEqual([{ path: 'sub/a.log', rule: `"*.log" (line 1 of ${join(path, 'sub/.boxcarignore')})` }]);
});

test('a newer question for the same folder ends an older one', async () => {
  const engine = await openEngine(await TestBox.start());
  const path = join(temporaryFolder(), 'tree');
  writeTree(path, { 'a.txt': 'a', 'b.log': 'b' });
  const asked = ['*.txt', '*.log', '*.t'].map((rules) =>
    engine.commands.previewRules({ path, rules, useBuiltInRules: true }),
  );
  const told = await Promise.allSettled(asked);
  expect(told.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
  expect(told[0]).toMatchObject({ reason: { code: 'refused' } });
  expect(told[2]).toMatchObject({ value: { kept: { files: 2 }, complete: true } });
});

test('a folder that is not there is said', async () => {
  const engine = await openEngine(await TestBox.start());
  const path = join(temporaryFolder(), 'nothing');
  await expect(engine.commands.previewRules({ path, rules: '', useBuiltInRules: true })).rejects.toMatchObject({
    code: 'usage',
  });
});

test('a tree that is too large for the time is told as far as it was read', async () => {
  const path = temporaryFolder();
  for (let folder = 0; folder < 60; folder += 1) {
    mkdirSync(join(path, `${folder}`));
    for (let file = 0; file < 200; file += 1) writeFileSync(join(path, `${folder}`, `${file}`), '');
  }
  const { signal } = new AbortController();
  const previews = new RulesPreviews({ dataFolder: temporaryFolder(), signal, mostMs: 1 });
  const preview = await previews.preview({ path, rules: '', useBuiltInRules: true });
  expect(preview.complete).toBe(false);
  expect(preview.kept.files).toBeLessThan(12_000);
});
