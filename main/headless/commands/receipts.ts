import type { Commands } from '../../app/engine-host.ts';
import { formatOwner } from '../../../shared/ids.ts';
import type { Receipt } from '../../../shared/model.ts';
import { formatBytes } from '../../../shared/units.ts';
import { csvRecord } from '../csv.ts';
import { CommandError, ExitCode } from '../exit-code.ts';
import type { Output } from '../output.ts';
import { boxcarOptions, withBoxcar, type CommonOptions } from '../session.ts';
import { count, printable } from '../text.ts';

const pageSize = 1000;
const columns = [
  'path',
  'size_bytes',
  'sha1',
  'box_sha1',
  'file_id',
  'version_id',
  'etag',
  'how',
  'sent_bytes',
  'job',
  'at',
];

/** `boxcar receipts`: proof of every upload, as text, CSV or JSON lines. */
export async function receipts(options: CommonOptions & { csv?: boolean }, output: Output): Promise<ExitCode> {
  if (options.csv && options.json) throw new CommandError(ExitCode.usage, '--csv and --json exclude each other.');
  const opening = boxcarOptions(output.io, options, true);
  if (options.csv) await output.write(csvRecord(columns));
  let total = 0;
  let after = 0;
  // Where the app ends meanwhile, the work is asked for again and goes on after the last page.
  await withBoxcar(opening, async ({ commands }) => {
    for await (const page of pages(commands, after)) {
      await output.write(page.map((receipt) => format(receipt, options, output)).join(''));
      after = page.at(-1)!.id;
      total += page.length;
    }
  });
  if (!options.csv && !options.json)
    output.line(total === 0 ? 'There are no receipts yet.' : `${count(total, 'receipt')}.`);
  return ExitCode.ok;
}

async function* pages(commands: Commands, from: number): AsyncGenerator<Receipt[]> {
  for (let after = from; ;) {
    const page = await commands.receipts({ after, limit: pageSize });
    const last = page.at(-1);
    if (!last) return;
    yield page;
    after = last.id;
  }
}

function format(receipt: Receipt, { csv }: { csv?: boolean }, output: Output): string {
  const { id, jobId, pairId, path, sizeBytes, sha1, boxSha1, fileId, versionId, etag, how, sentBytes, at } = receipt;
  const job = formatOwner({ jobId, pairId });
  const time = new Date(at).toISOString();
  if (csv) return csvRecord([path, sizeBytes, sha1, boxSha1, fileId, versionId, etag, how, sentBytes, job, time]);
  if (output.json) {
    const fields = { receipt: id, job, path, sizeBytes, sha1, boxSha1, fileId, versionId, etag, how, sentBytes, at };
    return output.eventLine('receipt', fields);
  }
  return `${time}  ${how.padEnd(7)}  ${sha1}  ${formatBytes(sizeBytes).padStart(7)}  file ${fileId}  ${printable(path)}\n`;
}
