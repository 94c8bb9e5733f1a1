import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** The processes that a process has started, by what the system lists. */
export function childrenOf(pid: number): number[] {
  return processTable().flatMap(([child, parent]) => (parent === pid ? [child] : []));
}

/** Ends a process as the kernel does when memory runs out, or as a power cut: it learns nothing of it. */
export function killHard(pid: number): void {
  process.kill(pid, 'SIGKILL');
}

/** Pairs of a process and its parent. Containers have no `ps` as often as not, so Linux is read from /proc. */
function processTable(): [number, number][] {
  if (process.platform === 'linux')
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap(fromProc);
  const [command, args] =
    process.platform === 'win32'
      ? (['powershell', ['-NoProfile', '-Command', listOnWindows]] as const)
      : (['ps', ['-A', '-o', 'pid=,ppid=']] as const);
  const text = execFileSync(command, args, { encoding: 'utf8', timeout: 20_000 });
  return text
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number) as [number, number]);
}

const listOnWindows = 'Get-CimInstance Win32_Process | ForEach-Object { "$($_.ProcessId) $($_.ParentProcessId)" }';

function fromProc(pid: string): [number, number][] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Behind the name in parentheses, which may hold anything: the state and the parent.
    return [[Number(pid), Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1])]];
  } catch {
    return [];
  }
}
