// The folder pairs of the stub engine: they are walked and watched for real, and "uploaded" by telling so.
import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { CallError } from '../../shared/call-error.ts';
import type { Handlers, Remote } from '../../shared/contract.ts';
import type { pairCommands, watchCommands, watchHostCommands } from '../../shared/pair-commands.ts';
import {
  pairOptionsSchema,
  type Difference,
  type PairEvent,
  type PairSummary,
  type Question,
} from '../../shared/pair-model.ts';
import type { Batch, View } from '../../shared/progress-contract.ts';
import { writeWhole } from './write-whole.ts';

export const stubPairsSchema = z.object({
  /** How long preview and verify take. */
  slowMs: z.number().default(0),
  differences: z.array(z.custom<Difference>()).default([]),
  questions: z.array(z.custom<Question>()).default([]),
  /** Told after each round. */
  pairEvents: z.array(z.custom<PairEvent>()).default([]),
});

export interface StubPairsOptions {
  home: string;
  stub: z.infer<typeof stubPairsSchema>;
  app: Remote<typeof watchHostCommands>;
  /** To all who follow a view of the kind. */
  tell: (kind: View['kind'], batch: Batch) => Promise<void>;
}

/** The handlers, and what the rest of the stub needs. What was called stands in `stub-calls.jsonl` of the data folder. */
export function stubPairs({ home, stub, app, tell }: StubPairsOptions) {
  const path = join(home, 'stub-pairs.json');
  const pairs = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as PairSummary[]) : [];
  for (const pair of pairs) {
    if (pair.state !== 'paused') pair.state = 'stopped';
    pair.watch = null;
  }
  const save = () => writeWhole(path, pairs);
  const note = (name: string, args: unknown) =>
    appendFileSync(join(home, 'stub-calls.jsonl'), JSON.stringify({ name, args }) + '\n');
  let keepsPairs = false;
  let questions = stub.questions;

  const pairOf = (id: number): PairSummary => {
    const pair = pairs.find((one) => one.id === id);
    if (!pair) throw new CallError('usage', `There is no pair p${id}; "boxcar pairs" lists them.`);
    return pair;
  };
  const progress = (): Batch => ({
    kind: 'pairs',
    progress: { pairs, bytesPerSecond: null, etaMs: null, active: [] },
    rule: { bytesPerSecond: null, paused: false, pausedBy: null, until: null },
  });
  const event = (...events: PairEvent[]) => tell('pair-events', { kind: 'pair-events', lost: 0, events });
  const changed = () => {
    save();
    return tell('pairs', progress());
  };

  async function round(pair: PairSummary): Promise<void> {
    const entries = readdirSync(pair.path, { withFileTypes: true, recursive: true });
    const files = entries.filter((entry) => entry.isFile()).length;
    const counts = { files, folders: entries.length - files, ignored: 0, bytes: files };
    await event({ type: 'scanned', pairId: pair.id, ...counts, durationMs: 3 });
    pair.counts = { ...pair.counts, files, synced: files, folders: entries.length - files };
    Object.assign(pair, { state: 'synced', totalBytes: files, syncedBytes: files, scannedAt: 1 });
    await event(...stub.pairEvents);
    await changed();
    await event({ type: 'synced', pairs: pairs.length, files, questions: questions.length, failed: 0 });
  }

  async function keep(pair: PairSummary): Promise<void> {
    if (pair.state === 'paused') return;
    pair.state = 'scanning';
    await changed();
    const entries = readdirSync(pair.path, { withFileTypes: true, recursive: true });
    const below = entries.filter((entry) => entry.isDirectory()).map(({ parentPath, name }) => join(parentPath, name));
    await app.watch({ pairId: pair.id, root: pair.path, folders: [pair.path], more: true });
    await app.watch({ pairId: pair.id, root: pair.path, folders: below, more: false });
    await round(pair);
  }

  const answered = async (work: () => void | Promise<void>) => {
    await work();
    return {};
  };

  const handlers: Handlers<typeof pairCommands & typeof watchCommands> = {
    addPair: async ({ path: folder, target, options }) => {
      if (pairs.some((pair) => pair.path === folder)) throw new CallError('refused', `${folder} is p1 already.`);
      note('addPair', { options });
      const pair: PairSummary = {
        id: (pairs.at(-1)?.id ?? 0) + 1, path: folder, target, targetFolderId: '7', state: 'stopped', problem: null,
        pausedUntil: null, options: pairOptionsSchema.parse(options), totalBytes: 0, syncedBytes: 0, scan: null,
        counts: {
          files: 0, folders: 0, synced: 0, pending: 0, failed: 0, kept: 0, special: 0, left: 0, failedFolders: 0,
        },
        scannedAt: null, watch: null, questions: questions.length, createdAt: 1,
      }; // prettier-ignore
      pairs.push(pair);
      save();
      if (keepsPairs) void keep(pair);
      return Promise.resolve({ pairId: pair.id });
    },
    setPair: ({ pairId, options }) =>
      answered(() => {
        note('setPair', { options });
        const pair = pairOf(pairId);
        pair.options = pairOptionsSchema.parse({ ...pair.options, ...options });
        return changed();
      }),
    removePair: ({ pairId }) =>
      answered(async () => {
        const pair = pairOf(pairId);
        await app.unwatch({ pairId, root: pair.path, folders: null });
        pairs.splice(pairs.indexOf(pair), 1);
        await changed();
      }),
    pairs: () => Promise.resolve(pairs),
    pair: async ({ pairId }) => Promise.resolve(pairOf(pairId)),
    startPairs: () =>
      answered(() => {
        note('startPairs', {});
        keepsPairs = true;
        for (const pair of pairs) void keep(pair);
      }),
    rescan: ({ pairId }) =>
      answered(() => {
        note('rescan', { pairId });
        for (const pair of pairs) if (pairId === null || pair.id === pairId) void round(pair);
      }),
    preview: async ({ path: folder, options }) => {
      note('preview', { options });
      await delay(stub.slowMs);
      return {
        files: 5, folders: 2, bytes: 5000, onBox: { files: 1, bytes: 1000 }, toSend: { files: 3, bytes: 3000 },
        conflicts: { files: 1, paths: [join(folder, 'other')] }, paceMs: 750,
        ignored: { entries: 1, examples: [{ path: join(folder, '.DS_Store'), rule: '.DS_Store' }] },
        names: {
          count: 1,
          findings: [{ path: join(folder, 'a\\b'), kind: 'refused', detail: 'a backslash', proposal: 'a_b' }],
        },
        unreadable: [],
      }; // prettier-ignore
    },
    verify: async ({ pairId, full }) => {
      const { counts } = pairOf(pairId);
      note('verify', { pairId, full });
      await delay(stub.slowMs);
      const of = (what: Difference['what']) => stub.differences.filter((one) => one.what === what).length;
      return {
        files: counts.files, hashed: full ? counts.files : 0, equal: counts.files, missing: of('missing'),
        different: of('different'), extra: of('extra'), unreadable: of('unreadable'), differences: stub.differences,
      }; // prettier-ignore
    },
    questions: ({ pairId, after, limit }) => {
      const fits = questions.filter((one) => one.id > after && (pairId === undefined || one.pairId === pairId));
      return Promise.resolve(fits.slice(0, limit));
    },
    answer: async ({ questionId, answer, all }) => {
      note('answer', { questionId, answer, all });
      const asked = questions.find((one) => one.id === questionId);
      if (!asked) throw new CallError('usage', `There is no question q${questionId}.`);
      const same = (one: Question) => one === asked || (all && one.kind === asked.kind && one.pairId === asked.pairId);
      const rest = questions.filter((one) => !same(one));
      const count = questions.length - rest.length;
      questions = rest;
      return Promise.resolve({ answered: count });
    },
    hints: ({ pairId, ...hints }) =>
      answered(() => {
        note('hints', { pairId, ...hints });
        const pair = pairs.find((one) => one.id === pairId);
        if (pair && keepsPairs) void round(pair);
      }),
    watchReport: ({ pairId, report }) =>
      answered(async () => {
        const pair = pairOf(pairId);
        pair.watch = report;
        await event({ type: 'watching', pairId, path: pair.path, report });
        await changed();
      }),
    wokeUp: () => answered(() => note('wokeUp', {})),
  };
  return {
    handlers,
    progress,
    setPaused: async (pairId: number, durationMs: number | null | undefined) => {
      note(durationMs === undefined ? 'resume' : 'pause', { pairId, durationMs });
      const pair = pairOf(pairId);
      pair.state = durationMs === undefined ? 'stopped' : 'paused';
      pair.pausedUntil = durationMs ? Date.now() + durationMs : null;
      await changed();
      if (keepsPairs && durationMs === undefined) void keep(pair);
    },
  };
}
