/** Stored with a file at upload. */
export interface FileAttributes {
  contentCreatedAt?: Date | undefined;
  contentModifiedAt?: Date | undefined;
  /** At most 255 characters. */
  description?: string | undefined;
}

/**
 * A time as Box takes it: RFC 3339 in whole seconds (box-ui-elements strips the milliseconds, rclone declares 1 s), and
 * undefined for what Box refuses: 1970-01-01T00:00:00Z and before, years beyond 9999, and no time at all.
 */
export function boxTime(time: Date | undefined): string | undefined {
  const seconds = time === undefined ? Number.NaN : Math.floor(time.getTime() / 1000);
  if (!(seconds > 0) || seconds > 253_402_300_799) return undefined;
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

/** The `attributes` of an upload or a commit. */
export function attributesBody(attributes: FileAttributes | undefined): Record<string, string | undefined> {
  return {
    content_created_at: boxTime(attributes?.contentCreatedAt),
    content_modified_at: boxTime(attributes?.contentModifiedAt),
    description: attributes?.description,
  };
}
