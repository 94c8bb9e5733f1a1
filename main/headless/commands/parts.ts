import { partLabels, transferLabels } from '../../../shared/labels.ts';
import { formatTarget, type Target } from '../../../shared/ids.ts';
import type { PartRow } from '../../../shared/model.ts';
import { problems } from '../../../shared/problem-table.ts';
import { formatBytes } from '../../../shared/units.ts';
import { ExitCode } from '../exit-code.ts';
import type { Output } from '../output.ts';
import { takesUnicode } from '../report/live-display.ts';
import { partsMap } from '../report/parts-map.ts';
import { doneText, stateText } from '../report/transfer-text.ts';
import { boxcarOptions, withBoxcar, type CommonOptions } from '../session.ts';
import { printable, table } from '../text.ts';
import { transferFields } from './status.ts';

const originLabels = { sent: 'sent', resumed: 'resumed', 'on-box': 'already on Box' } as const;

/** `boxcar parts TRANSFER`: every part with state, attempts, digest and last error, a map above, the timeline below. */
export async function parts(target: Target, options: CommonOptions, output: Output): Promise<ExitCode> {
  const opening = boxcarOptions(output.io, options, true);
  const { transfer, session, ...rest } = await withBoxcar(opening, ({ commands }) =>
    commands.parts({ transferId: target.id }),
  );
  if (output.json) {
    output.event('transfer', { ...transferFields(transfer), session });
    for (const part of rest.parts) output.event('part', { transfer: formatTarget(target), ...part });
    for (const step of rest.timeline) output.event('transition', { transfer: formatTarget(target), ...step });
    return ExitCode.ok;
  }
  output.line(`${formatTarget(target)}  ${printable(transfer.path)}  ${formatBytes(transfer.sizeBytes)}`);
  output.line(`    ${[stateText(transfer, Date.now()), doneText(transfer)].filter(Boolean).join('  ')}`);
  if (transfer.problem) output.line(`    ${problems[transfer.problem.code].remedy}`);
  if (session) {
    const size = formatBytes(session.partSizeBytes);
    output.line(`    session ${printable(session.id)}, parts of ${size}, expires ${printable(session.expiresAt)}`);
  }
  if (rest.parts.length > 0) {
    output.line();
    const columns = (output.io.stdout.columns ?? 80) - 1;
    partsMap(rest.parts, columns, takesUnicode(output.io.env)).forEach((line) => output.line(line));
    output.line();
    const head = ['PART', 'BYTES', 'STATE', 'ATTEMPTS', 'SHA-1', 'LAST ERROR'];
    for (const line of table([head, ...rest.parts.map(cells)])) output.line(line);
  } else if (transfer.kind !== 'session') {
    output.line('    This file goes up in one request and has no parts.');
  }
  if (rest.timeline.length > 0) output.line();
  for (const { at, state, note } of rest.timeline) {
    output.line(`${new Date(at).toISOString()}  ${transferLabels[state]}${note ? ` (${printable(note)})` : ''}`);
  }
  return ExitCode.ok;
}

function cells(part: PartRow): string[] {
  const { index, offset, sizeBytes, state, origin, attempts, sha1, problem } = part;
  return [
    String(index),
    `${offset}-${offset + sizeBytes - 1}`,
    state === 'done' && origin ? `${partLabels.done} (${originLabels[origin]})` : partLabels[state],
    String(attempts),
    sha1 ?? '',
    problem ? `${problems[problem.code].title}: ${printable(problem.detail)}` : '',
  ];
}
