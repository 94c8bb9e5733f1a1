import type { z } from 'zod';
import type { BoxAnswer, BoxCall } from './call.ts';
import { unreadableAnswer } from './classify.ts';

/**
 * The answer's body in our terms. A body of another shape is a BoxError that is ambiguous: the call was answered with
 * success, so its effect has probably happened.
 */
export function parseAnswer<T>(
  call: Pick<BoxCall, 'operation' | 'item'>,
  answer: BoxAnswer,
  schema: z.ZodType<T>,
  now: number,
): T {
  const parsed = schema.safeParse(answer.body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue?.path.join('.') ?? '';
  throw unreadableAnswer(
    call,
    `${where ? `${where}: ` : ''}${issue?.message ?? 'unknown shape'}`,
    answer.requestId,
    now,
  );
}
