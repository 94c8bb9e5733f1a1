import { nameProblem } from '../../../shared/box-names.ts';
import { CallError } from '../../../shared/call-error.ts';
import { ProblemError } from '../../../shared/problem-error.ts';
import type { BoxConnection } from '../../box/connection.ts';
import { ensureFolder, getFolder } from '../../box/folders.ts';

/** How a target is written: a folder id, or a path from the root of the account. Rejects anything else as `usage`. */
export function parseTargetFolder(text: string): { id: string } | { names: string[] } {
  if (/^\d+$/.test(text)) return { id: text };
  if (!text.startsWith('/')) {
    throw new CallError(
      'usage',
      `"${text}" is neither a folder id nor a path on Box, which begins with a slash: /${text}`,
    );
  }
  const names = text.split('/').filter((name) => name !== '');
  const bad = names.find((name) => nameProblem(name) !== undefined);
  if (bad !== undefined) throw new CallError('usage', `"${bad}" in "${text}" is no name that Box takes for a folder.`);
  return { names };
}

/** The id of the target folder; of a path, what is missing is made. Rejects with a BoxError whose item is the target. */
export async function resolveTarget(connection: BoxConnection, text: string, signal: AbortSignal): Promise<string> {
  const target = parseTargetFolder(text);
  if ('id' in target) {
    const folder = await getFolder(connection, target.id, { signal });
    if (folder.itemStatus === 'trashed') {
      throw new ProblemError({
        code: 'target.trashed',
        operation: 'find target folder',
        item: text,
        detail: `the folder "${folder.name}" is in the trash`,
        at: Date.now(),
      });
    }
    return folder.id;
  }
  let parentId = '0';
  for (const name of target.names) {
    const { folder } = await ensureFolder(connection, { parentId, name }, { signal });
    parentId = folder.id;
  }
  return parentId;
}
