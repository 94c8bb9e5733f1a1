// A pair in a real ledger, with real files and the sandbox: what a recorder and transfers would have left behind.
import { mkdirSync, mkdtempSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { connectBox, type BoxConnection } from '../../main/box/connection.ts';
import { getFile } from '../../main/box/files.ts';
import { createHashPool, type HashPool } from '../../main/engine/hash/hash-pool.ts';
import { factsKey } from '../../main/engine/ledger/facts.ts';
import type { FileOutcome } from '../../main/engine/ledger/files.ts';
import { Ledger } from '../../main/engine/ledger/ledger.ts';
import { openLedgerDatabase } from '../../main/engine/ledger/open.ts';
import type { PairRow } from '../../main/engine/ledger/pairs.ts';
import { factsOf } from '../../main/engine/scan/facts.ts';
import { systemClock } from '../../main/platform/clock.ts';
import { pairOptionsSchema, type PairOptions } from '../../shared/pair-model.ts';
import { sha1Of, writeOld, type TestBox } from '../support/engine-fixture.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A connection whose requests the sandbox's intercept sees, as it sees the engine's. */
export function connectAsEngine(box: TestBox): BoxConnection {
  const { api, upload, auth, authorize, token } = box.sandbox.ready;
  const connection = connectBox({
    endpoints: { api, upload, auth, authorize },
    token: { get: () => Promise.resolve(token), renew: () => Promise.reject(new Error('refused')) },
    userAgent: 'Boxcar',
    retries: { attempts: 1 },
  });
  onTestFinished(() => connection.dropConnections());
  return connection;
}

/** One pool for a test, closed with it. */
export function openHashPool(): HashPool {
  const pool = createHashPool();
  onTestFinished(() => pool.close());
  return pool;
}

export interface PairStage {
  box: TestBox;
  connection: BoxConnection;
  ledger: Ledger;
  home: string;
  /** The local folder. */
  root: string;
  pair: PairRow;
  /** Writes a file here and on Box, and records it as synced. */
  sync(path: string, bytes: string | Uint8Array, kept?: { outcome?: FileOutcome; as?: string }): Promise<string>;
  /** The same for a folder; resolves with its id on Box. */
  syncFolder(path: string): Promise<string>;
  /** The ledger's row of a synced folder; '' is the root's. */
  folderId(path: string): number;
}

/** A pair of an empty local folder and a folder of Box that is called as the local one. */
export async function openPairStage(box: TestBox, options: Partial<PairOptions> = {}): Promise<PairStage> {
  const home = temporaryFolder();
  const root = mkdtempSync(join(temporaryFolder(), 'root-'));
  const targetFolderId = await box.makeFolder('0', basename(root));
  const database = await openLedgerDatabase(home, {
    clock: systemClock,
    lockWaitMs: 5000,
    networkFileSystem: false,
    signal: AbortSignal.timeout(10_000),
  });
  onTestFinished(() => database.close());
  const ledger = new Ledger(database);
  const pairId = await ledger.write(() => {
    const accountId = ledger.jobs.upsertAccount({ boxHost: 'loopback', userId: '1', login: null });
    const chosen = pairOptionsSchema.parse(options);
    const place = { path: root, pathRaw: null, target: targetFolderId, targetFolderId };
    return ledger.pairs.add({ accountId, ...place, options: chosen, now: Date.now() });
  });
  const pair = ledger.pairs.get(pairId)!;
  const rootId = await ledger.write(() => ledger.tree.ensureRoot(pair).id);
  const folders = new Map([['', { id: rootId, boxId: targetFolderId }]]);

  const ensureFolder = async (path: string): Promise<{ id: number; boxId: string }> => {
    const key = path === '.' ? '' : path;
    const known = folders.get(key);
    if (known) return known;
    const parent = await ensureFolder(dirname(key));
    mkdirSync(join(root, key), { recursive: true });
    const facts = factsOf(statSync(join(root, key), { bigint: true }));
    const boxId = await box.makeFolder(parent.boxId, basename(key));
    const id = await ledger.write(() => {
      const place = { pairId, parentId: parent.id, name: basename(key), nameRaw: null, now: Date.now() };
      const made = ledger.tree.addFolder({ ...place, ...facts });
      ledger.tree.place(made, boxId, Date.now());
      return made;
    });
    folders.set(key, { id, boxId });
    return { id, boxId };
  };

  return {
    box,
    connection: connectAsEngine(box),
    ledger,
    home,
    root,
    pair,
    syncFolder: async (path) => (await ensureFolder(path)).boxId,
    folderId: (path) => folders.get(path)!.id,
    async sync(path, bytes, { outcome = 'unchanged', as = basename(path) } = {}) {
      const folder = await ensureFolder(dirname(path));
      writeOld(join(root, path), bytes);
      const boxId = await box.put(folder.boxId, as, bytes);
      const onBox = await getFile(box.connection, boxId, { signal: AbortSignal.timeout(10_000) });
      const facts = factsOf(statSync(join(root, path), { bigint: true }));
      const sha1 = sha1Of(Buffer.from(bytes));
      await ledger.write(() => {
        const place = { ownerId: pairId, folderId: folder.id, name: basename(path), nameRaw: null };
        const id = ledger.files.record({ ...place, kind: 'file', facts, problem: null, scan: 0, now: Date.now() });
        ledger.files.finish(id, 'sent', sha1, factsKey(facts), {
          fileId: boxId,
          name: onBox.name,
          etag: onBox.etag ?? null,
          versionId: onBox.versionId ?? null,
          sha1: onBox.sha1!,
        });
        ledger.files.setOutcome(id, outcome, null);
      });
      return boxId;
    },
  };
}
