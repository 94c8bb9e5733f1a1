import type { RuleOrigin, RuleSource, RuleWarning } from './model.ts';

export interface ParsedRules {
  rules: RuleOrigin[];
  warnings: RuleWarning[];
}

/**
 * The rules in a text, line by line as git reads it: UTF-8, a byte order mark skipped, LF or CRLF, blank lines and lines that
 * begin with `#` left out. Never throws: a line that can't work gives a warning. Lines are matched as NFC (see `RuleList`).
 */
export function parseRules(text: string, source: RuleSource, file: string | null): ParsedRules {
  const rules: RuleOrigin[] = [];
  const warnings: RuleWarning[] = [];
  for (const [index, full] of text
    .replace(/^\ufeff/, '')
    .split('\n')
    .entries()) {
    const pattern = full.endsWith('\r') ? full.slice(0, -1) : full;
    const line = index + 1;
    if (/^ *$/.test(pattern) || pattern.startsWith('#')) continue;
    const fault = faultOf(pattern);
    if (fault) warnings.push({ source, file, line, pattern, message: fault.message });
    if (!fault?.never) rules.push({ source, file, line, pattern, negated: pattern.startsWith('!') });
  }
  return { rules, warnings };
}

/** What is wrong with a line, and whether it could never match any path. */
function faultOf(pattern: string): { message: string; never: boolean } | null {
  const body = trimSpaces(pattern.replace(/^!/, ''));
  const never = (message: string) => ({ message: `${message}; the line is left out`, never: true });
  const doubt = (message: string) => ({ message, never: false });
  if (/^[/ ]*$/.test(body)) return never('There is no name in it');
  if (/(^|[^\\])(\\\\)*\\$/.test(body)) return never('It ends in a backslash that escapes nothing');
  if (/^\.{1,2}(\/|$)/.test(body) || /\/\.{1,2}(\/|$)/.test(body) || body.includes('//')) {
    return never('Paths are relative to the folder of the rules, without . and .. and empty names');
  }
  if (!bracketsClose(body)) return never('A [ has no ] (write \\[ for the character itself)');
  if (body.includes('\ufffd')) return doubt('It holds bytes that are not UTF-8');
  if (/\\[\p{L}\p{N}]/u.test(body)) return doubt('A backslash escapes the next character; folders are separated by /');
  if (/\s#/.test(body)) return doubt('A comment needs a line of its own: the # belongs to the pattern');
  if (/^\s/.test(body)) return doubt('The space at its beginning belongs to the pattern');
  return null;
}

/** Spaces at the end don't count unless a backslash stands before them. */
function trimSpaces(body: string): string {
  const trimmed = body.replace(/ +$/, '');
  return trimmed !== body && /(^|[^\\])(\\\\)*\\$/.test(trimmed) ? `${trimmed} ` : trimmed;
}

/** Whether each bracket expression has its end; a `]` that comes first is a member (fnmatch(3)). */
function bracketsClose(body: string): boolean {
  for (let at = 0; at < body.length; at += 1) {
    if (body[at] === '\\') at += 1;
    else if (body[at] === '[') {
      const end = endOfBracket(body, at);
      if (end < 0) return false;
      at = end;
    }
  }
  return true;
}

function endOfBracket(body: string, start: number): number {
  let at = start + 1;
  if (body[at] === '!' || body[at] === '^') at += 1;
  for (let isFirst = true; at < body.length; at += 1, isFirst = false) {
    if (body[at] === ']' && !isFirst) return at;
    if (body[at] === '\\') at += 1;
    else if (body.startsWith('[:', at)) {
      const end = body.indexOf(']', at + 2);
      if (end > at + 2 && body[end - 1] === ':') at = end;
    }
  }
  return -1;
}
