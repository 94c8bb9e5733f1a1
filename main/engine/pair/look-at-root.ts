import { lstat, opendir, stat } from 'node:fs/promises';
import type { Problem } from '../../../shared/problem.ts';
import type { ProblemCode } from '../../../shared/problem-table.ts';
import { fileProblem } from '../../platform/file-problem.ts';
import { joinPath } from '../ledger/folders.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { PairRow } from '../ledger/pairs.ts';
import { judgeRoot, rootSampleSize, type RootLook, type RootSample, type RootStop } from '../plan/root-guard.ts';

/** Whether a pair's folder may be walked: it is the one that it was. `seen` is what stands there now. */
export type RootResult =
  | { may: true; seen: { dev: string; inode: string }; accept: boolean }
  | { may: false; problem: Problem; reason: RootStop; seen: { dev: string; inode: string } | null };

const codes: Record<RootStop, ProblemCode> = {
  missing: 'pair.root-missing',
  unreadable: 'pair.root-unreadable',
  'not-a-folder': 'pair.root-not-folder',
  replaced: 'pair.root-replaced',
  emptied: 'pair.root-emptied',
};

/** Looks at a pair's folder before and after each walk. Never rejects: what can't be looked at may not be walked. */
export async function lookAtRoot(ledger: Ledger, pair: PairRow, at: number): Promise<RootResult> {
  const path = pair.pathRaw ? Buffer.from(pair.pathRaw) : pair.path;
  const { look, detail } = await lookNow(path, pair.path);
  const { counts } = ledger.pairs.counts(pair.id);
  const files = counts.synced + counts.pending;
  let verdict = judgeRoot(pair.root, look, { files }, null);
  if (verdict.verdict === 'needs-sample') {
    verdict = judgeRoot(pair.root, look, { files }, await sampleOf(ledger, pair));
  }
  const seen = 'error' in look ? null : { dev: look.dev, inode: look.inode };
  if (verdict.verdict === 'stop') {
    const problem = { code: codes[verdict.reason], operation: 'look at folder', item: pair.path, detail, at };
    return { may: false, problem, reason: verdict.reason, seen };
  }
  return { may: true, seen: seen!, accept: verdict.verdict === 'accept' };
}

async function lookNow(path: string | Buffer, display: string): Promise<{ look: RootLook; detail: string }> {
  try {
    const facts = await lstat(path, { bigint: true });
    const isFolder = facts.isDirectory();
    const look = {
      dev: facts.dev.toString(),
      inode: facts.ino.toString(),
      isFolder,
      entries: isFolder ? await countSome(path) : 0,
    };
    return { look, detail: isFolder ? '' : 'no folder' };
  } catch (error) {
    const { code, detail } = fileProblem(error, 'look at folder', display);
    return { look: { error: code === 'local.missing' ? 'missing' : 'unreadable' }, detail };
  }
}

/** 0 or 1: whether there is anything. */
async function countSome(path: string | Buffer): Promise<number> {
  const folder = await opendir(path);
  try {
    return (await folder.read()) ? 1 : 0;
  } finally {
    await folder.close();
  }
}

async function sampleOf(ledger: Ledger, pair: PairRow): Promise<RootSample> {
  const files = ledger.pairFiles.sample(pair.id, rootSampleSize);
  let matching = 0;
  for (const file of files) {
    const path = joinPath(ledger.folders.path(file.folderId), file.name, file.nameRaw);
    const facts = await stat(path.local, { bigint: true }).catch(() => undefined);
    const isSame =
      facts && Number(facts.size) === file.facts?.sizeBytes && facts.mtimeNs.toString() === file.facts.mtimeNs;
    if (isSame) matching += 1;
  }
  return { checked: files.length, matching };
}
