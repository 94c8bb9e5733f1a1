import type { Database, Row } from './database.ts';
import { factsKey, type LedgerFacts } from './facts.ts';
import type { FileOutcome } from './files.ts';
import { isLive } from './transfer-sql.ts';

/** A file of a pair, as planning moves and deletions needs it. */
export interface PairFile {
  id: number;
  pairId: number;
  folderId: number;
  name: string;
  nameRaw: Uint8Array | null;
  facts: LedgerFacts | null;
  outcome: FileOutcome;
  /** When the row was last changed by a look at the disk. */
  seenAt: number;
  /** The digest, where it is that of Box's copy, and the facts under which it held. */
  syncedSha1: string | null;
  syncedFacts: string | null;
  sha1: string | null;
  sha1Facts: string | null;
  boxId: string | null;
  boxEtag: string | null;
  boxName: string | null;
  boxVersionId: string | null;
  boxSha1: string | null;
  /** Its place on Box may be another than here: a move was begun, or is due. */
  isMoving: boolean;
}

/** Where a file lies, or comes to lie. */
export interface FilePlace {
  pairId: number;
  folderId: number;
  name: string;
  nameRaw: Uint8Array | null;
  facts: LedgerFacts;
}

/** The rows of files of pairs (scan 0), as planning moves and deletions needs them. Every method that writes is called within a transaction. */
export class PairFileStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  file(id: number): PairFile | undefined {
    const row = this.#db.get(`${selectFile} WHERE id = ?`, id);
    return row && toFile(row);
  }

  /** Gone without a decision, in the order of their ids, after the given one. */
  goneFiles(pairId: number, after: number, limit: number): PairFile[] {
    return this.#db
      .all(
        `${selectFile} WHERE owner_id = ? AND outcome = 'gone' AND scan = 0 AND id > ? ORDER BY id LIMIT ?`,
        pairId,
        after,
        limit,
      )
      .map(toFile);
  }

  countGone(pairId: number): number {
    const row = this.#db.get("SELECT files FROM owner_count WHERE owner_id = ? AND outcome = 'gone'", pairId);
    return Number(row?.['files'] ?? 0);
  }

  /** Files of a folder that wait for a plan: here, and with no transfer that may go on by itself. In slices by id; `isBound`: on Box already. */
  openFiles(folderId: number, after: number, limit: number, isBound = false): PairFile[] {
    return this.#db
      .all(
        `${selectFile} WHERE folder_id = ? AND outcome = 'pending' AND id > ? ${isBound ? 'AND box_id IS NOT NULL' : ''} AND NOT EXISTS (SELECT 1 FROM transfer
           WHERE transfer.file_id = file.id AND ${isLive} AND transfer.state <> 'needs-you') ORDER BY id LIMIT ?`,
        folderId,
        after,
        limit,
      )
      .map(toFile);
  }

  /**
   * Files that have moved: each takes its new place at once, so that they may change places with each other. A row that
   * stood there and is not itself among them was new there, and is forgotten.
   * `box` null: it follows on Box once what is on its way there has arrived.
   */
  moveFiles(moves: readonly { id: number; to: FilePlace; box: { etag: string | null; name: string } | null }[]): void {
    for (const { id } of moves) this.#db.run('UPDATE file SET name = char(0) || id, name_raw = NULL WHERE id = ?', id);
    for (const { id, to, box } of moves) {
      const standing = this.#db.get(
        'SELECT id FROM file WHERE folder_id = ? AND name = ? AND name_raw IS ?',
        to.folderId,
        to.name,
        to.nameRaw,
      );
      if (standing) this.removeFile(Number(standing['id']));
      const { facts } = to;
      this.#db.run(
        `UPDATE file SET owner_id = ?, folder_id = ?, name = ?, name_raw = ?, dev = ?, inode = ?, size = ?, mtime_ns = ?,
           ctime_ns = ?, birthtime_ns = ?, outcome = ?, problem = NULL, box_etag = ifnull(?, box_etag), box_name = ifnull(?, box_name),
           own_name = 0, relocate = ? WHERE id = ?`,
        to.pairId,
        to.folderId,
        to.name,
        to.nameRaw,
        facts.dev,
        facts.inode,
        facts.sizeBytes,
        facts.mtimeNs,
        facts.ctimeNs,
        facts.birthtimeNs,
        box ? 'unchanged' : 'pending',
        box?.etag ?? null,
        box?.name ?? null,
        box ? 0 : 1,
        id,
      );
      // What stands there is what Box holds: that is how it was found.
      if (box) this.#db.run('UPDATE file SET sha1 = box_sha1, sha1_facts = ? WHERE id = ?', factsKey(facts), id);
    }
  }

  /** Forgets a file and the history of its transfers; receipts stay. */
  removeFile(id: number): void {
    this.#db.run('DELETE FROM transfer WHERE file_id = ?', id);
    this.#db.run('DELETE FROM question WHERE file_id = ? AND answer IS NULL', id);
    this.#db.run('DELETE FROM file WHERE id = ?', id);
  }

  /** Files of a folder that are no longer here and have a name on Box, or may come to have it by a transfer that has not ended. */
  awayOnBox(folderId: number): { id: number; boxName: string; isBound: boolean; isLive: boolean }[] {
    const isAny = this.#db.get(
      `SELECT 1 FROM folder JOIN owner_count ON owner_count.owner_id = folder.owner_id
         WHERE folder.id = ? AND outcome IN ('gone', 'left') AND files > 0`,
      folderId,
    );
    if (!isAny) return [];
    return this.#db
      .all(
        `SELECT id, ifnull(box_name, name) AS box_name, box_id IS NOT NULL AS bound,
           EXISTS (SELECT 1 FROM transfer WHERE transfer.file_id = file.id AND ${isLive}) AS live FROM file
           WHERE folder_id = ? AND outcome IN ('gone', 'left') ORDER BY id`,
        folderId,
      )
      .map((row) => ({
        id: Number(row['id']),
        boxName: row['box_name'] as string,
        isBound: row['bound'] === 1,
        isLive: row['live'] === 1,
      }))
      .filter(({ isBound, isLive: mayCome }) => isBound || mayCome);
  }

  /** The row of a file that is no longer here stands for a new one, `by`, whose own row is forgotten: Box's file is renamed and gets a version. */
  takeOver(id: number, by: number): void {
    const { name, nameRaw, facts } = this.file(by)!;
    this.removeFile(by);
    this.#db.run(
      `UPDATE file SET name = ?, name_raw = ?, kind = 'file', dev = ?, inode = ?, size = ?, mtime_ns = ?, ctime_ns = ?,
         birthtime_ns = ?, outcome = 'pending', problem = NULL, own_name = 0, relocate = box_name <> ?1 WHERE id = ?`,
      name,
      nameRaw,
      facts!.dev,
      facts!.inode,
      facts!.sizeBytes,
      facts!.mtimeNs,
      facts!.ctimeNs,
      facts!.birthtimeNs,
      id,
    );
  }

  /** It follows its file on Box: done, or not to be done. */
  setRelocated(id: number, box: { etag: string | null; name: string } | null): void {
    this.#db.run(
      'UPDATE file SET relocate = 0, box_etag = ifnull(?, box_etag), box_name = ifnull(?, box_name) WHERE id = ?',
      box?.etag ?? null,
      box?.name ?? null,
      id,
    );
  }

  /** Files of a folder that are here, and whose place on Box may be another, but for those on their way. */
  toRelocate(folderId: number): PairFile[] {
    return this.#db
      .all(
        `${selectFile} WHERE folder_id = ? AND relocate = 1 AND box_id IS NOT NULL AND outcome NOT IN ('gone', 'left') AND NOT EXISTS (SELECT 1 FROM transfer
           WHERE transfer.file_id = file.id AND ${isLive})`,
        folderId,
      )
      .map(toFile);
  }

  /** On Box it has a name of its own on purpose. */
  setOwnName(id: number, boxName: string | null): void {
    this.#db.run('UPDATE file SET own_name = 1, box_name = ifnull(?, box_name) WHERE id = ?', boxName, id);
  }

  /** What Box holds for it now, where somebody has changed it there: another etag, or name. */
  setBoxFacts(id: number, etag: string | null): void {
    this.#db.run('UPDATE file SET box_etag = ? WHERE id = ?', etag, id);
  }

  /** It is no longer on Box, or no longer to be taken for what stands there. */
  unbind(id: number): void {
    this.#db.run(
      `UPDATE file SET box_id = NULL, box_name = NULL, box_etag = NULL, box_version_id = NULL, box_sha1 = NULL, own_name = 0,
         relocate = 0 WHERE id = ?`,
      id,
    );
  }

  /** Files of pairs, but for one, that are bound to an item on Box. */
  othersOf(boxId: string, id: number): PairFile[] {
    return this.#db.all(`${selectFile} WHERE box_id = ? AND scan = 0 AND id <> ?`, boxId, id).map(toFile);
  }

  /** Files that are on Box as they are here, in the order of their ids. */
  syncedFiles(pairId: number, after: number, limit: number): PairFile[] {
    return this.#db
      .all(
        `${selectFile} WHERE owner_id = ? AND id > ? AND box_id IS NOT NULL AND scan = 0
           AND outcome IN ('sent', 'adopted', 'unchanged') ORDER BY id LIMIT ?`,
        pairId,
        after,
        limit,
      )
      .map(toFile);
  }

  /** Files of a pair on Box with their facts, for looking whether a folder is the same under another device. */
  sample(pairId: number, limit: number): PairFile[] {
    return this.#db
      .all(
        `${selectFile} WHERE folder_id IN (SELECT id FROM folder WHERE owner_id = ? AND state = 'planned')
         AND outcome IN ('sent', 'adopted', 'unchanged') LIMIT ?`,
        pairId,
        limit,
      )
      .map(toFile);
  }

  /** No longer here, and not decided. */
  setGone(id: number, now: number): void {
    this.#db.run("UPDATE file SET outcome = 'gone', problem = NULL, seen_at = ? WHERE id = ?", now, id);
  }

  /** Gone, and Box's copy stays. */
  setLeft(id: number, now: number): void {
    this.#db.run("UPDATE file SET outcome = 'left', problem = NULL, seen_at = ? WHERE id = ?", now, id);
  }

  /** It is to be planned again. */
  reopen(id: number): void {
    this.#db.run("UPDATE file SET outcome = 'pending', problem = NULL WHERE id = ?", id);
  }
}

const selectFile = `SELECT id, owner_id, folder_id, name, name_raw, dev, inode, size, mtime_ns, ctime_ns, birthtime_ns, outcome,
  seen_at, sha1, sha1_facts, box_id, box_etag, box_name, box_version_id, box_sha1, relocate FROM file`;

function toFile(row: Row): PairFile {
  const inode = row['inode'] as string | null;
  const sha1 = row['sha1'] as string | null;
  const isSynced = sha1 !== null && sha1 === row['box_sha1'];
  return {
    id: Number(row['id']),
    pairId: Number(row['owner_id']),
    folderId: Number(row['folder_id']),
    name: row['name'] as string,
    nameRaw: row['name_raw'] as Uint8Array | null,
    facts:
      inode === null
        ? null
        : {
            dev: row['dev'] as string,
            inode,
            sizeBytes: Number(row['size']),
            mtimeNs: row['mtime_ns'] as string,
            ctimeNs: row['ctime_ns'] as string,
            birthtimeNs: row['birthtime_ns'] as string | null,
          },
    outcome: row['outcome'] as FileOutcome,
    seenAt: Number(row['seen_at']),
    syncedSha1: isSynced ? sha1 : null,
    syncedFacts: isSynced ? (row['sha1_facts'] as string) : null,
    sha1,
    sha1Facts: row['sha1_facts'] as string | null,
    boxId: row['box_id'] as string | null,
    boxEtag: row['box_etag'] as string | null,
    boxName: row['box_name'] as string | null,
    boxVersionId: row['box_version_id'] as string | null,
    boxSha1: row['box_sha1'] as string | null,
    isMoving: row['relocate'] === 1,
  };
}
