import type { Writable } from 'node:stream';
import { styleText } from 'node:util';
import { describeProblem } from '../../shared/describe-problem.ts';
import type { Problem } from '../../shared/problem.ts';
import { printable } from './text.ts';

/** The version of the JSON lines; it grows when a field changes its meaning or goes away. */
export const jsonVersion = 1;

export type Stream = Writable & { isTTY?: boolean; columns?: number; rows?: number };

/** What a command runs in: the process's own, or a test's. */
export interface Io {
  stdin: NodeJS.ReadStream;
  stdout: Stream;
  stderr: Stream;
  env: NodeJS.ProcessEnv;
  /** Code of the processes that are started, where it is not the one built or lying beside. */
  entries?: { engine?: URL; sandbox?: URL };
}

type Style = Parameters<typeof styleText>[0];

/** Where a command writes: JSON lines or text on stdout, and what went wrong on stderr. */
export class Output {
  readonly io: Io;
  readonly json: boolean;

  constructor(io: Io, json: boolean) {
    this.io = io;
    this.json = json;
  }

  /** One JSON object on a line of stdout, under --json. */
  event(event: string, fields: object): void {
    if (this.json) this.io.stdout.write(this.eventLine(event, fields));
  }

  /** The line of an event, for those who write many at once. */
  eventLine(event: string, fields: object): string {
    return JSON.stringify({ v: jsonVersion, event, ...fields }) + '\n';
  }

  /** A line for a person on stdout; nothing under --json. Names in it must have gone through {@link printable}. */
  line(text = ''): void {
    if (!this.json) this.io.stdout.write(text + '\n');
  }

  /** Text as it is on stdout; settles when the reader has taken enough of it, so that millions of lines need no memory. */
  async write(text: string): Promise<void> {
    const { stdout } = this.io;
    if (stdout.write(text) || stdout.destroyed) return;
    await new Promise<void>((resolve) => {
      const settle = () => {
        stdout.off('drain', settle).off('close', settle).off('error', settle);
        resolve();
      };
      stdout.on('drain', settle).on('close', settle).on('error', settle);
    });
  }

  /** A line on stderr, under --json too. */
  note(text: string): void {
    this.io.stderr.write(text + '\n');
  }

  /** The text in colours where stdout takes them (a terminal, and neither NO_COLOR nor TERM=dumb). */
  style(style: Style, text: string): string {
    return this.colours() ? styleText(style, text, { validateStream: false }) : text;
  }

  /** Whether a live display is of use. */
  live(): boolean {
    return !this.json && this.io.stdout.isTTY === true && this.io.env['TERM'] !== 'dumb';
  }

  colours(): boolean {
    return this.live() && !this.io.env['NO_COLOR'];
  }
}

/** A problem for a person, safe to print. */
export function problemText(problem: Problem): string {
  return printable(describeProblem(problem));
}

/** Whether what failed is only that nobody reads any more; of a broken pipe Windows says EOF (libuv's src/win/error.c). */
export function isReaderGone({ code }: NodeJS.ErrnoException): boolean {
  return code === 'EPIPE' || code === 'EOF';
}

/** Waits until everything written is with the reader: `process.exit` would cut it off where stdout is a pipe. */
export function flush(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableEnded) return resolve();
    stream.once('error', () => resolve());
    stream.write('', () => resolve());
  });
}
