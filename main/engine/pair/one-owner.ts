import type { PairFile } from '../ledger/pair-files.ts';
import type { PairServices } from './services.ts';

const onBox: ReadonlySet<string> = new Set(['sent', 'adopted', 'unchanged']);

/**
 * An item on Box stands for one file. Where a file here has come to be it, since somebody gave the item its name, the file that it
 * was before is not on Box any more: it goes up anew, and gone it leaves nothing to decide. Returns those
 * that go up. Within a transaction.
 */
export function disownOthers({ ledger }: Pick<PairServices, 'ledger'>, { id, boxId }: PairFile): PairFile[] {
  const { pairFiles } = ledger;
  const others = boxId === null ? [] : pairFiles.othersOf(boxId, id);
  const waiting: PairFile[] = [];
  for (const other of others) {
    pairFiles.unbind(other.id);
    if (!onBox.has(other.outcome)) continue;
    pairFiles.reopen(other.id);
    waiting.push(other);
  }
  return waiting;
}
