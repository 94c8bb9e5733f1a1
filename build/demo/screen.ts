import { styleText } from 'node:util';
import { formatBytes } from '../../shared/units.ts';
import type { Shown } from './watch.ts';

type Style = Parameters<typeof styleText>[0];

const barColumns = 30;
const labelColumns = 18;
const textColumns = 79 - labelColumns - 5;
/** Where lines can't be drawn over, a bar is printed each time it has grown by so much. */
const plainStepPercent = 20;

/** What the demo prints: 80 columns, in colours on a terminal, plain lines elsewhere. */
export class Screen {
  readonly #stream: NodeJS.WriteStream;
  readonly #live: boolean;
  readonly #colours: boolean;
  readonly #unicode: boolean;
  #steps = 0;
  #barDrawn = false;
  #plainPercent = -plainStepPercent;

  constructor(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv) {
    this.#stream = stream;
    this.#live = stream.isTTY && env['TERM'] !== 'dumb';
    this.#colours = this.#live && !env['NO_COLOR'];
    this.#unicode = /utf-?8/i.test(env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '');
  }

  title(name: string, text: string): void {
    this.line(`\n ${this.#style('bold', name)}: ${text}\n`);
  }

  /** A numbered step; what it says is wrapped beside its label. */
  step(label: string, text: string): void {
    this.#steps += 1;
    const [first = '', ...more] = wrap(text, textColumns);
    this.line(` ${this.#style('bold', `${this.#steps}  ${label.padEnd(labelColumns)}`)} ${first}`);
    for (const line of more) this.line(' '.repeat(labelColumns + 5) + line);
  }

  fact(text: string): void {
    for (const line of wrap(text, textColumns + labelColumns)) this.line(`    ${this.#style('dim', line)}`);
  }

  kill(what: string, whom: string): void {
    this.line(`    ${this.#style(['bold', 'red'], what)}  ${whom}`);
  }

  verdict(good: boolean, text: string): void {
    this.line(`\n ${this.#style(['bold', good ? 'green' : 'red'], text)}\n`);
  }

  line(text: string): void {
    // What the bar shows stays, so that one sees how far it had come.
    if (this.#barDrawn) this.#stream.write('\n');
    this.#barDrawn = false;
    this.#plainPercent = -plainStepPercent;
    this.#stream.write(`${text}\n`);
  }

  bar({ doneBytes, totalBytes, parts }: Shown): void {
    const share = totalBytes === 0 ? 0 : Math.min(1, doneBytes / totalBytes);
    const percent = Math.floor(share * 100);
    const full = Math.round(share * barColumns);
    const [on, off] = this.#unicode ? ['█', '░'] : ['#', '.'];
    const drawn = this.#style('cyan', on.repeat(full)) + this.#style('dim', off.repeat(barColumns - full));
    const sizes = `${formatBytes(doneBytes).padStart(6)} of ${formatBytes(totalBytes)}`;
    const of = parts ? `  part ${parts.done} of ${parts.total}` : '';
    const text = `    ${drawn} ${String(percent).padStart(3)} %  ${sizes}${of}`;
    if (this.#live) {
      this.#stream.write(`\r${text}\u001b[K`);
      this.#barDrawn = true;
    } else if (percent >= this.#plainPercent + plainStepPercent) {
      this.#plainPercent = percent;
      this.#stream.write(`${text}\n`);
    }
  }

  clearBar(): void {
    if (this.#barDrawn) this.#stream.write('\n');
    this.#barDrawn = false;
  }

  #style(style: Style, text: string): string {
    return this.#colours ? styleText(style, text, { validateStream: false }) : text;
  }
}

function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
