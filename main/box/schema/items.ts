import { z } from 'zod';
import { absent, boxNumber, boxText } from './scalars.ts';

const parent = absent(z.object({ id: boxText, name: z.string().nullish() }).transform((value) => value.id));
const person = absent(
  z
    .object({ id: absent(boxText), name: absent(z.string()), login: absent(z.string()) })
    .transform(({ id, name, login }) => ({ id, name, login })),
);

const shared = {
  id: boxText,
  name: absent(z.string()),
  etag: absent(boxText),
  parent,
  item_status: absent(z.string()),
  created_at: absent(z.string()),
  modified_at: absent(z.string()),
  content_created_at: absent(z.string()),
  content_modified_at: absent(z.string()),
  trashed_at: absent(z.string()),
  modified_by: person,
};

/** A file of Box, in its own terms; what was not asked for with `fields` is absent. Times are RFC 3339 with the enterprise's zone. */
export const fileSchema = z
  .object({
    type: z.literal('file'),
    ...shared,
    size: absent(boxNumber),
    sha1: absent(z.string().toLowerCase()),
    version_number: absent(boxText),
    file_version: absent(z.object({ id: boxText, sha1: z.string().nullish() })),
  })
  .transform((value) => ({
    type: value.type,
    id: value.id,
    name: value.name ?? '',
    etag: value.etag,
    sizeBytes: value.size,
    sha1: value.sha1,
    parentId: value.parent,
    versionId: value.file_version?.id,
    versionNumber: value.version_number,
    itemStatus: value.item_status,
    createdAt: value.created_at,
    modifiedAt: value.modified_at,
    contentCreatedAt: value.content_created_at,
    contentModifiedAt: value.content_modified_at,
    trashedAt: value.trashed_at,
    modifiedBy: value.modified_by,
  }));
export type BoxFile = z.infer<typeof fileSchema>;

/** A folder of Box. */
export const folderSchema = z
  .object({
    type: z.literal('folder'),
    ...shared,
    permissions: absent(z.object({ can_upload: absent(z.boolean()) })),
    path_collection: absent(z.object({ entries: z.array(z.looseObject({ id: boxText, name: absent(z.string()) })) })),
  })
  .transform((value) => ({
    type: value.type,
    id: value.id,
    name: value.name ?? '',
    etag: value.etag,
    parentId: value.parent,
    itemStatus: value.item_status,
    createdAt: value.created_at,
    modifiedAt: value.modified_at,
    contentCreatedAt: value.content_created_at,
    contentModifiedAt: value.content_modified_at,
    trashedAt: value.trashed_at,
    modifiedBy: value.modified_by,
    /** Only when `permissions` is among the fields. */
    canUpload: value.permissions?.can_upload,
    /** The folders that it is in, from the root down; only when `path_collection` is among the fields. */
    ancestorIds: value.path_collection?.entries.map(({ id }) => id),
    /** The same with their names. */
    ancestors: value.path_collection?.entries.map(({ id, name }) => ({ id, name: name ?? '' })),
  }));
export type BoxFolder = z.infer<typeof folderSchema>;

/** A bookmark: it has a name in the same space as files and folders, and nothing else that matters to an upload. */
const webLinkSchema = z
  .object({ type: z.literal('web_link'), ...shared })
  .transform((value) => ({ type: value.type, id: value.id, name: value.name ?? '', etag: value.etag }));

export const itemSchema = z.union([fileSchema, folderSchema, webLinkSchema]);
export type BoxItem = z.infer<typeof itemSchema>;

const schemas = new Map<string, z.ZodType<BoxItem>>([
  ['file', fileSchema],
  ['folder', folderSchema],
  ['web_link', webLinkSchema],
]);

/**
 * An entry of a page; undefined for a type that is not known, since Box adds some without notice. One of a known type that
 * lacks what every item has makes the page unreadable: left out, it would count as gone from Box.
 */
const pageEntry = z.looseObject({ type: z.string() }).transform((entry, context): BoxItem | undefined => {
  const parsed = schemas.get(entry.type)?.safeParse(entry);
  for (const { message, path } of parsed?.error?.issues ?? []) context.addIssue({ code: 'custom', message, path });
  return parsed?.data;
});

/** One page of a folder's items. `order` may be an object instead of a list (rclone#8776) and is not read. */
export const itemPageSchema = z
  .object({ entries: z.array(pageEntry), next_marker: absent(boxText), total_count: absent(boxNumber) })
  .transform((page) => ({
    items: page.entries.filter((item) => item !== undefined),
    entryCount: page.entries.length,
    // [Note: end of marker paging] null, "" and an absent marker all mean the end.
    nextMarker: page.next_marker === '' ? undefined : page.next_marker,
    totalCount: page.total_count,
  }));

/** The answer to an upload: a collection of one entry, or the bare file (API v2.1, as box-ui-elements found). */
export const uploadedFileSchema = z.union([
  z.object({ entries: z.tuple([fileSchema]) }).transform((collection) => collection.entries[0]),
  fileSchema,
]);

export const versionPageSchema = z
  .object({
    entries: z.array(
      z
        .object({
          id: boxText,
          sha1: absent(z.string().toLowerCase()),
          name: absent(z.string()),
          size: absent(boxNumber),
          created_at: absent(z.string()),
          modified_at: absent(z.string()),
          trashed_at: absent(z.string()),
          modified_by: person,
        })
        .transform((version) => ({
          id: version.id,
          sha1: version.sha1,
          name: version.name,
          sizeBytes: version.size,
          createdAt: version.created_at,
          modifiedAt: version.modified_at,
          trashedAt: version.trashed_at,
          modifiedBy: version.modified_by,
        })),
    ),
    total_count: absent(boxNumber),
    limit: absent(boxNumber).catch(undefined),
  })
  .transform((page) => ({ versions: page.entries, totalCount: page.total_count, limit: page.limit }));
/** An earlier version of a file; the current one is not among a file's versions. */
export type BoxFileVersion = z.infer<typeof versionPageSchema>['versions'][number];
