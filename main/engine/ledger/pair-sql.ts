// Pieces of SQL that the stores of pairs share.

/** A folder and all below it, for one id. */
export const below = `WITH RECURSIVE below (id) AS (
  VALUES (?) UNION ALL SELECT folder.id FROM folder JOIN below ON folder.parent_id = below.id)`;

/** One text for a name: by its bytes where it is not valid UTF-8. A name holds no NUL. */
export function nameKey(name: string, raw: Uint8Array | null): string {
  return raw ? `${name}\0${Buffer.from(raw).toString('hex')}` : name;
}
