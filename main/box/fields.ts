/** What Boxcar reads of a file. With `fields`, Box returns only its mini form and what is named. */
export const fileFields = [
  'type',
  'id',
  'etag',
  'name',
  'size',
  'sha1',
  'parent',
  'file_version',
  'item_status',
  'created_at',
  'modified_at',
  'modified_by',
  'content_created_at',
  'content_modified_at',
  'trashed_at',
] as const;

/** What Boxcar reads of a folder. */
export const folderFields = [
  'type',
  'id',
  'etag',
  'name',
  'parent',
  'item_status',
  'permissions',
  'created_at',
  'modified_at',
  'content_created_at',
  'content_modified_at',
  'trashed_at',
] as const;

/** The same, and the folders that it is in. */
export const folderPathFields = [...folderFields, 'path_collection'] as const;

/** What Boxcar reads of the items of a folder. */
export const itemFields = [
  'type',
  'id',
  'name',
  'etag',
  'sha1',
  'size',
  'file_version',
  'modified_at',
  'content_created_at',
  'content_modified_at',
] as const;

/** The `fields` parameter: what the caller asks for, or else what Boxcar reads. */
export function fieldsQuery(asked: readonly string[] | undefined, usual: readonly string[]): { fields: string } {
  return { fields: (asked ?? usual).join(',') };
}
