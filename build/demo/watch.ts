import { setTimeout as delay } from 'node:timers/promises';
import { attachBoxcar, type Boxcar } from '../../main/app/open-boxcar.ts';
import { environmentTokens } from '../../main/app/token-provider.ts';
import { batchSchema, type JobProgress } from '../../shared/progress-contract.ts';
import type { Commands } from './commands.ts';

const pollMs = 50;

/** What moves, as a bar shows it. */
export interface Shown {
  doneBytes: number;
  totalBytes: number;
  parts: { done: number; total: number } | undefined;
}

export interface Watch {
  /** Resolves when so much of the job is on Box or on its way there; rejects when the upload ends before. */
  reached(share: number): Promise<void>;
  percent(): number;
  close(): Promise<void>;
}

/**
 * Watches the upload that runs on the data folder from outside, as a second terminal does: ten times a second, where the JSON
 * lines of a command come once a second.
 */
export async function watchUpload(
  commands: Commands,
  show: (shown: Shown) => void,
  ended?: Promise<unknown>,
): Promise<Watch> {
  let share = 0;
  const waiting: { share: number; resolve: () => void; reject: (error: Error) => void }[] = [];
  const onProgress = ({ job, active }: JobProgress) => {
    const parts = active.find((row) => row.parts !== null)?.parts ?? undefined;
    show({ doneBytes: job.doneBytes, totalBytes: job.totalBytes, parts });
    // Until the walk is over the total is not known.
    if (job.state === 'scanning') return;
    share = job.totalBytes === 0 ? 0 : job.doneBytes / job.totalBytes;
    for (const one of waiting) {
      if (job.state === 'done') one.reject(new Error('this machine was faster than the demo: nothing left to kill'));
      else if (share >= one.share) one.resolve();
    }
  };
  let over = false;
  void ended?.then(() => (over = true));
  const boxcar = await attached(commands, () => over);
  const close = async () => boxcar?.close();
  if (boxcar) {
    boxcar.over.catch(() => undefined);
    const jobId = await firstJob(boxcar, () => over);
    if (jobId !== undefined) {
      await boxcar.subscribe({ kind: 'job', jobId }, (unopened) => {
        const batch = batchSchema.parse(unopened);
        if (batch.kind === 'job') onProgress(batch.progress);
      });
    }
  }
  return {
    reached: (wanted) =>
      share >= wanted
        ? Promise.resolve()
        : new Promise((resolve, reject) => waiting.push({ share: wanted, resolve, reject })),
    percent: () => Math.floor(share * 100),
    close,
  };
}

async function attached(commands: Commands, isOver: () => boolean): Promise<Boxcar | undefined> {
  const { api, upload, auth, authorize, token } = commands.box;
  while (!isOver()) {
    const boxcar = await attachBoxcar({
      home: commands.home,
      endpoints: { api, upload, auth, authorize },
      readOnly: true,
      logLevel: 'silent',
      tokens: environmentTokens({ BOXCAR_TOKEN: token }),
      env: process.env,
    }).catch(() => undefined);
    if (boxcar) return boxcar;
    await delay(pollMs);
  }
  return undefined;
}

async function firstJob(boxcar: Boxcar, isOver: () => boolean): Promise<number | undefined> {
  while (!isOver()) {
    const [job] = await boxcar.commands.jobs({}).catch(() => []);
    if (job) return job.id;
    await delay(pollMs);
  }
  return undefined;
}
