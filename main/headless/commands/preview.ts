import type { Preview } from '../../../shared/pair-model.ts';
import { formatBytes, formatDuration } from '../../../shared/units.ts';
import type { ExitCode } from '../exit-code.ts';
import { problemText, type Output } from '../output.ts';
import { boxcarOptions, withBoxcarUntilInterrupted, type CommonOptions } from '../session.ts';
import { count, printable } from '../text.ts';
import { localFolder, pairChanges, type PairOptionValues } from './pair-options.ts';

const namedExamples = 20;

/** `boxcar preview DIR --to FOLDER`: what a first sync would do. The engine that looks has no way to write. */
export async function preview(
  given: string,
  options: CommonOptions & PairOptionValues & { to: string },
  output: Output,
): Promise<ExitCode> {
  const opening = boxcarOptions(output.io, options, true);
  const path = await localFolder(given);
  const changes = await pairChanges(options);
  if (output.live()) output.note(`Reading ${printable(path)} and comparing it with Box; Ctrl-C ends it.`);
  return withBoxcarUntilInterrupted(opening, async ({ commands }) => {
    const found = await commands.preview({ path, target: options.to, options: changes });
    output.event('preview', { path, target: options.to, ...found });
    previewLines(found).forEach((line) => output.line(line));
    return 0;
  });
}

function previewLines({
  files,
  folders,
  bytes,
  onBox,
  toSend,
  conflicts,
  paceMs,
  ignored,
  names,
  unreadable,
}: Preview) {
  const of = (part: { files: number; bytes: number }) => `${count(part.files, 'file')} (${formatBytes(part.bytes)})`;
  return [
    `${count(files, 'file')} in ${count(folders, 'folder')}, ${formatBytes(bytes)}.`,
    `On Box with the same content already: ${of(onBox)}.`,
    `To send: ${of(toSend)}${paceMs > 0 ? `, which takes at least ${formatDuration(paceMs)} at Box's pace` : ''}.`,
    ...list(
      conflicts.files,
      'file stands on Box with other content',
      'files stand on Box with other content',
      conflicts.paths.map(printable),
    ),
    ...list(
      ignored.entries,
      'entry is ignored',
      'entries are ignored',
      ignored.examples.map(({ path, rule }) => `${printable(path)}: ${printable(rule)}`),
    ),
    ...list(names.count, 'name needs you', 'names need you', names.findings.map(findingText)),
    ...list(
      unreadable.length,
      'path cannot be read',
      'paths cannot be read',
      unreadable.map(({ path, problem }) => `${printable(path)}: ${problemText(problem)}`),
    ),
    'Nothing was sent, and nothing was changed.',
  ];
}

function findingText({ path, detail, proposal }: Preview['names']['findings'][number]): string {
  const remedy = proposal === null ? '' : `; proposed: ${printable(proposal)}`;
  return `${printable(path)}: ${printable(detail)}${remedy}`;
}

/** A heading with its examples; nothing where there are none. */
function list(total: number, one: string, many: string, examples: readonly string[]): string[] {
  if (total === 0) return [];
  const shown = examples.slice(0, namedExamples);
  const lines = [`${count(total, one, many)}${shown.length > 0 ? ':' : '.'}`, ...shown.map((line) => `  ${line}`)];
  return total > shown.length && shown.length > 0
    ? [...lines, `  and ${(total - shown.length).toLocaleString('en-US')} more; --json has more of them`]
    : lines;
}
