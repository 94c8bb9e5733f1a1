import { nameKey } from '../../../shared/box-names.ts';
import type { Receipt } from '../../../shared/model.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { Turns } from './turns.ts';

const pathsAtOnce = 2000;
/** A call looks at so many receipts at most: a second or so, in slices. */
const mostLookedAt = 500_000;

export interface HistoryPage {
  receipts: Receipt[];
  total: number | null;
  next: number | null;
}

/** Receipts, the newest first, whose path holds a text in any case; '' for all. */
export async function history(
  ledger: Ledger,
  { text, before, limit }: { text: string; before: number | null; limit: number },
  signal: AbortSignal,
): Promise<HistoryPage> {
  const { receipts } = ledger;
  if (text === '') {
    const page = receipts.newest(before, limit);
    return { receipts: page, total: receipts.count(), next: page.length < limit ? null : page.at(-1)!.id };
  }
  const sought = nameKey(text);
  const turns = new Turns(signal);
  const found: number[] = [];
  let next = before;
  for (let lookedAt = 0; found.length < limit; lookedAt += pathsAtOnce) {
    if (lookedAt >= mostLookedAt) return { receipts: await read(ledger, found, turns), total: null, next };
    const slice = receipts.newestPaths(next, pathsAtOnce);
    for (const { id, path } of slice) {
      if (!nameKey(path).includes(sought)) continue;
      found.push(id);
      if (found.length === limit) return { receipts: await read(ledger, found, turns), total: null, next: id };
    }
    if (slice.length < pathsAtOnce) break;
    next = slice.at(-1)!.id;
    await turns.take();
  }
  return { receipts: await read(ledger, found, turns), total: null, next: null };
}

async function read({ receipts }: Ledger, ids: readonly number[], turns: Turns): Promise<Receipt[]> {
  const page: Receipt[] = [];
  for (const id of ids) {
    const receipt = receipts.get(id);
    if (receipt) page.push(receipt);
    await turns.take();
  }
  return page;
}
