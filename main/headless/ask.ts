import { createInterface } from 'node:readline/promises';
import type { Output } from './output.ts';

/** Whether a person can be asked: on a terminal, and not under --json, whose stdout belongs to the events. */
export function canAsk({ io, json }: Output): boolean {
  return !json && io.stdin.isTTY && io.stdout.isTTY === true;
}

/** Asks a question that only yes answers. */
export async function ask(question: string, { io }: Output): Promise<boolean> {
  const questions = createInterface({ input: io.stdin, output: io.stdout });
  try {
    return /^y(es)?$/i.test((await questions.question(`${question} [y/N] `)).trim());
  } finally {
    questions.close();
  }
}
