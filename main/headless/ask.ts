import { Writable } from 'node:stream';
import { createInterface } from 'node:readline/promises';
import { CommandError, ExitCode } from './exit-code.ts';
import type { Output } from './output.ts';

/** Whether a person can be asked: on a terminal, and not under --json, whose stdout belongs to the events. */
export function canAsk({ io, json }: Output): boolean {
  return !json && io.stdin.isTTY && io.stdout.isTTY === true;
}

/**
 * Asks a question that only yes answers; the end of what is typed is a no.
 * @throws CommandError `interrupted` at Ctrl-C
 */
export async function ask(question: string, { io }: Output): Promise<boolean> {
  const questions = createInterface({ input: io.stdin, output: io.stdout });
  const ended = new AbortController();
  let isInterrupted = false;
  questions.once('SIGINT', () => {
    isInterrupted = true;
    ended.abort();
  });
  questions.once('close', () => ended.abort());
  try {
    return /^y(es)?$/i.test((await questions.question(`${question} [y/N] `, { signal: ended.signal })).trim());
  } catch (error) {
    if (!ended.signal.aborted) throw error;
    io.stdout.write('\n');
    if (isInterrupted) throw new CommandError(ExitCode.interrupted, 'Interrupted; nothing was changed.');
    return false;
  } finally {
    questions.close();
  }
}

/** Whether something secret can be asked for: on a terminal, with the question on stderr, so that --json is no hindrance. */
export function canAskHidden({ io }: Output): boolean {
  return io.stdin.isTTY && io.stderr.isTTY === true;
}

/** Asks for a text; undefined where nothing is typed. */
export function askText(question: string, { io }: Output): Promise<string | undefined> {
  return answerTo(question, io, io.stderr);
}

/** Asks for something that isn't shown while it is typed; undefined where nothing is. */
export async function askHidden(question: string, { io }: Output): Promise<string | undefined> {
  io.stderr.write(`${question} `);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const answer = await answerTo('', io, nowhere);
  io.stderr.write('\n');
  return answer;
}

async function answerTo(question: string, io: Output['io'], output: Writable): Promise<string | undefined> {
  const questions = createInterface({ input: io.stdin, output, terminal: true });
  const ended = new AbortController();
  questions.once('SIGINT', () => ended.abort());
  questions.once('close', () => ended.abort());
  try {
    return (
      (await questions.question(question === '' ? '' : `${question} `, { signal: ended.signal })).trim() || undefined
    );
  } catch {
    return undefined;
  } finally {
    questions.close();
  }
}
