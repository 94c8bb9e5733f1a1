import { formatTarget } from '../../../shared/ids.ts';
import type { Outcome } from '../../../shared/progress-contract.ts';
import type { JobProgress } from '../../../shared/progress-contract.ts';
import type { Output } from '../output.ts';
import { wholePause, type PauseChange } from './whole-pause.ts';
import type { Reporter } from './reporter.ts';

const lineEveryMs = 1000;

/** JSON lines: `progress` at most once a second and at each change of state, `file` for every outcome. */
export function jsonReporter(output: Output, now = () => performance.now()): Reporter {
  let lastAt = -Infinity;
  let lastState = '';
  let ended = false;
  const pause = wholePause();
  return {
    progress: (progress, rule) => {
      if (ended) return;
      tellPause(pause(rule), output);
      if (now() - lastAt < lineEveryMs && progress.job.state === lastState) return;
      lastAt = now();
      lastState = progress.job.state;
      output.event('progress', progressFields(progress));
    },
    outcomes: (outcomes) => {
      if (!ended) for (const outcome of outcomes) output.event('file', fileFields(outcome));
    },
    note: (text) => output.note(text),
    // The summary is the last line, whatever is still on its way when the user has interrupted.
    end: () => {
      ended = true;
    },
  };
}

/** `paused` and `resumed`, as the commands say them. */
export function tellPause(change: PauseChange | undefined, output: Output): void {
  if (change === undefined) return;
  if (!change.paused) output.event('resumed', { target: 'all' });
  else output.event('paused', { target: 'all', until: change.until, pausedBy: change.pausedBy });
}

function progressFields({ job, active, ...speed }: JobProgress): object {
  return {
    job: formatTarget({ kind: 'job', id: job.id }),
    state: job.state,
    counts: job.counts,
    doneBytes: job.doneBytes,
    totalBytes: job.totalBytes,
    problem: job.problem,
    ...speed,
    active: active.map(({ id, path, state, doneBytes, sizeBytes }) => ({
      transfer: formatTarget({ kind: 'transfer', id }),
      path,
      state,
      doneBytes,
      sizeBytes,
    })),
  };
}

/** A file's outcome as an event: its transfer's id carries its kind. */
export function fileFields({ transferId, ...outcome }: Outcome): object {
  return { ...outcome, transfer: transferId === null ? null : formatTarget({ kind: 'transfer', id: transferId }) };
}
