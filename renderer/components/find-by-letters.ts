/**
 * The place of the name that typed letters mean, in any case and with any accents; null where none begins with them. One letter, or
 * the same again and again, goes on to the next such name after the current one.
 */
export function findByLetters(names: readonly string[], letters: string, current: number): number | null {
  const plain = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  const wanted = plain(letters);
  if (wanted === '' || names.length === 0) return null;
  const repeated = [...wanted].every((letter) => letter === wanted[0]);
  const start = repeated ? wanted[0]! : wanted;
  const first = repeated ? current + 1 : current;
  for (let step = 0; step < names.length; step += 1) {
    const index = (first + step) % names.length;
    if (plain(names[index]!).startsWith(start)) return index;
  }
  return null;
}
