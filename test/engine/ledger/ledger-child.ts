import { writeSync } from 'node:fs';
import { Ledger } from '../../../main/engine/ledger/ledger.ts';
import { openLedgerDatabase } from '../../../main/engine/ledger/open.ts';
import { systemClock } from '../../../main/platform/clock.ts';

/*
 * Opens the ledger of a folder. `hold`: keeps it until killed. `write`: adds receipts in pairs, many changes at a time, and
 * prints the number of each pair whose write has resolved.
 */
const [mode, home, first, networkFileSystem] = process.argv.slice(2) as [string, string, string, string];
try {
  const db = await openLedgerDatabase(home, {
    clock: systemClock,
    lockWaitMs: 10_000,
    networkFileSystem: networkFileSystem === 'network',
    signal: new AbortController().signal,
  });
  const ledger = new Ledger(db);
  writeSync(1, 'open\n');
  if (mode === 'hold') setInterval(() => undefined, 1000);
  if (mode === 'write') {
    let next = Number(first);
    const writer = async () => {
      for (;;) {
        const number = next++;
        await ledger.write(() => {
          for (const half of ['a', 'b']) addReceipt(`${number}/${half}`);
        });
        writeSync(1, `${number}\n`);
      }
    };
    await Promise.all(Array.from({ length: 20 }, writer));
  }

  function addReceipt(path: string): void {
    ledger.receipts.add({
      ownerId: 1, path, sizeBytes: 1, sha1: 's', boxSha1: 's', fileId: '1', versionId: null, etag: null, how: 'sent',
      sentBytes: 1, at: 1,
    }); // prettier-ignore
  }
} catch (error) {
  writeSync(1, `${(error as { code?: string }).code}: ${String(error)}\n`);
}
