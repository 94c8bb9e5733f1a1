import { Worker } from 'node:worker_threads';
import { entryUrl } from '../../platform/entry-url.ts';

/** Nobody wanted it after all: a thread holds some megabytes. */
const keptMs = 30_000;

let spare: { worker: Worker; forget: () => void } | null = null;

/** Starts a thread that the next walk takes: for when that is known to come, since a thread needs a tenth of a second. */
export function prepareScanThread(): void {
  if (spare) return;
  const worker = startThread();
  worker.unref();
  const forget = () => {
    clearTimeout(timer);
    worker.off('error', forget).off('exit', forget);
    if (spare?.worker === worker) spare = null;
  };
  const timer = setTimeout(() => {
    forget();
    void worker.terminate();
  }, keptMs).unref();
  spare = { worker, forget };
  // One that ends before it is taken is not missed: the walk starts its own.
  worker.on('error', forget).on('exit', forget);
}

/** A thread for one walk, to be told what by a message; whoever takes it ends it. */
export function takeScanThread(): Worker {
  if (!spare) return startThread();
  const { worker, forget } = spare;
  forget();
  worker.ref();
  return worker;
}

function startThread(): Worker {
  // Half the young objects that the engine's process gives each thread: a walk makes many, and none is long of use.
  return new Worker(entryUrl('scan-worker'), { resourceLimits: { maxYoungGenerationSizeMb: 12 } });
}
