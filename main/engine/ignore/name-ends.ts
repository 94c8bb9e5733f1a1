/** How the last name of every path that a pattern matches begins and ends: one ASCII character each in lower case, or '' for any. */
export interface NameEnds {
  first: string;
  last: string;
}

const any: NameEnds = { first: '', last: '' };

/**
 * What can be said of a pattern before it is compiled, so that most names need no regular expression at all. `''` wherever
 * there is doubt: classes, escapes, wildcards, characters beyond ASCII.
 * @param pattern a line without `!` in front
 */
export function endsOfPattern(pattern: string): NameEnds {
  const body = pattern.replace(/ +$/, '').replace(/\/$/, '');
  const slash = body.lastIndexOf('/');
  // A slash in a class, or an escaped one: what the last name is, is not for a glance.
  if (slash >= 0 && /[[\\]/.test(body)) return any;
  const name = body.slice(slash + 1);
  const escapesSpace = name.endsWith('\\');
  return {
    first: /^[^*?[\\]/.test(name) ? plain(name[0]!) : '',
    last: /[^*?\]\\]$/.test(name) && !escapesSpace ? plain(name.at(-1)!) : '',
  };
}

/** The ends of a name, for `mayMatch`; '' for characters beyond ASCII, which only `''` of a pattern takes. */
export function endsOfName(name: string): NameEnds {
  return { first: plain(name[0] ?? ''), last: plain(name.at(-1) ?? '') };
}

/** Whether a name of such ends could match a pattern of such ends, whether case counts or not. */
export function mayMatch(pattern: NameEnds, name: NameEnds): boolean {
  return (pattern.first === '' || pattern.first === name.first) && (pattern.last === '' || pattern.last === name.last);
}

function plain(character: string): string {
  return character < '\u0080' ? character.toLowerCase() : '';
}
