import { z } from 'zod';
import { questionKinds, type Answer, type Question, type QuestionKind } from '../../../shared/pair-model.ts';
import type { Database, Row } from './database.ts';

/** What an answer needs, by kind. */
const detailSchema = z.object({
  /** conflict: the file on Box that was left as it is, and the name that ours got. */
  originalId: z.string().optional(),
  copyName: z.string().optional(),
  /** removed-on-box: what was removed, and by whom where that is known. */
  boxId: z.string().optional(),
  by: z.string().optional(),
  /** name: what is proposed. */
  proposal: z.string().optional(),
  /** root: which folder stands there now, and whether it is the emptiness that is asked about. */
  dev: z.string().optional(),
  inode: z.string().optional(),
  isEmpty: z.boolean().optional(),
});
export type QuestionDetail = z.infer<typeof detailSchema>;

export interface QuestionRow {
  id: number;
  ownerId: number;
  kind: QuestionKind;
  fileId: number | null;
  folderId: number | null;
  path: string;
  text: string;
  detail: QuestionDetail;
  askedAt: number;
}

export type NewQuestion = Omit<QuestionRow, 'id' | 'askedAt'>;

/** What people are asked. Every method that writes is called within a transaction. */
export class QuestionStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Asks, unless the same is asked already: then text and detail are renewed. Returns the question, and whether it is new. */
  ask(question: NewQuestion, now: number): { question: QuestionRow; isNew: boolean } {
    const { ownerId, kind, fileId, folderId, path, text, detail } = question;
    const known = this.#db.get(
      `SELECT id FROM question WHERE owner_id = ? AND kind = ? AND ifnull(file_id, 0) = ? AND ifnull(folder_id, 0) = ?
         AND answer IS NULL`,
      ownerId,
      kind,
      fileId ?? 0,
      folderId ?? 0,
    );
    const details = JSON.stringify(detail);
    if (known) {
      const id = Number(known['id']);
      this.#db.run('UPDATE question SET path = ?, text = ?, detail = ? WHERE id = ?', path, text, details, id);
      return { question: this.get(id)!, isNew: false };
    }
    const { id } = this.#db.run(
      'INSERT INTO question (owner_id, kind, file_id, folder_id, path, text, detail, asked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      ownerId,
      kind,
      fileId,
      folderId,
      path,
      text,
      details,
      now,
    );
    return { question: { ...question, id, askedAt: now }, isNew: true };
  }

  /** An open question. */
  get(id: number): QuestionRow | undefined {
    const row = this.#db.get(`${select} WHERE id = ? AND answer IS NULL`, id);
    return row && toQuestion(row);
  }

  /** The open question of a kind about a file. */
  aboutFile(kind: QuestionKind, fileId: number): QuestionRow | undefined {
    const row = this.#db.get(`${select} WHERE file_id = ? AND kind = ? AND answer IS NULL`, fileId, kind);
    return row && toQuestion(row);
  }

  /** What a person last answered to a question about a file. */
  answerAbout(fileId: number): { kind: QuestionKind; answer: Answer } | undefined {
    const row = this.#db.get(
      'SELECT kind, answer FROM question WHERE file_id = ? AND answer IS NOT NULL ORDER BY answered_at DESC, id DESC LIMIT 1',
      fileId,
    );
    return row && { kind: row['kind'] as QuestionKind, answer: row['answer'] as Answer };
  }

  /** Whether a person has said that a file or folder with such a name is to be left out. */
  isLeftOut(about: 'file' | 'folder', id: number, path: string): boolean {
    const row = this.#db.get(
      `SELECT 1 FROM question WHERE ${about}_id = ? AND path = ? AND kind = 'name' AND answer = 'skip'`,
      id,
      path,
    );
    return row !== undefined;
  }

  /** Whether something is asked about a folder. */
  isOpen(kind: QuestionKind, about: { ownerId: number; folderId: number }): boolean {
    const row = this.#db.get(
      'SELECT 1 FROM question WHERE owner_id = ? AND kind = ? AND ifnull(file_id, 0) = 0 AND ifnull(folder_id, 0) = ? AND answer IS NULL',
      about.ownerId,
      kind,
      about.folderId,
    );
    return row !== undefined;
  }

  /** Open questions in the order they were asked. */
  open(query: { ownerId: number | null; after: number; limit: number }): QuestionRow[] {
    return this.#db
      .all(
        `${select} WHERE answer IS NULL AND id > ?1 AND (?2 IS NULL OR owner_id = ?2) ORDER BY id LIMIT ?3`,
        query.after,
        query.ownerId,
        query.limit,
      )
      .map(toQuestion);
  }

  count(ownerId: number): number {
    const row = this.#db.get(
      'SELECT count(*) AS questions FROM question WHERE owner_id = ? AND answer IS NULL',
      ownerId,
    );
    return Number(row!['questions']);
  }

  answer(id: number, answer: Answer, now: number): void {
    this.#db.run('UPDATE question SET answer = ?, answered_at = ? WHERE id = ?', answer, now, id);
  }

  /** What was asked no longer stands: the thing is gone, or has settled itself. */
  withdraw(kind: QuestionKind, about: { ownerId: number; fileId?: number; folderId?: number }): void {
    this.#db.run(
      `DELETE FROM question WHERE owner_id = ? AND kind = ? AND ifnull(file_id, 0) = ? AND ifnull(folder_id, 0) = ?
         AND answer IS NULL`,
      about.ownerId,
      kind,
      about.fileId ?? 0,
      about.folderId ?? 0,
    );
  }
}

/** A question as people see it. */
export function shownQuestion({ id, ownerId, kind, path, text, askedAt }: QuestionRow): Question {
  return { id, pairId: ownerId, kind, path, text, answers: [...questionKinds[kind]], askedAt };
}

const select = 'SELECT id, owner_id, kind, file_id, folder_id, path, text, detail, asked_at FROM question';

function toQuestion(row: Row): QuestionRow {
  return {
    id: Number(row['id']),
    ownerId: Number(row['owner_id']),
    kind: row['kind'] as QuestionKind,
    fileId: row['file_id'] === null ? null : Number(row['file_id']),
    folderId: row['folder_id'] === null ? null : Number(row['folder_id']),
    path: row['path'] as string,
    text: row['text'] as string,
    detail: detailSchema.parse(JSON.parse(row['detail'] as string)),
    askedAt: Number(row['asked_at']),
  };
}
