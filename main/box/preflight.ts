import { z } from 'zod';
import type { CallOptions } from './call.ts';
import type { BoxConnection } from './connection.ts';
import { callBox } from './operation.ts';
import { absent } from './schema/scalars.ts';

/** A new file's place, or the file that gets a version. Without a size Box only looks at the name. */
export type PreflightTarget =
  | { parentId: string; name: string; sizeBytes?: number | undefined }
  | { fileId: string; name?: string | undefined; sizeBytes?: number | undefined };

const schema = z
  .object({ upload_url: absent(z.string()) })
  .transform((answer) => ({ uploadUrl: answer.upload_url }))
  .catch({ uploadUrl: undefined });

/**
 * Asks whether Box would take an upload: permission, name, size, quota. `uploadUrl` is where to send it, when given. A
 * taken name is `name.taken` with `conflicts` (id and sha1 of what stands there). No promise: the name is not reserved.
 */
export function preflight(
  connection: BoxConnection,
  target: PreflightTarget,
  options: Omit<CallOptions, 'fields'>,
): Promise<{ uploadUrl: string | undefined }> {
  const path = 'fileId' in target ? `/files/${encodeURIComponent(target.fileId)}/content` : '/files/content';
  const parent = 'parentId' in target ? { id: target.parentId } : undefined;
  return callBox(
    connection,
    {
      operation: 'preflight',
      area: 'upload',
      item: target.name,
      method: 'OPTIONS',
      url: `${connection.endpoints.api}${path}`,
      headers: options.headers,
      body: { json: { name: target.name, parent, size: target.sizeBytes } },
      retry: 'repeat',
      signal: options.signal,
    },
    schema,
  );
}
