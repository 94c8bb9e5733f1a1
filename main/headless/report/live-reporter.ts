import { createLogUpdate } from 'log-update';
import type { JobProgress } from '../../../shared/progress-contract.ts';
import { problems } from '../../../shared/problem.ts';
import type { Output } from '../output.ts';
import { displayWidth, printable } from '../text.ts';
import { progressFrame, type Screen } from './progress-text.ts';
import type { Reporter } from './reporter.ts';

/** Failures that are named above the display as they happen; the list at the end has all of them. */
const namedFailures = 20;
/** Waits count down once a second, also when no batch comes. */
const tickMs = 1000;

/** A display that is drawn over itself, for terminals. Only what changed is written, in one synchronized update. */
export function liveReporter(output: Output): Reporter {
  const { stdout, stderr } = output.io;
  const update = createLogUpdate(stdout);
  let last: JobProgress | undefined;
  let failures = 0;
  const screen = (): Screen => ({
    columns: stdout.columns ?? 80,
    rows: stdout.rows ?? 24,
    unicode: takesUnicode(output.io.env),
    bold: (text) => output.style('bold', text),
    dim: (text) => output.style('dim', text),
  });
  let frame: string[] = [];
  const draw = () => {
    if (!last) return;
    frame = progressFrame(last, screen(), Date.now());
    update(frame.join('\n'));
  };
  const resized = () => {
    if (output.io.env['XTERM_VERSION']) update.clear();
    else {
      // All terminals but xterm wrap the lines that stand there anew: the display now takes more rows, or fewer.
      const columns = Math.max(1, stdout.columns ?? 80);
      const rows = frame.reduce((sum, line) => sum + Math.max(1, Math.ceil(displayWidth(line) / columns)), 0);
      if (rows > 0) stdout.write(`\r\u001b[${rows}A\u001b[J`);
      update.done();
    }
    draw();
  };
  const timer = setInterval(draw, tickMs);
  stdout.on('resize', resized);
  const note = (text: string) => {
    update.clear();
    stderr.write(text + '\n');
    draw();
  };
  return {
    progress: (progress) => {
      last = progress;
      draw();
    },
    outcomes: (outcomes) => {
      for (const { outcome, path, problem } of outcomes) {
        if (outcome !== 'failed' || !problem) continue;
        failures += 1;
        if (failures <= namedFailures) note(`failed: ${printable(path)}: ${problems[problem.code].title}`);
        if (failures === namedFailures) note('More failures are listed at the end.');
      }
    },
    note,
    end: () => {
      clearInterval(timer);
      stdout.off('resize', resized);
      update.clear();
      update.done();
    },
  };
}

/** Whether the terminal shows more than ASCII, by its locale; Windows terminals do. */
export function takesUnicode(env: NodeJS.ProcessEnv): boolean {
  if (process.platform === 'win32') return true;
  return /utf-?8/i.test(env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '');
}
