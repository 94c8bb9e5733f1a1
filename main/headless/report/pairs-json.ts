import { formatTarget } from '../../../shared/ids.ts';
import type { PairEvent, PairSummary } from '../../../shared/pair-model.ts';
import { questionFields } from '../commands/questions.ts';
import type { Output } from '../output.ts';
import { fileFields, tellPause } from './json-reporter.ts';
import type { PairsReporter } from './pairs-reporter.ts';
import { wholePause } from './whole-pause.ts';

/** JSON lines: every event of the pairs, and `watching` once. */
export function jsonPairsReporter(output: Output): PairsReporter {
  let ended = false;
  const pause = wholePause();
  const tell = (name: string, fields: object) => {
    if (!ended) output.event(name, fields);
  };
  return {
    progress: (_progress, rule) => {
      if (!ended) tellPause(pause(rule), output);
    },
    events: (events) => {
      for (const event of events) tell(...eventFields(event));
    },
    watching: (pairs) => tell('watching', { pairs: pairs.map(watchedFields) }),
    note: (text) => output.note(text),
    // What ends the command is the last line, whatever is still on its way.
    end: () => {
      ended = true;
    },
  };
}

function watchedFields({ id, path, target, state, watch }: PairSummary): object {
  const { mode = null, watches = 0, limit = null, fallbackCount = 0 } = watch ?? {};
  return { pair: formatTarget({ kind: 'pair', id }), path, target, state, mode, watches, limit, fallbackCount };
}

/** The name and the fields of an event; ids carry their kind. */
function eventFields(event: PairEvent): [name: string, fields: object] {
  switch (event.type) {
    case 'synced': {
      const { type, ...fields } = event;
      return [type, fields];
    }
    case 'question':
      return ['question', questionFields(event.question)];
    case 'watching': {
      const { pairId, path, report } = event;
      return ['watch', { pair: formatTarget({ kind: 'pair', id: pairId }), path, ...report }];
    }
    case 'file':
      return ['file', { pair: formatTarget({ kind: 'pair', id: event.pairId }), ...fileFields(event.outcome) }];
    case 'scanned':
    case 'moved':
    case 'trashed':
    case 'left':
    case 'problem': {
      const { type, pairId, ...fields } = event;
      return [type, { pair: formatTarget({ kind: 'pair', id: pairId }), ...fields }];
    }
  }
}
