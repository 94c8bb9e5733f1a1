import { readdirSync, readFileSync } from 'node:fs';

/** A process of the machine, as /proc tells it. */
export interface ProcessEntry {
  pid: number;
  /** The arguments it was started with. */
  command: string;
}

/** The processes that a process has started, and those that they have. */
export function descendants(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      // The command's name may hold spaces and brackets; the parent is the second field after its end.
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // Ended meanwhile.
    }
  }
  const found: number[] = [];
  for (let level = [pid]; level.length > 0;) {
    level = [...parents].filter(([, parent]) => level.includes(parent)).map(([child]) => child);
    found.push(...level);
  }
  return found;
}

/** The descendants that are still there, with what they run. */
export function descendantEntries(pid: number): ProcessEntry[] {
  return descendants(pid).flatMap((one) => {
    try {
      return { pid: one, command: readFileSync(`/proc/${one}/cmdline`, 'utf8').replaceAll('\0', ' ') };
    } catch {
      return [];
    }
  });
}

/** Whether a process still runs; one that ended and was not yet reaped doesn't. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
  } catch {
    return false;
  }
}
