import { lstatSync, readFileSync } from 'node:fs';
import { lstat, readFile } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { ProblemError } from '../../../shared/problem-error.ts';
import { fileProblem } from '../../platform/file-problem.ts';
import { childPath, displayPathOf, type LocalPath } from '../scan/raw-path.ts';

/** Rules for the folder that it stands in and all below it. It goes up like any other file: it says why others are not there. */
export const ruleFileName = '.boxcarignore';

/** Far above any set of rules: what is longer is not one. */
const longestBytes = 1024 * 1024;

export interface RuleFile {
  /** For people. */
  path: string;
  /** The rules; null for a file that is not taken for one. */
  text: string | null;
  warning: string | null;
}

/** Reads the rule file of a folder; null where there is none. Throws a ProblemError where there is one that can't be read. */
export type ReadRuleFile = (folder: LocalPath) => RuleFile | null;

/** From the disk, for the walking thread. */
export function readRuleFileSync(folder: LocalPath): RuleFile | null {
  const path = pathIn(folder);
  try {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (!stats) return null;
    return refused(path, stats) ?? read(path, readFileSync(path, 'utf8'));
  } catch (error) {
    return failed(path, error);
  }
}

/** `readRuleFileSync` for a thread that must not wait for a disk. */
export async function readRuleFile(folder: LocalPath): Promise<RuleFile | null> {
  const path = pathIn(folder);
  try {
    return refused(path, await lstat(path)) ?? read(path, await readFile(path, 'utf8'));
  } catch (error) {
    return failed(path, error);
  }
}

function pathIn(folder: LocalPath): LocalPath {
  return childPath(folder, { name: ruleFileName, rawName: null });
}

function read(path: LocalPath, text: string): RuleFile {
  return { path: displayPathOf(path), text, warning: null };
}

/** As git since 2.32, a link in the tree is not followed to rules elsewhere. A folder of that name is a folder. */
function refused(path: LocalPath, stats: Stats): RuleFile | null {
  if (stats.isDirectory()) return { path: displayPathOf(path), text: null, warning: null };
  if (!stats.isFile()) {
    const warning = 'Not a regular file: its rules do not count';
    return { path: displayPathOf(path), text: null, warning };
  }
  if (stats.size <= longestBytes) return null;
  const detail = `rules of ${stats.size} bytes; at most ${longestBytes} are read`;
  const item = displayPathOf(path);
  throw new ProblemError({ code: 'local.unreadable', operation: 'read rules', detail, item, at: Date.now() });
}

/** Rules that can't be read stop their folder: going on without them would send what they keep back. */
function failed(path: LocalPath, error: unknown): null {
  if (error instanceof ProblemError) throw error;
  const problem = fileProblem(error, 'read rules', displayPathOf(path));
  if (problem.code === 'local.missing') return null;
  throw new ProblemError(problem, { cause: error });
}
