import { CallError } from '../../../shared/call-error.ts';
import type { Handlers } from '../../../shared/contract.ts';
import { formatTarget } from '../../../shared/ids.ts';
import type { pairCommands, watchCommands } from '../../../shared/pair-commands.ts';
import { pairOptionsSchema, type Answer } from '../../../shared/pair-model.ts';
import { ProblemError } from '../../../shared/problem-error.ts';
import { parseTargetFolder, resolveTarget } from '../job/resolve-target.ts';
import type { PairRow } from '../ledger/pairs.ts';
import { shownQuestion, type QuestionRow } from '../ledger/questions.ts';
import { previewPair } from '../preview/preview-pair.ts';
import { resolveTargetReadOnly } from '../preview/resolve-target-read-only.ts';
import { verifyPair } from '../verify/verify-pair.ts';
import { carryOutAnswer } from './answers.ts';
import { checkLocalFolder, checkTarget } from './check-pair.ts';
import type { PairCommandOptions } from './command-options.ts';
import { removePair } from './remove-pair.ts';

type PairHandlers = Handlers<typeof pairCommands & typeof watchCommands>;

/** The engine's side of the commands about pairs. */
export function pairHandlers(options: PairCommandOptions): PairHandlers {
  const { services, account, director, dataFolder, signal } = options;
  const { ledger, clock } = services;
  const connection = account.patient;
  const done = {};
  const standing = () => ledger.pairs.list().filter(({ removedAt }) => removedAt === null);
  return {
    addPair: async ({ path, target, options: chosen }) => {
      refuseReadOnly(options);
      parseTargetFolder(target);
      const real = await checkLocalFolder(path, dataFolder, standing());
      const { accountId } = await account.identify(signal);
      // Looked at first: what is refused must not leave a folder behind.
      const { folderId, standingId } = await resolveTargetReadOnly(connection, target, signal);
      await checkTarget(connection, standingId, target, standing(), folderId === null, signal);
      const targetFolderId = folderId ?? (await resolveTarget(connection, target, signal));
      const pairId = await ledger.write(() =>
        ledger.pairs.add({
          accountId,
          path: real,
          pathRaw: null,
          target,
          targetFolderId,
          options: pairOptionsSchema.parse({ ...chosen, settleMs: chosen.settleMs ?? options.settleMs() }),
          now: clock.now(),
        }),
      );
      director.begin(ledger.pairs.get(pairId)!);
      return { pairId };
    },
    setPair: async ({ pairId, options: chosen }) => {
      refuseReadOnly(options);
      const pair = existingPair(options, pairId);
      const given = Object.entries(chosen).filter(([, value]) => value !== undefined);
      const next = pairOptionsSchema.parse({ ...pair.options, ...Object.fromEntries(given) });
      await ledger.write(() => ledger.pairs.setOptions(pairId, next));
      const run = director.run(pairId);
      // Another rule for what is gone decides what waits for an answer.
      if (run) run.lost = true;
      run?.rescan();
      director.wake();
      return done;
    },
    removePair: async ({ pairId }) => {
      refuseReadOnly(options);
      existingPair(options, pairId);
      await removePair(options, pairId);
      return done;
    },
    pairs: () => Promise.resolve(standing().map((pair) => director.summary(pair))),
    pair: ({ pairId }) => Promise.resolve(director.summary(existingPair(options, pairId))),
    startPairs: async () => {
      refuseReadOnly(options);
      await account.identify(signal).catch((error: unknown) => {
        // Pairs are walked and watched all the same, and go up once Box answers.
        if (!(error instanceof ProblemError)) throw error;
        const passes = error.class === 'retry' || error.class === 'retry-after';
        if (!passes && error.problem.code !== 'network.unreachable') throw error;
      });
      for (const { id, removedAt } of ledger.pairs.list()) if (removedAt !== null) await removePair(options, id);
      director.start();
      return done;
    },
    rescan: ({ pairId }) => {
      const ids = pairId === null ? standing().map(({ id }) => id) : [existingPair(options, pairId).id];
      if (!director.isStarted) {
        throw new CallError(
          'refused',
          'No pair is kept up to date at the moment: "boxcar run" begins with a walk of all.',
        );
      }
      for (const id of ids) director.run(id)?.rescan();
      director.wake();
      return Promise.resolve(done);
    },
    preview: async ({ path, target, options: chosen }) => {
      const real = await checkLocalFolder(path, dataFolder, []);
      const { folderId } = await resolveTargetReadOnly(connection, target, signal);
      return previewPair({
        connection,
        clock,
        hashPool: services.hashPool,
        path: real,
        targetFolderId: folderId,
        options: pairOptionsSchema.parse(chosen),
        uploadsPerMinute: options.uploadsPerMinute(),
        signal,
      });
    },
    verify: ({ pairId, full }) => {
      const pair = existingPair(options, pairId);
      return verifyPair({ ledger, connection, hashPool: services.hashPool, clock, pair, full, signal });
    },
    questions: ({ pairId, after, limit }) =>
      Promise.resolve(ledger.questions.open({ ownerId: pairId ?? null, after, limit }).map(shownQuestion)),
    answer: async ({ questionId, answer, all }) => {
      refuseReadOnly(options);
      const question = ledger.questions.get(questionId);
      if (!question)
        throw new CallError('usage', `There is no open question q${questionId}; "boxcar questions" lists them.`);
      const same = all
        ? ledger.questions
            .open({ ownerId: question.ownerId, after: 0, limit: 100_000 })
            .filter(({ kind }) => kind === question.kind)
        : [question];
      const refused = await director.exclusive(() => answerEach(options, same, answer));
      director.wake();
      const [first] = refused;
      if (!first) return { answered: same.length };
      if (same.length === 1) throw first;
      const answered = same.length - refused.length;
      throw new CallError('refused', `${answered} of ${same.length} are answered; the others not: ${first.message}`);
    },
    hints: ({ pairId, folders, overflow }) => {
      director.hint(pairId, folders, overflow);
      return Promise.resolve(done);
    },
    watchReport: ({ pairId, report }) => {
      director.report(pairId, report);
      return Promise.resolve(done);
    },
    wokeUp: () => {
      options.onWake();
      for (const { id } of standing()) director.run(id)?.rescan();
      director.wake();
      return Promise.resolve(done);
    },
  };
}

/** Answers one after the other; what is refused for one does not keep the others. Rejects with what concerns all. */
async function answerEach(
  { services, director, signal }: PairCommandOptions,
  questions: readonly QuestionRow[],
  answer: Answer,
): Promise<CallError[]> {
  const refused: CallError[] = [];
  for (const question of questions) {
    try {
      await carryOutAnswer({ services, run: director.run(question.ownerId), signal }, question, answer);
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      refused.push(error);
    }
  }
  return refused;
}

/** Pauses a pair, with an end where one is given, or goes on with it. What is running stops and stays resumable. */
export async function setPaused(
  options: PairCommandOptions,
  pairId: number,
  paused: boolean,
  durationMs: number | null = null,
): Promise<void> {
  refuseReadOnly(options);
  const { services, director } = options;
  const { ledger, clock } = services;
  existingPair(options, pairId);
  const until = paused && durationMs !== null ? clock.now() + durationMs : null;
  await ledger.write(() => {
    ledger.pairs.setPaused(pairId, paused, until);
    // Whether Box has the folder again is looked at first: without a change here nothing else would ask.
    const isTargetGone = ledger.pairs.get(pairId)!.problem?.code === 'pair.target-gone';
    if (!paused && !isTargetGone) ledger.pairs.setProblem(pairId, null);
  });
  await director.end(pairId);
  director.begin(ledger.pairs.get(pairId)!);
}

/** The row of a pair that is kept. @throws CallError `usage` where there is none */
export function existingPair({ services }: PairCommandOptions, pairId: number): PairRow {
  const pair = services.ledger.pairs.get(pairId);
  if (pair && pair.removedAt === null) return pair;
  throw new CallError(
    'usage',
    `There is no pair ${formatTarget({ kind: 'pair', id: pairId })}; "boxcar pairs" lists them.`,
  );
}

function refuseReadOnly({ readOnly }: PairCommandOptions): void {
  if (readOnly) throw new CallError('refused', 'This Boxcar was started to look only.');
}
