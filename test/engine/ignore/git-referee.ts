import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { WhyIgnored } from '../../../main/engine/ignore/why-ignored.ts';

/** A tree with rules: folders end in `/`; rule texts stand by the folder they are in ('' for the root). */
export interface RuledTree {
  paths: string[];
  rules: Record<string, string>;
  pairRules: string;
}

export interface GitVerdict {
  file: string;
  line: number;
  pattern: string;
}

/**
 * Makes the tree with both kinds of rule files and asks git about each path: the rule that decides, null for none.
 * The pair's rules stand where git reads them last (`info/exclude`). The environment's configuration has no say.
 */
export function askGit(root: string, { paths, rules, pairRules }: RuledTree): Map<string, GitVerdict | null> {
  git(root, ['init', '-q'], '');
  git(root, ['config', 'core.ignorecase', 'false'], '');
  mkdirSync(join(root, '.git/info'), { recursive: true });
  writeFileSync(join(root, '.git/info/exclude'), pairRules);
  for (const path of paths) {
    if (path.endsWith('/')) mkdirSync(join(root, path), { recursive: true });
    else {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), '');
    }
  }
  for (const [folder, text] of Object.entries(rules)) {
    mkdirSync(join(root, folder), { recursive: true });
    for (const name of ['.gitignore', '.boxcarignore']) writeFileSync(join(root, folder, name), text);
  }
  const asked = paths.map((path) => path.replace(/\/$/, ''));
  const out = git(
    root,
    ['check-ignore', '--no-index', '--stdin', '-z', '-v', '-n'],
    asked.map((p) => `${p}\0`).join(''),
  );
  rmSync(join(root, '.git'), { recursive: true });
  const fields = out.split('\0');
  const verdicts = new Map<string, GitVerdict | null>();
  for (let at = 0; at + 3 < fields.length; at += 4) {
    const [file, line, pattern, path] = fields.slice(at, at + 4) as [string, string, string, string];
    verdicts.set(path, file === '' ? null : { file: file.replace(`${root}/`, ''), line: Number(line), pattern });
  }
  return verdicts;
}

/** Ours in git's words. */
export function inGitsWords(root: string, { rule }: Pick<WhyIgnored, 'rule'>): Omit<GitVerdict, 'pattern'> | null {
  if (!rule) return null;
  const file = rule.file === null ? '.git/info/exclude' : rule.file.slice(root.length + 1).replace('.boxcar', '.git');
  return { file, line: rule.line };
}

function git(root: string, args: string[], input: string): string {
  const env = {
    ...process.env,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_DIR: join(root, '.git'),
    GIT_WORK_TREE: root,
  };
  try {
    return execFileSync('git', args, { cwd: root, input, env, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });
  } catch (error) {
    // 1: no path is ignored.
    const { status, stdout } = error as { status: number; stdout: string };
    if (status === 1) return stdout;
    throw error;
  }
}
