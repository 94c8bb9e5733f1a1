import { problems as all, type ProblemCode } from '../../../shared/problem-table.ts';

type Words = Record<ProblemCode, { title: string; remedy: string }>;

/** Title and remedy of every problem: the words that the terminal shows too. */
export const problems: Words = all;
