import { ProblemError } from '../../../shared/problem-error.ts';
import { getFile } from '../../box/files.ts';
import type { BoxFile } from '../../box/schema/items.ts';
import type { BoxConnection } from '../../box/connection.ts';
import type { BoxCopy } from '../ledger/files.ts';

/** The fields that `verifiedCopy` needs: of thousands of small files, each answer is read and checked. */
export const copyFields = ['type', 'id', 'etag', 'name', 'sha1', 'file_version'] as const;

/** What the ledger keeps of a file of Box; a digest that Box left out is asked for. Rejects with `content.digest` when it is not `sha1`. */
export async function verifiedCopy(
  connection: BoxConnection,
  file: BoxFile,
  sha1: string,
  signal: AbortSignal,
): Promise<BoxCopy> {
  const told = file.sha1 === undefined ? await getFile(connection, file.id, { signal }) : file;
  if (told.sha1 !== sha1) {
    throw new ProblemError({
      code: 'content.digest',
      operation: 'compare with Box',
      item: told.name,
      detail: `read ${sha1}, Box has ${told.sha1 ?? 'no digest'} as file ${told.id}`,
      at: Date.now(),
    });
  }
  return { fileId: told.id, name: told.name, etag: told.etag ?? null, versionId: told.versionId ?? null, sha1 };
}
