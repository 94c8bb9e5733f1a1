import { createLogUpdate } from 'log-update';
import type { Output } from '../output.ts';
import { displayWidth } from '../text.ts';
import type { Screen } from './progress-text.ts';

/** Waits count down once a second, also when no batch comes. */
const tickMs = 1000;

export interface LiveDisplay {
  /** Draws the frame as it is now. */
  draw: () => void;
  /** A line on stderr that stays, above the display. */
  note: (text: string) => void;
  /** Takes the display away. */
  end: () => void;
}

/**
 * A display that is drawn over itself, for terminals. Only what changed is written, in one synchronized update.
 * @param frameOf the lines for a screen; undefined while there is nothing to show.
 */
export function liveDisplay(output: Output, frameOf: (screen: Screen) => string[] | undefined): LiveDisplay {
  const { stdout, stderr } = output.io;
  const update = createLogUpdate(stdout);
  const screen = (): Screen => ({
    columns: stdout.columns ?? 80,
    rows: stdout.rows ?? 24,
    unicode: takesUnicode(output.io.env),
    bold: (text) => output.style('bold', text),
    dim: (text) => output.style('dim', text),
  });
  let frame: string[] = [];
  const draw = () => {
    const next = frameOf(screen());
    if (!next) return;
    frame = next;
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
  return {
    draw,
    note: (text) => {
      update.clear();
      stderr.write(text + '\n');
      draw();
    },
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
