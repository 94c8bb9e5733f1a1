// What the kernel says about a process, its threads included. Linux only: so is the benchmark.
import { readFileSync } from 'node:fs';

/** USER_HZ: 100 on every Linux that Node runs on (proc_pid_stat(5) gives times in it). */
const ticksPerSecond = 100;

/** CPU time that a process and its threads have used, in ms; steps of 10. 0 when it is gone. */
export function cpuMs(pid: number): number {
  const text = read(`/proc/${pid}/stat`);
  // The second field is the command, in parentheses, and may hold anything: utime and stime are counted from behind it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 1000) / ticksPerSecond;
}

/** Memory of a process now, with what it shares divided by those who share it, in bytes; 0 when it is gone. */
export function pssBytes(pid: number): number {
  return kilobytes(read(`/proc/${pid}/smaps_rollup`), 'Pss') * 1024;
}

/** Samples the sum of the processes' PSS each second; `stop` gives the largest sum. */
export function watchPss(pids: readonly number[]): { stop(): number } {
  let most = 0;
  const sample = () => {
    most = Math.max(
      most,
      pids.reduce((sum, pid) => sum + pssBytes(pid), 0),
    );
  };
  const timer = setInterval(sample, 1000);
  return {
    stop: () => {
      clearInterval(timer);
      return most;
    },
  };
}

function kilobytes(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s*(\\d+) kB`, 'm').exec(text)?.[1] ?? 0);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
