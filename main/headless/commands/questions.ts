import { formatTarget } from '../../../shared/ids.ts';
import type { Answer, Question } from '../../../shared/pair-model.ts';
import type { Commands } from '../../app/engine-host.ts';
import { CommandError, ExitCode } from '../exit-code.ts';
import { homeArgument } from '../hints.ts';
import { formatQuestion } from '../option-values.ts';
import type { Output } from '../output.ts';
import { boxcarOptions, withBoxcar, type CommonOptions } from '../session.ts';
import { count, printable } from '../text.ts';

const pageSize = 500;

/** `boxcar questions`: what waits for a person, with the answers that may be given. */
export async function questions(options: CommonOptions, output: Output): Promise<ExitCode> {
  const opening = boxcarOptions(output.io, options, true);
  let total = 0;
  let after = 0;
  // Where the app ends meanwhile, the work is asked for again and goes on after the last page.
  await withBoxcar(opening, async ({ commands }) => {
    for await (const page of pages(commands, after)) {
      for (const question of page) tell(question, output);
      after = page.at(-1)!.id;
      total += page.length;
    }
  });
  if (total === 0) output.line('There are no open questions.');
  else
    output.line(`${count(total, 'open question')}. Answer with: boxcar answer QUESTION ANSWER${homeArgument(options)}`);
  return ExitCode.ok;
}

async function* pages(commands: Commands, from: number): AsyncGenerator<Question[]> {
  for (let after = from; ;) {
    const page = await commands.questions({ after, limit: pageSize });
    const last = page.at(-1);
    if (!last) return;
    yield page;
    after = last.id;
  }
}

function tell(question: Question, output: Output): void {
  output.event('question', questionFields(question));
  const pair = formatTarget({ kind: 'pair', id: question.pairId });
  output.line(`${formatQuestion(question.id)}  ${printable(question.path)}  (${pair})`);
  output.line(`    ${printable(question.text)}`);
  output.line(`    ${question.answers.join(' | ')}`);
}

/** A question as an event: its id and its pair's carry their kinds. */
export function questionFields({ id, pairId, ...question }: Question): object {
  return { question: formatQuestion(id), pair: formatTarget({ kind: 'pair', id: pairId }), ...question };
}

/** `boxcar answer QUESTION ANSWER [--all]` */
export async function answer(
  questionId: number,
  given: string,
  options: CommonOptions & { all?: boolean },
  output: Output,
): Promise<ExitCode> {
  const id = formatQuestion(questionId);
  const all = options.all ?? false;
  const opening = boxcarOptions(output.io, options, false);
  const { chosen, answered } = await withBoxcar(opening, async ({ commands }) => {
    const [question] = await commands.questions({ after: questionId - 1, limit: 1 });
    if (question?.id !== questionId) {
      throw new CommandError(ExitCode.usage, `There is no open question ${id}; "boxcar questions" lists them.`);
    }
    const chosen = answerOf(question, given);
    return { chosen, ...(await commands.answer({ questionId, answer: chosen, all })) };
  });
  output.event('answered', { question: id, answer: chosen, all, answered });
  output.line(answered === 1 ? `${id} is answered: ${chosen}.` : `${count(answered, 'question')} answered: ${chosen}.`);
  return ExitCode.ok;
}

function answerOf({ id, answers }: Question, given: string): Answer {
  const found = answers.find((one) => one === given.trim().toLowerCase());
  if (found) return found;
  throw new CommandError(
    ExitCode.usage,
    `"${printable(given)}" does not answer ${formatQuestion(id)}: it takes ${answers.join(', ')}.`,
  );
}
