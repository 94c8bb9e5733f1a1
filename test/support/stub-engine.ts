// A small engine for tests of the app and the commands: a real process that holds a real lock and speaks the contract, and
// "uploads" by counting. `stub.json` in the data folder says how it behaves.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { ipcLink } from '../../main/platform/link.ts';
import { openRpc } from '../../main/platform/rpc.ts';
import { CallError } from '../../shared/call-error.ts';
import { engineContract, engineHostContract, engineOptionsSchema } from '../../shared/engine-contract.ts';
import type { Target } from '../../shared/ids.ts';
import type { JobSummary, TransferRow } from '../../shared/model.ts';
import { progressContract, type Batch, type View } from '../../shared/progress-contract.ts';
import { engineSettingsSchema } from '../../shared/settings.ts';
import { stubPairs, stubPairsSchema } from './stub-pairs.ts';
import { stubScreens } from './stub-screens.ts';
import { writeWhole } from './write-whole.ts';

const stubSchema = z.object({
  lockWaitMs: z.number().default(10_000),
  files: z.number().default(3),
  tickMs: z.number().default(20),
  /** Ends like this before it is ready. */
  dieAtStart: z.boolean().default(false),
  refuse: z.object({ code: z.enum(['locked', 'newer-ledger', 'home', 'internal']), message: z.string() }).optional(),
  /** How many files of a job fail, the last ones. */
  failing: z.number().default(0),
  special: z.number().default(0),
  /** Never answers shutDown and ignores SIGTERM. */
  stubborn: z.boolean().default(false),
  /** A transfer of p1, to be acted on. */
  pairTransfer: z.int().optional(),
  ...stubPairsSchema.shape,
});

const options = engineOptionsSchema.parse(JSON.parse(process.argv[2] ?? ''));
const stubPath = join(options.home, 'stub.json');
const stub = stubSchema.parse(existsSync(stubPath) ? JSON.parse(readFileSync(stubPath, 'utf8')) : {});
const statePath = join(options.home, 'stub-state.json');
const jobs: JobSummary[] = existsSync(statePath) ? (JSON.parse(readFileSync(statePath, 'utf8')) as JobSummary[]) : [];
const save = () => writeWhole(statePath, jobs);
for (const job of jobs) if (job.state === 'active') job.state = 'stopped';

process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => {
  if (!stub.stubborn) process.exit(0);
});
process.on('disconnect', () => process.exit(0));
if (stub.dieAtStart) throw new Error('the stub dies at start');

const views = new Map<number, View>();
let lastSubscription = 0;
const ledger = new DatabaseSync(join(options.home, 'ledger.db'), { timeout: stub.lockWaitMs });

const problem = (detail: string) => ({ code: 'local.unreadable', operation: 'open', detail, at: 1 }) as const;

async function run(job: JobSummary): Promise<void> {
  while (job.state === 'active' && job.counts.pending > 0) {
    await delay(stub.tickMs);
    if (job.state !== 'active') return;
    const failing = job.counts.pending <= stub.failing;
    job.counts.pending -= 1;
    job.counts[failing ? 'failed' : 'sent'] += 1;
    if (!failing) job.doneBytes += 1000;
    const index = job.counts.files - job.counts.pending;
    save();
    await tell('outcomes', job, {
      kind: 'outcomes',
      lost: 0,
      outcomes: [
        {
          path: `/stub/file-${index}`,
          outcome: failing ? 'failed' : 'sent',
          sizeBytes: 1000,
          transferId: index,
          sha1: failing ? null : 'a'.repeat(40),
          fileId: failing ? null : `${index}`,
          versionId: null,
          sentBytes: 1000,
          boxName: null,
          problem: failing ? problem(`no access to file ${index}`) : null,
        },
      ],
    });
    await tell('job', job, progressOf(job));
  }
  if (job.state === 'active') {
    job.state = 'done';
    save();
    await tell('job', job, progressOf(job));
  }
}

const progressOf = (job: JobSummary): Batch => ({
  kind: 'job',
  progress: { job, bytesPerSecond: null, etaMs: null, sentBytes: job.doneBytes, resentBytes: 0, active: [] },
  rule: { bytesPerSecond: null, paused: false, pausedBy: null, until: null },
});

/** Outcomes that nobody follows yet: kept for the first who does, as the real engine keeps them. */
const early: { jobId: number; batch: Batch }[] = [];

async function tell(kind: View['kind'], job: JobSummary | null, batch: Batch): Promise<void> {
  const isMeant = (view: View) => view.kind === kind && ('jobId' in view ? view.jobId : null) === (job?.id ?? null);
  const followers = [...views].filter(([, view]) => isMeant(view));
  if (kind === 'outcomes' && job && followers.length === 0) early.push({ jobId: job.id, batch });
  for (const [subscription] of followers) await rpc.remote.batch({ subscription, batch }).catch(() => undefined);
}

function jobOf(id: number): JobSummary {
  const job = jobs.find((one) => one.id === id);
  if (!job) throw new CallError('usage', `There is no job j${id}.`);
  return job;
}

const pairTransfer = (id: number): TransferRow => ({
  id, jobId: null, pairId: 1, path: '/stub/of-pair', kind: 'direct', state: 'paused', wait: null, sizeBytes: 9,
  doneBytes: 0, bytesPerSecond: null, parts: null, commit: null, attempts: 1, problem: null, updatedAt: 1,
}); // prettier-ignore

const pairs = stubPairs({
  home: options.home,
  stub,
  app: {
    watch: (args) => rpc.remote.watch(args),
    unwatch: (args) => rpc.remote.unwatch(args),
  },
  tell: (kind, batch) => tell(kind, null, batch),
});

async function onPair(target: Target, durationMs: number | null | undefined): Promise<Record<string, never>> {
  if (target.kind === 'pair') await pairs.setPaused(target.id, durationMs);
  return {};
}

let settings = engineSettingsSchema.parse({});
const settingsNow = () => ({
  ...settings,
  now: { bytesPerSecond: settings.limitBytesPerSecond, paused: false, pausedBy: null, until: null },
});

const nothing = async () => {
  await Promise.resolve();
  return {};
};

const rpc = openRpc({
  link: ipcLink(process),
  remote: { ...engineHostContract, ...progressContract },
  local: {
    contract: engineContract,
    handlers: {
      upload: async ({ paths, target, ifExists }) => {
        await rpc.remote.accessToken({});
        let job = jobs.find((one) => one.target === target && one.paths.join() === paths.join());
        const resumed = job !== undefined && job.state !== 'done';
        if (!job || !resumed) {
          job = {
            id: jobs.length + 1, state: 'active', paths, target, ifExists, targetFolderId: '0', createdAt: 1,
            finishedAt: null, problem: null, totalBytes: stub.files * 1000, doneBytes: 0,
            counts: {
              files: stub.files, folders: 1, sent: 0, adopted: 0, unchanged: 0, kept: 0, failed: 0, aborted: 0,
              pending: stub.files, special: stub.special, failedFolders: 0,
            },
          }; // prettier-ignore
          jobs.push(job);
        }
        job.state = 'active';
        save();
        void run(job);
        return { jobId: job.id, resumed, unfinished: [] };
      },
      suspend: async ({ jobId }) => {
        jobOf(jobId).state = 'stopped';
        save();
        return nothing();
      },
      jobs: () => Promise.resolve(jobs),
      job: async ({ jobId }) => Promise.resolve(jobOf(jobId)),
      transfers: () => Promise.resolve([]),
      transfer: ({ transferId }) =>
        transferId === stub.pairTransfer
          ? Promise.resolve(pairTransfer(transferId))
          : Promise.reject(new CallError('usage', 'There is no such transfer.')),
      parts: () => Promise.reject(new CallError('usage', 'There is no such transfer.')),
      failures: async ({ ownerId, after }) => {
        const { failed, files, special } = jobOf(ownerId).counts;
        const rows = [
          ...Array.from({ length: failed }, (_, index) => ({
            id: index + 1,
            path: `/stub/file-${files - failed + index + 1}`,
            kind: 'file' as const,
            problem: problem('no access'),
          })),
          ...Array.from({ length: special }, (_, index) => ({
            id: failed + index + 1,
            path: `/stub/link-${index + 1}`,
            kind: 'special' as const,
            problem: { code: 'local.not-regular' as const, operation: 'scan', detail: 'symbolic link', at: 1 },
          })),
        ];
        return Promise.resolve(rows.filter((row) => row.id > after));
      },
      pause: ({ target, durationMs }) => onPair(target, durationMs),
      resume: ({ target }) => onPair(target, undefined),
      abort: () => Promise.resolve({ undoUntil: 5 }),
      retry: nothing,
      why: () => Promise.resolve([]),
      receipts: () => Promise.resolve([]),
      ...pairs.handlers,
      ...stubScreens,
      settings: () => Promise.resolve(settingsNow()),
      setSettings: ({ changes }) => {
        settings = engineSettingsSchema.parse({ ...settings, ...changes });
        return Promise.resolve(settingsNow());
      },
      pauseAll: nothing,
      resumeAll: nothing,
      hold: nothing,
      doctor: () => Promise.resolve([{ name: 'ledger', result: 'ok' as const, message: 'stub' }]),
      metrics: () =>
        Promise.resolve({ eventLoopDelayMs: { p50: 0, p99: 0, p999: 0, max: 0 }, rssBytes: 1, peakRssBytes: 1 }),
      subscribe: async ({ view }) => {
        lastSubscription += 1;
        const subscription = lastSubscription;
        views.set(subscription, view);
        if (view.kind === 'pairs') {
          void rpc.remote.batch({ subscription, batch: pairs.progress() }).catch(() => undefined);
        } else if (view.kind === 'outcomes') {
          const kept = early.filter(({ jobId }) => jobId === view.jobId);
          for (const one of kept) {
            early.splice(early.indexOf(one), 1);
            void rpc.remote.batch({ subscription, batch: one.batch }).catch(() => undefined);
          }
        } else if (view.kind === 'job') {
          // Overtakes the answer on purpose.
          void rpc.remote.batch({ subscription, batch: progressOf(jobOf(view.jobId)) }).catch(() => undefined);
        }
        return Promise.resolve({ subscription });
      },
      unsubscribe: ({ subscription }) => {
        views.delete(subscription);
        return nothing();
      },
      shutDown: async () => {
        if (stub.stubborn) await new Promise(() => undefined);
        for (const job of jobs) if (job.state === 'active') job.state = 'stopped';
        save();
        ledger.close();
        setImmediate(() => process.disconnect?.());
        return {};
      },
    },
  },
});

async function start(): Promise<void> {
  if (stub.refuse) {
    await rpc.remote.ready({ ok: false, ...stub.refuse });
    process.exit(1);
  }
  try {
    ledger.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE IF NOT EXISTS held (x); COMMIT');
  } catch {
    await rpc.remote.ready({ ok: false, code: 'locked', message: 'held' });
    process.exit(1);
  }
  await rpc.remote.ready({ ok: true });
}
void start();
