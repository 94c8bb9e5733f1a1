import { CallError } from '../../../shared/call-error.ts';
import type { Handlers } from '../../../shared/contract.ts';
import type { screenCommands } from '../../../shared/screen-commands.ts';
import type { JobDirector } from '../job/director.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { PairCommandOptions } from '../pair/command-options.ts';
import type { LiveBoard } from '../progress/live.ts';
import type { RowMaker } from '../progress/rows.ts';
import { act, type ActOptions } from './act.ts';
import { boxFolders, createBoxFolder } from './box-folders.ts';
import { history } from './history.ts';
import { RulesPreviews } from './preview-rules.ts';
import { Problems } from './problems.ts';
import { retryProblems } from './retry-problems.ts';
import { timelineOf } from './timeline.ts';
import type { TransferCommands } from './transfer-commands.ts';

export interface ScreenHandlerOptions {
  ledger: Ledger;
  director: JobDirector;
  transferCommands: TransferCommands;
  pairs: PairCommandOptions;
  rows: RowMaker;
  board: LiveBoard;
  /** Aborted when the engine ends. */
  signal: AbortSignal;
}

/** The engine's side of what screens ask beyond what the command line does. */
export function screenHandlers(options: ScreenHandlerOptions): Handlers<typeof screenCommands> {
  const { ledger, director, transferCommands, pairs, rows, board, signal } = options;
  const { dataFolder, readOnly } = pairs;
  const { connection, scheduler } = pairs.services;
  const problems = new Problems(ledger, signal);
  const previews = new RulesPreviews({ dataFolder, signal });
  const acting: ActOptions = {
    ledger,
    problems,
    transferCommands,
    director,
    pairs: pairs.director,
    pairCommands: pairs,
    kick: () => scheduler.kick(),
    signal,
  };
  return {
    act: ({ action, on }) => act(acting, action, on),
    partRows: ({ transferId, from, count }) => {
      const transfer = existing(ledger, transferId);
      const parts = rows.parts(transfer, from, count);
      return Promise.resolve({ total: transfer.session?.totalParts ?? 0, parts });
    },
    timeline: ({ transferId }) => {
      const transfer = existing(ledger, transferId);
      const partProblems = [...(board.get(transferId)?.parts.values() ?? [])].map(({ problem }) => problem);
      return Promise.resolve(timelineOf(ledger, transfer, board.requests(transferId), partProblems));
    },
    problemGroups: () => problems.groups(),
    problemItems: ({ code, after, limit }) => problems.items(code, after, limit),
    retryProblems: async ({ code }) => {
      if (readOnly) throw new CallError('refused', 'This Boxcar was started to look only.');
      return { done: await retryProblems(acting, code) };
    },
    history: (query) => history(ledger, query, signal),
    boxFolders: ({ folderId }) => boxFolders(connection, folderId, signal),
    createBoxFolder: (folder) => createBoxFolder(connection, folder, { readOnly, signal }),
    previewRules: (rules) => previews.preview(rules),
  };
}

function existing(ledger: Ledger, transferId: number) {
  const data = ledger.transfers.get(transferId);
  if (!data) throw new CallError('usage', `There is no transfer t${transferId}; "boxcar status" lists them.`);
  return data;
}
