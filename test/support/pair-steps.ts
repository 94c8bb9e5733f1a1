// What the tests of folder pairs do again and again, where changes are found by a walk that they ask for.
import type { Answer, PairEvent, Question, QuestionKind } from '../../shared/pair-model.ts';
import type { TestBox } from './engine-fixture.ts';
import type { PairEngine } from './pair-fixture.ts';

/** Requests that carry bytes of files to Box, or begin to. */
export const uploadRoutes = ['upload-file', 'upload-version', 'create-session', 'create-version-session', 'upload-part'];

/** Walks all pairs, and resolves when nothing is left to do. */
export async function resync(engine: PairEngine): Promise<void> {
  const synced = engine.synced();
  await engine.commands.rescan({ pairId: null });
  await synced;
}

/** The one open question; fails where there are more, or it is another. */
export async function onlyQuestion(engine: PairEngine, kind: QuestionKind): Promise<Question> {
  const open = await engine.commands.questions({ after: 0, limit: 100 });
  if (open.length !== 1 || open[0]!.kind !== kind) throw new Error(`asked instead: ${JSON.stringify(open)}`);
  return open[0]!;
}

/** Answers it, and resolves when what follows is done. */
export async function answerIt(engine: PairEngine, { id }: Question, answer: Answer): Promise<void> {
  const synced = engine.synced();
  await engine.commands.answer({ questionId: id, answer, all: false });
  await synced;
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
