// What the tests of folder pairs do again and again, where changes are found by a walk that they ask for.
import type { Answer, PairEvent, Question, QuestionKind } from '../../shared/pair-model.ts';
import type { TestBox } from './engine-fixture.ts';
import type { PairEngine } from './pair-fixture.ts';

/** Requests that carry bytes of files to Box, or begin to. */
export const uploadRoutes = [
  'upload-file',
  'upload-version',
  'create-session',
  'create-version-session',
  'upload-part',
];

/** Does something that leads to work, and resolves when nothing is left to do. */
export async function settled(engine: PairEngine, act: () => Promise<unknown>): Promise<void> {
  let next = engine.synced();
  await act();
  // What was told first may be the end of work of before.
  for (let busy = true; busy; busy = await isBusy(engine)) {
    await next;
    next = engine.synced();
  }
}

async function isBusy(engine: PairEngine): Promise<boolean> {
  const pairs = await engine.commands.pairs({});
  return pairs.some(({ state }) => state === 'syncing' || state === 'scanning');
}

/** Walks all pairs, and resolves when nothing is left to do. */
export async function resync(engine: PairEngine): Promise<void> {
  await settled(engine, () => engine.commands.rescan({ pairId: null }));
}

/** The one open question; fails where there are more, or it is another. */
export async function onlyQuestion(engine: PairEngine, kind: QuestionKind): Promise<Question> {
  const open = await engine.commands.questions({ after: 0, limit: 100 });
  if (open.length !== 1 || open[0]!.kind !== kind) throw new Error(`asked instead: ${JSON.stringify(open)}`);
  return open[0]!;
}

/** Answers it, and resolves when what follows is done. */
export async function answerIt(engine: PairEngine, { id }: Question, answer: Answer): Promise<void> {
  await settled(engine, () => engine.commands.answer({ questionId: id, answer, all: false }));
}

/** Resolves once a question of the kind has been told. */
export async function asked(engine: PairEngine, kind: QuestionKind): Promise<Question> {
  const isIt = (event: PairEvent) => event.type === 'question' && event.question.kind === kind;
  const event = await engine.told(isIt);
  return (event as Extract<PairEvent, { type: 'question' }>).question;
}

/** How many requests of the engine had bytes of files. */
export function uploads(box: TestBox): number {
  return box.count(...uploadRoutes);
}

/** Outcomes that were told of files, by the end of their paths. */
export function outcomesOf(engine: PairEngine, name: string): string[] {
  return engine.events.flatMap((event) =>
    event.type === 'file' && event.outcome.path.endsWith(name) ? [event.outcome.outcome] : [],
  );
}
