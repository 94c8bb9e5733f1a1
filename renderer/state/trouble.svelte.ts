import type { ProblemGroup, ProblemItem } from '../../shared/list-model.ts';
import type { Question } from '../../shared/pair-model.ts';
import type { ProblemCode } from '../../shared/problem-table.ts';
import type { Session } from './session.svelte.ts';

const pageSize = 200;

/** Open questions of one pair and kind. */
export interface QuestionGroup {
  key: string;
  first: Question;
  questions: Question[];
}

/** What needs somebody: questions, and what failed, grouped by cause. */
export class Trouble {
  groups = $state.raw<ProblemGroup[]>([]);
  questions = $state.raw<QuestionGroup[]>([]);
  /** False until the first answer is there. */
  known = $state(false);
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  async read(): Promise<void> {
    const { commands } = this.#session;
    const [groups, questions] = await Promise.all([commands.problemGroups({}), commands.questions({ limit: 1000 })]);
    this.groups = groups;
    this.questions = groupQuestions(questions);
    this.known = true;
  }

  /** A page of what one cause holds back; shorter than the page size at the end. */
  items(code: ProblemCode, after: number): Promise<ProblemItem[]> {
    return this.#session.commands.problemItems({ code, after, limit: pageSize });
  }
}

/** Whether more follows a page of {@link Trouble.items}. */
export function isWholePage(items: readonly ProblemItem[]): boolean {
  return items.length === pageSize;
}

/** Questions of one pair and kind together, in the order of their first. */
export function groupQuestions(questions: readonly Question[]): QuestionGroup[] {
  const groups = new Map<string, QuestionGroup>();
  for (const question of questions) {
    const key = `${question.pairId}:${question.kind}`;
    const group = groups.get(key);
    if (group) group.questions.push(question);
    else groups.set(key, { key, first: question, questions: [question] });
  }
  return [...groups.values()];
}
