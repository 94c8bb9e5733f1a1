import { getFile } from '../../box/files.ts';
import { factsKey } from '../ledger/facts.ts';
import type { ConflictRules } from '../ledger/owners.ts';
import type { TransferRowData } from '../ledger/transfers.ts';
import type { FileSource } from '../source/file-source.ts';
import { verifiedCopy } from './box-copy.ts';
import { differs } from './resolve-conflict.ts';
import type { RunResult } from './result.ts';
import { routeFor } from './route.ts';
import type { TransferServices } from './services.ts';

/** Reads a file whose size is that of Box's copy, and compares: equal is adopted and nothing is sent; else it is sent. */
export async function checkOnBox(
  services: TransferServices,
  transfer: TransferRowData,
  source: FileSource,
  rules: ConflictRules,
  signal: AbortSignal,
): Promise<RunResult> {
  const { ledger, connection, clock } = services;
  await ledger.write(() => ledger.transfers.move(transfer.id, 'checking', {}, clock.now()));
  const sha1 = await source.wholeDigest(signal);
  await source.assertUnchanged();
  const { base } = transfer;
  if (base && base.sha1 === sha1) {
    const file = await getFile(connection, base.fileId, { signal });
    if (file.sha1 === sha1) {
      const copy = await verifiedCopy(connection, file, sha1, signal);
      return { kind: 'done', copy, sha1, facts: source.facts, how: 'adopted' };
    }
  }
  const route = routeFor(source.sizeBytes);
  await ledger.write(() => {
    ledger.transfers.setKind(transfer.id, route.kind, route.lane);
    // A file that is left alone need not be read again in the next run.
    ledger.files.setDigest(transfer.fileId, sha1, factsKey(source.facts));
  });
  if (!base) return { kind: 'again', note: 'not on Box' };
  const conflict = {
    services,
    transfer,
    sha1,
    source,
    rules: { ...rules, taken: ruleFor(services, transfer, rules) },
    signal,
  };
  return differs(conflict, base, transfer.name);
}

/** Our own copy, untouched since: the next state of the file is its next version and no further copy. As in the plan. */
function ruleFor(
  { ledger }: TransferServices,
  { fileId, base }: TransferRowData,
  { taken, changed }: ConflictRules,
): ConflictRules['taken'] {
  const bound = ledger.files.get(fileId)?.box;
  const isOurs = base !== null && bound?.fileId === base.fileId && bound.sha1 === base.sha1;
  // A job that was told to leave what stands there leaves its own earlier copy too; a pair keeps it up to date.
  return isOurs && (taken === 'keep-both' || changed !== 'ask') ? 'version' : taken;
}
