import { expect, test } from 'vitest';
import { classOf, lastRemedy } from '../../shared/describe-problem.ts';
import { problems, type ProblemCode } from '../../shared/problem-table.ts';

const codes = Object.keys(problems) as ProblemCode[];

test('a remedy at the end never promises another try, and every problem has one', () => {
  for (const code of codes) {
    const remedy = lastRemedy({ code });
    expect(remedy).not.toMatch(/^Nothing to do|tries again|goes on (from|when)/);
    expect(remedy).toMatch(/^[A-Z].*\.$/s);
    const isRetried = ['retry', 'retry-after'].includes(classOf({ code }));
    expect(remedy === problems[code].remedy).toBe(!isRetried);
  }
});
