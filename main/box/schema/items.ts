import { z } from 'zod';
import { absent, boxNumber, boxText } from './scalars.ts';

const parent = z.object({ id: boxText, name: z.string().nullish() }).transform((value) => value.id);
const person = z
  .object({ id: absent(boxText), name: absent(z.string()), login: absent(z.string()) })
  .transform(({ id, name, login }) => ({ id, name, login }));

/** Not `absent`: each answer to a small file and each entry of a listing is read by this, and a transform for each field takes half of it. */
const shared = {
  id: boxText,
  name: z.string().nullish(),
  etag: boxText.nullish(),
  parent: parent.nullish(),
  item_status: z.string().nullish(),
  created_at: z.string().nullish(),
  modified_at: z.string().nullish(),
  content_created_at: z.string().nullish(),
  content_modified_at: z.string().nullish(),
  trashed_at: z.string().nullish(),
  modified_by: person.nullish(),
};

/** A file of Box, in its own terms; what was not asked for with `fields` is absent. Times are RFC 3339 with the enterprise's zone. */
export const fileSchema = z
  .object({
    type: z.literal('file'),
    ...shared,
    size: boxNumber.nullish(),
    sha1: z.string().toLowerCase().nullish(),
    version_number: boxText.nullish(),
    file_version: z.object({ id: boxText, sha1: z.string().nullish() }).nullish(),
  })
  .transform((value) => ({
    type: value.type,
    id: value.id,
    name: value.name ?? '',
    etag: value.etag ?? undefined,
    sizeBytes: value.size ?? undefined,
    sha1: value.sha1 ?? undefined,
    parentId: value.parent ?? undefined,
    versionId: value.file_version?.id,
    versionNumber: value.version_number ?? undefined,
    itemStatus: value.item_status ?? undefined,
    createdAt: value.created_at ?? undefined,
    modifiedAt: value.modified_at ?? undefined,
    contentCreatedAt: value.content_created_at ?? undefined,
    contentModifiedAt: value.content_modified_at ?? undefined,
    trashedAt: value.trashed_at ?? undefined,
    modifiedBy: value.modified_by ?? undefined,
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
    etag: value.etag ?? undefined,
    parentId: value.parent ?? undefined,
    itemStatus: value.item_status ?? undefined,
    createdAt: value.created_at ?? undefined,
    modifiedAt: value.modified_at ?? undefined,
    contentCreatedAt: value.content_created_at ?? undefined,
    contentModifiedAt: value.content_modified_at ?? undefined,
    trashedAt: value.trashed_at ?? undefined,
    modifiedBy: value.modified_by ?? undefined,
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
  .transform((value) => ({ type: value.type, id: value.id, name: value.name ?? '', etag: value.etag ?? undefined }));

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
          modified_by: absent(person),
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
