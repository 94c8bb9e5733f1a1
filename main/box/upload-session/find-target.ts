import { BoxError } from '../box-error.ts';
import { getFile } from '../files.ts';
import { itemNamed } from '../folders.ts';
import { preflight } from '../preflight.ts';
import type { BoxFile } from '../schema/items.ts';
import { callOptions, type UploadRun } from './upload-run.ts';

type TargetCall = Pick<UploadRun, 'connection' | 'target' | 'signal' | 'headers'>;

/** The file that stands where the upload goes: by its id, or by parent and name. Undefined when there is none (or it is trashed). */
export async function findTarget(run: TargetCall): Promise<BoxFile | undefined> {
  const { target } = run;
  const id = target.kind === 'version' ? target.fileId : await idByName(run, target);
  if (id === undefined) return undefined;
  try {
    return await getFile(run.connection, id, callOptions(run));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/**
 * By the conflict that a preflight tells (one call, whatever the size of the folder; without a size Box looks at the name
 * alone, as rclone does). Where it answers in another way, the folder is listed.
 */
async function idByName(run: TargetCall, place: { parentId: string; name: string }): Promise<string | undefined> {
  try {
    await preflight(run.connection, { parentId: place.parentId, name: place.name }, callOptions(run));
    return undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    if (!(error instanceof BoxError) || !error.isOfItem) throw error;
    const standing = error.conflicts[0];
    if (standing) return standing.type === 'file' ? standing.id : undefined;
    const item = await itemNamed(run.connection, place, callOptions(run));
    return item?.type === 'file' ? item.id : undefined;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof BoxError && ['target.not-found', 'target.trashed'].includes(error.problem.code);
}
