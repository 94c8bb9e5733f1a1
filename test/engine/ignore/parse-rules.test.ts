import { describe, expect, test } from 'vitest';
import { builtInRules } from '../../../main/engine/ignore/built-in.ts';
import { describeRule } from '../../../main/engine/ignore/model.ts';
import { parseRules } from '../../../main/engine/ignore/parse-rules.ts';

const parse = (text: string) => parseRules(text, 'file', '/home/anna/.boxcarignore');

describe('lines', () => {
  test('keep their numbers; comments, blank lines, CRLF and a byte order mark are none of their own', () => {
    const { rules, warnings } = parse('\ufeff*.iso\r\n\r\n# all of it\n  \n!keep.iso\r\n\\#1');
    expect(rules.map(({ line, pattern, negated }) => [line, pattern, negated])).toEqual([
      [1, '*.iso', false],
      [5, '!keep.iso', true],
      [6, '\\#1', false],
    ]);
    expect(warnings).toEqual([]);
    expect(describeRule(rules[1]!)).toBe('"!keep.iso" (line 5 of /home/anna/.boxcarignore)');
    expect(describeRule({ ...rules[0]!, source: 'pair', file: null })).toBe('"*.iso" (line 1 of the pair\'s rules)');
    expect(describeRule({ ...rules[0]!, source: 'built-in', file: null })).toBe('"*.iso" (built in)');
  });

  test.each([
    ['a\\', 'backslash'],
    ['a\\\\\\', 'backslash'],
    ['!', 'no name'],
    ['/', 'no name'],
    ['[ab', '['],
    ['a[]b', '['],
    ['[[:alpha:]', '['],
    ['./a', 'relative'],
    ['../a', 'relative'],
    ['a/../b', 'relative'],
    ['a//b', 'relative'],
    ['..', 'relative'],
  ])('%s can never match: a warning, no rule', (line, message) => {
    const { rules, warnings } = parse(`good\n${line}`);
    expect(rules.map(({ pattern }) => pattern)).toEqual(['good']);
    expect(warnings).toMatchObject([{ file: '/home/anna/.boxcarignore', line: 2, pattern: line }]);
    expect(warnings[0]!.message).toContain(message);
  });

  test.each([
    ['build\\output', 'separated by /'],
    ['*.iso # images', 'line of its own'],
    [' a', 'space'],
    ['caf\ufffd', 'UTF-8'],
  ])('%s counts, with a warning', (line, message) => {
    const { rules, warnings } = parse(line);
    expect(rules).toHaveLength(1);
    expect(warnings[0]!.message).toContain(message);
  });

  test.each([
    'a\\ ',
    'a ',
    '\\!a',
    '\\#a',
    '[]]',
    '[!]a]',
    '[\\]]',
    '\\[a',
    'a\\\\',
    '.*',
    '..a',
    '.../a',
    '**/a',
    '[[:alpha:]]',
  ])('"%s" is a rule like any other', (line) => {
    const { rules, warnings } = parse(line);
    expect([rules.length, warnings]).toEqual([1, []]);
  });

  test('the built-in rules have no fault', () => {
    const { rules, warnings } = parseRules(builtInRules, 'built-in', null);
    expect(warnings).toEqual([]);
    expect(rules.length).toBeGreaterThan(40);
  });
});
