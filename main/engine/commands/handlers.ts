import { CallError } from '../../../shared/call-error.ts';
import type { Handlers } from '../../../shared/contract.ts';
import type { engineCommands } from '../../../shared/engine-contract.ts';
import { formatTarget, type Target } from '../../../shared/ids.ts';
import type { watchCommands } from '../../../shared/pair-commands.ts';
import type { JobSummary } from '../../../shared/model.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Account } from '../job/account.ts';
import type { JobDirector } from '../job/director.ts';
import { joinPath } from '../ledger/folders.ts';
import type { PairCommandOptions } from '../pair/command-options.ts';
import { existingPair, pairHandlers, setPaused } from '../pair/pair-commands.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { ProgressHub } from '../progress/hub.ts';
import type { LiveBoard } from '../progress/live.ts';
import type { RowMaker } from '../progress/rows.ts';
import type { PartSlots } from '../schedule/part-slots.ts';
import { checkAccount } from './doctor.ts';
import { screenHandlers } from './screen-handlers.ts';
import { settingsHandlers, type SettingsCommandOptions } from './settings-commands.ts';
import type { TransferCommands } from './transfer-commands.ts';
import { explainAnyPath } from './why.ts';

export interface HandlerOptions {
  ledger: Ledger;
  clock: Clock;
  account: Account;
  director: JobDirector;
  transferCommands: TransferCommands;
  pairs: PairCommandOptions;
  hub: ProgressHub;
  rows: RowMaker;
  board: LiveBoard;
  slots: PartSlots;
  settings: SettingsCommandOptions;
  /** Why everything is paused, or null. */
  held: () => string | null;
  /** Aborted when the engine ends. */
  signal: AbortSignal;
}

/** The engine's side of every command. Wires; what a command means stands with its subject. */
export function engineHandlers(options: HandlerOptions): Handlers<typeof engineCommands & typeof watchCommands> {
  const { ledger, clock, account, director, transferCommands, pairs, hub, rows, slots, signal } = options;
  const done = {};
  const screens = screenHandlers(options);
  return {
    upload: async ({ paths, target, ifExists, partsInParallel }) => {
      if (partsInParallel !== undefined) slots.setSlots(partsInParallel);
      const started = await director.upload({ paths, target, ifExists }, signal);
      const others = ledger.jobs.list(true).filter(({ id }) => id !== started.jobId && !director.isRunning(id));
      return { ...started, unfinished: others.flatMap(({ id }) => summaryOf(rows, id)) };
    },
    suspend: async ({ jobId }) => {
      await director.stop(jobId, 'stopped');
      return done;
    },
    jobs: ({ unfinishedOnly }) =>
      Promise.resolve(ledger.jobs.list(unfinishedOnly).flatMap(({ id }) => summaryOf(rows, id))),
    job: ({ jobId }) => {
      const summary = rows.summary(jobId);
      if (!summary) throw new CallError('usage', `There is no job j${jobId}; "boxcar status" lists them.`);
      return Promise.resolve(summary);
    },
    transfers: ({ jobId, pairId, states, after, limit }) => {
      const query = { ownerId: jobId ?? pairId ?? null, states: states ?? null, after, limit };
      return Promise.resolve(ledger.transfers.list(query).map((data) => rows.transfer(data)));
    },
    transfer: ({ transferId }) => Promise.resolve(rows.transfer(existing(ledger, transferId))),
    parts: ({ transferId }) => {
      const data = existing(ledger, transferId);
      const { session } = data;
      return Promise.resolve({
        transfer: rows.transfer(data),
        session: session && { id: session.id, expiresAt: session.expiresAt, partSizeBytes: session.partSizeBytes },
        parts: rows.parts(data),
        timeline: ledger.timeline.list(transferId),
      });
    },
    failures: ({ ownerId, after, limit }) => Promise.resolve(failures(ledger, ownerId, after, limit)),
    pause: async ({ target, durationMs }) => {
      if (target.kind === 'pair') await setPaused(pairs, target.id, true, durationMs);
      else if (target.kind === 'job') await director.stop(target.id, 'paused');
      else await transferCommands.pause(transferOf(target));
      return done;
    },
    resume: async ({ target }) => {
      if (target.kind === 'pair') await setPaused(pairs, target.id, false);
      else if (target.kind === 'job') await director.resume(target.id, signal);
      else await transferCommands.resume(transferOf(target), signal);
      return done;
    },
    abort: async ({ target }) => {
      if (target.kind !== 'job') return { undoUntil: await transferCommands.abort(transferOf(target)) };
      return { undoUntil: await transferCommands.abortJob(target.id) };
    },
    retry: async ({ target }) => {
      if (target.kind === 'part') transferCommands.retryPart(target.id, target.part);
      else if (target.kind === 'pair') {
        existingPair(pairs, target.id);
        const { refused } = await screens.act({ action: 'retry', on: { targets: [target] } });
        if (refused[0]) throw new CallError('refused', refused[0].message);
      } else if (target.kind === 'job') await transferCommands.retryJob(target.id, signal);
      else await transferCommands.retry(transferOf(target), signal);
      return done;
    },
    why: ({ path }) => explainAnyPath(ledger, path, { now: clock.now(), held: options.held() }),
    receipts: ({ jobId, pairId, after, limit }) =>
      Promise.resolve(ledger.receipts.list({ ownerId: jobId ?? pairId ?? null, after, limit })),
    ...pairHandlers(pairs),
    ...screens,
    ...settingsHandlers(options.settings),
    doctor: () => checkAccount(account, signal),
    subscribe: ({ view }) => Promise.resolve({ subscription: hub.subscribe(view) }),
    unsubscribe: ({ subscription }) => {
      hub.unsubscribe(subscription);
      return Promise.resolve(done);
    },
  };
}

function summaryOf(rows: RowMaker, id: number): JobSummary[] {
  const summary = rows.summary(id);
  return summary ? [summary] : [];
}

function existing(ledger: Ledger, transferId: number) {
  const data = ledger.transfers.get(transferId);
  if (!data) throw new CallError('usage', `There is no transfer t${transferId}; "boxcar status" lists them.`);
  return data;
}

function transferOf(target: Target): number {
  if (target.kind === 'transfer') return target.id;
  throw new CallError('usage', `${formatTarget(target)} is not a transfer or job; this command takes t… or j….`);
}

/** Failed folders first (they have no id of their own in the paging), then files and special files. */
function failures(ledger: Ledger, ownerId: number, after: number, limit: number) {
  const job = ledger.jobs.get(ownerId);
  if (!job && !ledger.pairs.get(ownerId)) {
    throw new CallError('usage', `There is no job j${ownerId} and no pair p${ownerId}; "boxcar status" lists them.`);
  }
  const folders = after > 0 ? [] : ledger.folders.failures(ownerId, job?.scan ?? 0);
  const files = ledger.files.failures(ownerId, after, limit);
  return [
    ...folders.flatMap(({ id, problem }) =>
      problem ? [{ id: 0, path: ledger.folders.path(id).display, kind: 'folder' as const, problem }] : [],
    ),
    ...files.flatMap((file) => {
      if (!file.problem) return [];
      const path = joinPath(ledger.folders.path(file.folderId), file.name, file.nameRaw).display;
      const kind = file.outcome === 'special' ? ('special' as const) : ('file' as const);
      return [{ id: file.id, path, kind, problem: file.problem }];
    }),
  ];
}
