import { transferLabels, waitLabels } from '../../../shared/labels.ts';
import type { TransferRow } from '../../../shared/model.ts';
import { problems } from '../../../shared/problem-table.ts';
import { formatBytes, formatDuration } from '../../../shared/units.ts';

/** State and reason of a transfer, always both: `Finishing on Box: 455 of 1,000 parts`, `Waiting for the network (3 s)`. */
export function stateText(row: TransferRow, now: number): string {
  if (row.wait && (row.state === 'waiting' || row.state === 'queued')) {
    const leftMs = row.wait.startedAt + row.wait.lengthMs - now;
    return `${waitLabels[row.wait.reason]}${leftMs > 0 ? ` (${formatDuration(Math.ceil(leftMs / 1000) * 1000)})` : ''}`;
  }
  if (row.state === 'committing' && row.commit && row.commit.total > 0) {
    const [processed, total] = [row.commit.processed, row.commit.total].map((n) => n.toLocaleString('en-US'));
    return `${transferLabels.committing}: ${processed} of ${total} parts`;
  }
  if (row.problem && (row.state === 'needs-you' || row.state === 'waiting')) {
    return `${transferLabels[row.state]}: ${problems[row.problem.code].title}`;
  }
  return transferLabels[row.state];
}

/** What a transfer has done, in words: `45 %  12 of 60 parts  3.1 MB/s`. */
export function doneText(row: TransferRow): string {
  const percent = row.sizeBytes > 0 ? `${Math.floor((row.doneBytes / row.sizeBytes) * 100)} %` : '';
  const parts = row.parts ? `${row.parts.done} of ${row.parts.total} parts` : '';
  const speed = row.bytesPerSecond !== null && row.state === 'sending' ? `${formatBytes(row.bytesPerSecond)}/s` : '';
  return [percent, parts, speed].filter(Boolean).join('  ');
}
