// Rows as the schema types them. Times are seconds since 1970.
export type ItemKind = 'file' | 'folder';

export interface Item {
  id: number;
  kind: ItemKind;
  parent: number | null;
  name: string;
  name_key: string;
  local_name: string;
  etag: number;
  size: number;
  sha1: string | null;
  version_id: number | null;
  version_number: number;
  description: string;
  created_at: number;
  modified_at: number;
  content_created_at: number;
  content_modified_at: number;
  version_created_at: number;
  trashed_at: number | null;
}

export interface Version {
  id: number;
  item: number;
  number: number;
  name: string;
  size: number;
  sha1: string;
  created_at: number;
  modified_at: number;
}
