import { z } from 'zod';
import type { CallOptions } from './call.ts';
import type { BoxConnection } from './connection.ts';
import { callBox } from './operation.ts';
import { absent, boxNumber, boxText } from './schema/scalars.ts';

const userSchema = z
  .object({
    id: boxText,
    name: absent(z.string()),
    login: absent(z.string()),
    status: absent(z.string()),
    space_amount: absent(boxNumber),
    space_used: absent(boxNumber),
    max_upload_size: absent(boxNumber),
    enterprise: absent(z.object({ id: boxText, name: absent(z.string()) })),
  })
  .transform((user) => ({
    id: user.id,
    name: user.name ?? '',
    login: user.login ?? '',
    /** `cannot_delete_edit_upload` means that uploads will be refused. */
    status: user.status,
    /** Some accounts have 1e18. */
    spaceBytes: user.space_amount,
    spaceUsedBytes: user.space_used,
    maxUploadBytes: user.max_upload_size,
    enterpriseName: user.enterprise?.name,
  }));
/** The account that the token belongs to. */
export type BoxUser = z.infer<typeof userSchema>;

const usual = 'id,type,name,login,status,space_amount,space_used,max_upload_size,enterprise';

/** Whose token it is, how much room is left and how large a file may be. */
export function getCurrentUser(connection: BoxConnection, options: CallOptions): Promise<BoxUser> {
  return callBox(
    connection,
    {
      operation: 'get account',
      area: 'account',
      method: 'GET',
      url: `${connection.endpoints.api}/users/me`,
      query: { fields: options.fields?.join(',') ?? usual },
      headers: options.headers,
      retry: 'repeat',
      signal: options.signal,
    },
    userSchema,
  );
}
