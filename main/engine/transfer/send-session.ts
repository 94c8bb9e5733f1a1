import type { SentPart, UploadMemory } from '../../box/upload-session/journal.ts';
import type { PartSource } from '../../box/upload-session/part-source.ts';
import { uploadThroughSession } from '../../box/upload-session/run.ts';
import type { UploadControl } from '../../box/upload-session/control.ts';
import type { UploadTarget } from '../../box/upload-session/options.ts';
import type { LedgerFacts } from '../ledger/facts.ts';
import type { PartRowData } from '../ledger/parts.ts';
import type { TransferRowData } from '../ledger/transfers.ts';
import { doneParts } from '../progress/done-parts.ts';
import type { LiveTransfer } from '../progress/live.ts';
import { attributesOf } from './attributes.ts';
import { verifiedCopy } from './box-copy.ts';
import { LedgerJournal } from './ledger-journal.ts';
import type { RunResult } from './result.ts';
import { locateSession } from './session-address.ts';
import type { TransferServices } from './services.ts';

/** Sends a file in parts, or goes on with the session of an earlier run. Rejects with BoxError or ProblemError. */
export async function sendSession(
  services: TransferServices,
  planned: TransferRowData,
  source: PartSource & { readonly facts: LedgerFacts },
  live: LiveTransfer,
  control: UploadControl,
  signal: AbortSignal,
): Promise<RunResult> {
  const { ledger, connection, clock, board, slots } = services;
  const transfer = await whereItIs(services, planned, signal);
  const rows = transfer.session ? ledger.parts.list(transfer.id) : [];
  const memory = memoryOf(transfer, rows);
  live.partsTotal = transfer.session?.totalParts ?? null;
  live.done = transfer.session && doneParts(transfer, transfer.session, rows);
  live.partsDone = memory?.parts.length ?? 0;
  live.partBytes = memory?.parts.reduce((sum, part) => sum + part.sizeBytes, 0) ?? 0;
  const journal = new LedgerJournal({
    ledger,
    board,
    live,
    clock,
    transferId: transfer.id,
    sizeBytes: transfer.sizeBytes,
    earlier: rows,
    reached: services.reached,
  });
  const { file, sha1 } = await uploadThroughSession({
    connection,
    target: targetOf(transfer),
    source,
    journal,
    memory,
    attributes: attributesOf(transfer.facts),
    parallelParts: services.parallelParts(),
    partGate: slots,
    control,
    clock,
    limits: services.uploadLimits,
    signal,
  });
  const copy = await verifiedCopy(connection, file, sha1, signal);
  return { kind: 'done', copy, sha1, facts: source.facts, how: 'sent' };
}

/** The transfer with the endpoints at which its session is now. */
async function whereItIs(
  { ledger, connection }: TransferServices,
  transfer: TransferRowData,
  signal: AbortSignal,
): Promise<TransferRowData> {
  if (!transfer.session) return transfer;
  const session = await locateSession(connection, transfer.session, transfer.sizeBytes, signal);
  if (session === transfer.session) return transfer;
  await ledger.write(() => ledger.transfers.setEndpoints(transfer.id, session));
  return { ...transfer, session };
}

/** Where a transfer goes. */
export function targetOf(transfer: TransferRowData): UploadTarget {
  const { base } = transfer;
  if (!base) return { kind: 'new', parentId: transfer.parentBoxId, name: transfer.name };
  return {
    kind: 'version',
    fileId: base.fileId,
    ifMatch: base.etag ?? undefined,
    baseSha1: base.sha1 ?? undefined,
  };
}

/** What an earlier run left of the session. */
export function memoryOf(transfer: TransferRowData, rows: readonly PartRowData[]): UploadMemory | undefined {
  const { session } = transfer;
  if (!session) return undefined;
  const parts = rows.flatMap((row): SentPart[] => {
    if (row.state !== 'done' || row.partId === null) return [];
    const offset = row.index * session.partSizeBytes;
    const sizeBytes = Math.min(session.partSizeBytes, transfer.sizeBytes - offset);
    return [
      { index: row.index, offset, sizeBytes, partId: row.partId, sha1: row.sha1, origin: row.origin ?? 'resumed' },
    ];
  });
  return { session, parts, committingSha1: transfer.intendedSha1 ?? undefined };
}
