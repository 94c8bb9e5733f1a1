/** The thread that walks, once: told what, it posts batches, and waits when the consumer is too many of them behind. */
import { parentPort } from 'node:worker_threads';
import { takeArchivesForFiles } from '../../platform/archives.ts';
import { createSkip } from '../ignore/create-skip.ts';
import type { RuleWarning } from '../ignore/model.ts';
import { batchesOf } from './batches.ts';
import { skipFolder } from './own-folder.ts';
import { createPacker } from './pack.ts';
import { groupRoots } from './roots.ts';
import type { ScanTask, ScanWorkerMessage } from './protocol.ts';
import { walkTrees, type WalkOptions } from './walk.ts';

takeArchivesForFiles();

function walk({ roots, rules, leaveOut, shallow, followRoots, taken, aheadBatches }: ScanTask): void {
  const warnings: RuleWarning[] = [];
  const ruled: WalkOptions = rules ? createSkip(rules, (warning) => warnings.push(warning)) : {};
  const own = leaveOut === null ? null : skipFolder(leaveOut);
  const skips: WalkOptions = own
    ? { ...ruled, skip: (...asked) => own(...asked) || (ruled.skip?.(...asked) ?? null) }
    : ruled;
  const post = (message: ScanWorkerMessage) => parentPort!.postMessage(message);

  const pack = createPacker();
  let posted = 0;
  for (const batch of batchesOf(walkTrees(groupRoots(roots), { ...skips, shallow, followRoots }), warnings)) {
    post({ batch: pack(batch) });
    posted += 1;
    for (let done = Atomics.load(taken, 0); posted - done >= aheadBatches; done = Atomics.load(taken, 0)) {
      Atomics.wait(taken, 0, done);
    }
  }
  post({ done: true });
}

parentPort!.once('message', walk);
