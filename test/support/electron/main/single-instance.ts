import { mkdirSync, openSync, readdirSync, readFileSync, rmSync, watch, writeSync, closeSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from '../../write-whole.ts';

export interface Second {
  argv: string[];
  cwd: string;
  additionalData: unknown;
}

/**
 * One instance a userData folder: a file with the process that holds it. A second one leaves a note beside it, which the first reads.
 * @returns whether this process holds it now.
 */
export function takeLock(userData: string, given: Second, onSecond: (second: Second) => void): boolean {
  const lock = join(userData, 'stand-in-lock');
  const notes = join(userData, 'stand-in-notes');
  mkdirSync(notes, { recursive: true });
  if (!claim(lock)) {
    writeWhole(join(notes, `${process.pid}.json`), given);
    return false;
  }
  process.on('exit', () => rmSync(lock, { force: true }));
  const read = () => {
    for (const name of readdirSync(notes).filter((one) => one.endsWith('.json'))) {
      const note = join(notes, name);
      const second = JSON.parse(readFileSync(note, 'utf8')) as Second;
      rmSync(note);
      onSecond(second);
    }
  };
  watch(notes, read).unref();
  read();
  return true;
}

function claim(lock: string): boolean {
  try {
    const file = openSync(lock, 'wx');
    writeSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch {
    if (isAlive(Number(readFileSync(lock, 'utf8')))) return false;
    rmSync(lock, { force: true });
    return claim(lock);
  }
}

function isAlive(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch {
    return false;
  }
}
