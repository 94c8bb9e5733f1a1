import { openShell } from '../../app/shell/open-shell.ts';
import { openDataFolder } from '../../platform/data-folder.ts';
import { entryUrl } from '../../platform/entry-url.ts';
import { openLog } from '../../platform/log.ts';
import { ExitCode } from '../exit-code.ts';
import { onInterrupt } from '../interrupt.ts';
import type { Output } from '../output.ts';
import { baseOptions, interruptGraceMs, type CommonOptions, type PaceOptions } from '../session.ts';
import { printable } from '../text.ts';
import { openBrowser } from '../ui/open-browser.ts';
import { startUiServer } from '../ui/server.ts';

export interface UiOptions extends CommonOptions, PaceOptions {
  port?: number;
  /** False with --no-open. */
  open: boolean;
}

/** `boxcar ui`: the interface in a browser, until Ctrl-C. The link is printed as soon as pages are served; the engine follows. */
export async function ui(options: UiOptions, output: Output): Promise<ExitCode> {
  const { home: asked, tokens: _tokens, readOnly: _readOnly, ...opening } = baseOptions(output.io, options, false);
  const interrupt = onInterrupt();
  try {
    const home = await openDataFolder(asked);
    const log = openLog({ home, name: 'desktop', level: options.logLevel });
    const sandbox = { entry: output.io.entries?.sandbox ?? entryUrl('sandbox') };
    const shell = await openShell({ kind: 'browser', home, opening, sandbox, logger: log.logger });
    try {
      if (shell.notice !== null) output.note(printable(shell.notice));
      const server = await startUiServer({ shell, port: options.port ?? 0 });
      try {
        tellReady(server.url, output);
        if (options.open) openBrowser(server.url);
        await aborted(interrupt.signal);
      } finally {
        await server.close();
      }
    } finally {
      await shell.close(interruptGraceMs);
      log.close();
    }
    const signal = interrupt.received();
    output.event('stopped', { signal, exitCode: ExitCode.ok });
    output.note('Stopped; everything that can go on later is kept.');
    // Ctrl-C is how a server is meant to end.
    return ExitCode.ok;
  } finally {
    interrupt.dispose();
  }
}

function tellReady(url: string, output: Output): void {
  output.event('ready', { url });
  output.line(`Boxcar is open in a browser of this machine, until Ctrl-C. The link works once:\n\n  ${url}\n`);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
