import { readFileSync } from 'node:fs';

/** When a process began, where the system tells it (Linux): a number that another process of the same id doesn't have. */
function startOf(pid: number): string {
  try {
    // The command's name may hold spaces and brackets; the start is the 20th field after its end.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

/** What names this process for others, also after its id was given to another. */
export function processMark(): string {
  return `${process.pid}:${startOf(process.pid)}`;
}

/** Whether the process of a mark is another one than this, and still runs. In doubt it does. */
export function isOtherLiving(mark: string): boolean {
  const [pidText = '', start = ''] = mark.split(':');
  const pid = Number(pidText);
  if (!Number.isSafeInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return start === '' || startOf(pid) === start;
}
