import { ProblemError } from '../../../shared/problem-error.ts';
import type { PartSource } from '../../box/upload-session/part-source.ts';
import type { LedgerFacts } from '../ledger/facts.ts';
import type { PartRowData } from '../ledger/parts.ts';
import type { TransferRowData } from '../ledger/transfers.ts';

/**
 * Stands for a file whose bytes are all on Box and whose commit was sent: it knows the digests that were sent and no bytes.
 * What the local file is by now does not matter; if Box wants bytes after all, the transfer is planned anew.
 */
export function committedSource(
  transfer: TransferRowData,
  parts: readonly PartRowData[],
): PartSource & { readonly facts: LedgerFacts } {
  const digests = new Map(parts.map((part) => [part.index, part.sha1]));
  const changed = () =>
    new ProblemError({
      code: 'local.changed',
      operation: 'settle commit',
      item: transfer.name,
      detail: 'Box did not finish the upload; the file is planned anew',
      at: Date.now(),
    });
  return {
    facts: transfer.facts,
    sizeBytes: transfer.sizeBytes,
    digestOf: async ({ index }) => digests.get(index) ?? Promise.reject(changed()),
    // eslint-disable-next-line require-yield -- the first slice asked for is the failure
    read: async function* () {
      await Promise.reject(changed());
    },
    release: () => undefined,
    wholeDigest: () => Promise.resolve(transfer.intendedSha1!),
    assertUnchanged: () => Promise.resolve(),
  };
}
