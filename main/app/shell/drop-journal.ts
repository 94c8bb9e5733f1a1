import { appendFileSync, closeSync, fdatasyncSync, openSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { ifExistsSchema } from '../../../shared/model.ts';

const uploadSchema = z.object({
  accountId: z.string(),
  paths: z.array(z.string()),
  target: z.string(),
  ifExists: ifExistsSchema,
});
/** Where a drop goes. */
export type DropUpload = z.infer<typeof uploadSchema>;

const entrySchema = z.discriminatedUnion('entry', [
  z.object({ entry: z.literal('begin'), files: z.int(), bytes: z.number(), owner: z.string() }),
  /** Its bytes begin to arrive; it has arrived when it stands under its name. */
  z.object({ entry: z.literal('file'), path: z.string() }),
  /** Null: it was refused, and goes nowhere yet. */
  z.object({ entry: z.literal('upload'), upload: uploadSchema.nullable() }),
  z.object({ entry: z.literal('job'), jobId: z.int() }),
  z.object({ entry: z.literal('dismissed') }),
]);
type Entry = z.infer<typeof entrySchema>;

/** What is written down of one drop, so that a crash at any moment loses no name. */
export interface DropRecord {
  files: number;
  bytes: number;
  /** The mark of the process that takes it. */
  owner: string;
  /** Paths whose bytes began to arrive. */
  begun: Set<string>;
  upload: DropUpload | undefined;
  jobId: number | undefined;
  /** A person has read what was lost of it. */
  isDismissed: boolean;
}

/** Adds a line; `durable`: it is on the disk when this returns. */
export function appendToJournal(path: string, entry: Entry, durable: boolean): void {
  const file = openSync(path, 'a', 0o600);
  try {
    // From a new line on: the last one may have been torn by a crash or a full disk.
    appendFileSync(file, `\n${JSON.stringify(entry)}\n`);
    if (durable) fdatasyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Reads a journal back; undefined where there is none that begins. A line that was torn by a crash counts as not written. */
export function readJournal(path: string): DropRecord | undefined {
  let record: DropRecord | undefined;
  for (const line of linesOf(path)) {
    const parsed = entrySchema.safeParse(line);
    if (!parsed.success) continue;
    const entry = parsed.data;
    if (entry.entry === 'begin') {
      const { files, bytes, owner } = entry;
      record = { files, bytes, owner, begun: new Set(), upload: undefined, jobId: undefined, isDismissed: false };
    } else if (entry.entry === 'file') record?.begun.add(entry.path);
    else if (!record) continue;
    else if (entry.entry === 'upload') record.upload = entry.upload ?? undefined;
    else if (entry.entry === 'job') record.jobId = entry.jobId;
    else record.isDismissed = true;
  }
  return record;
}

function linesOf(path: string): unknown[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return [];
  }
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as unknown];
    } catch {
      return [];
    }
  });
}
