import { nameKey } from '../../../shared/box-names.ts';

/**
 * Names in one local folder that are one name to Box (case, accents; files and folders share one space). For each of
 * them but the one that goes up, the name that does: the one that stands on Box by its exact name, else the first by
 * code units, so that every run decides alike.
 */
export function findTwins(names: readonly string[], onBox: ReadonlySet<string>): Map<string, string> {
  const groups = new Map<string, string[]>();
  for (const name of names) {
    const key = nameKey(name);
    const group = groups.get(key);
    if (group) group.push(name);
    else groups.set(key, [name]);
  }
  const twins = new Map<string, string>();
  for (const group of groups.values()) {
    if (group.length === 1) continue;
    group.sort();
    const winner = group.find((name) => onBox.has(name)) ?? group[0]!;
    for (const name of group) if (name !== winner) twins.set(name, winner);
  }
  return twins;
}
