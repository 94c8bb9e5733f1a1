import { openBoxcar, type OpenBoxcarOptions } from '../../app/open-boxcar.ts';
import { ExitCode } from '../exit-code.ts';
import { followPairs, WatchedPairs } from '../follow-pairs.ts';
import { onInterrupt } from '../interrupt.ts';
import type { Output } from '../output.ts';
import { jsonPairsReporter } from '../report/pairs-json.ts';
import { livePairsReporter } from '../report/pairs-live.ts';
import { plainPairsReporter } from '../report/pairs-plain.ts';
import type { PairsReporter } from '../report/pairs-reporter.ts';
import { boxcarOptions, interruptGraceMs, isAppGone, type CommonOptions, type PaceOptions } from '../session.ts';
import { printable } from '../text.ts';
import { noPairsText } from './pairs.ts';

/** `boxcar run`: keeps every pair up to date until Ctrl-C (130) or SIGTERM (0); beside a running app it follows that. */
export async function run(options: CommonOptions & PaceOptions, output: Output): Promise<ExitCode> {
  const opening = boxcarOptions(output.io, options, false);
  const interrupt = onInterrupt();
  const reporter = reporterFor(output);
  const watched = new WatchedPairs();
  try {
    for (;;) {
      await runOnce(opening, { output, reporter, watched, signal: interrupt.signal });
      reporter.note('The Boxcar that this command was attached to has ended; this command goes on by itself.');
    }
  } catch (error) {
    reporter.end();
    const signal = interrupt.received();
    if (signal === undefined) throw error;
    // How a service is meant to end.
    const exitCode = signal === 'SIGTERM' ? ExitCode.ok : ExitCode.interrupted;
    output.event('stopped', { signal, exitCode });
    output.note('Stopped; everything that can go on later is kept. The same command goes on.');
    return exitCode;
  } finally {
    interrupt.dispose();
  }
}

function reporterFor(output: Output): PairsReporter {
  if (output.json) return jsonPairsReporter(output);
  return output.live() ? livePairsReporter(output) : plainPairsReporter(output);
}

/** One app: settles when the one attached to is gone, rejects when interrupted or for good. */
async function runOnce(
  opening: OpenBoxcarOptions,
  run: { output: Output; reporter: PairsReporter; watched: WatchedPairs; signal: AbortSignal },
): Promise<void> {
  const { output, reporter, watched, signal } = run;
  const boxcar = await openBoxcar({
    ...opening,
    signal,
    onRestart: ({ reason, delayMs }) => {
      output.event('restart', { reason, delayMs });
      reporter.note(`The engine ended unexpectedly (${printable(reason)}); it starts again in ${delayMs} ms.`);
    },
  });
  if (boxcar.kind === 'attached') {
    reporter.note(`A Boxcar already runs on this data folder (process ${boxcar.pid}); it keeps the folder pairs.`);
  }
  const onNoPairs = () => {
    output.event('no-pairs', {});
    reporter.note(`${noPairsText} (this command waits for them)`);
  };
  try {
    await followPairs(boxcar, { reporter, watched, onNoPairs, signal });
  } catch (error) {
    if (signal.aborted || !isAppGone(error, boxcar)) throw error;
  } finally {
    await boxcar.close(signal.aborted ? interruptGraceMs : undefined);
  }
}
