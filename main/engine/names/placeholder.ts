import type { NamedEntry } from './model.ts';

interface Stub {
  name: RegExp;
  /** What a stub is at most: a file of that name with content is a file. */
  longestBytes: number;
  client: string;
}

/**
 * Files that stand for a file elsewhere. Nextcloud and ownCloud write one byte (`vfs/suffix`), odrive none; iCloud's (before
 * macOS Sonoma) is a property list of some 200 bytes, named `.report.pdf.icloud`.
 */
const stubs: readonly Stub[] = [
  { name: /.\.nextcloud$/i, longestBytes: 1, client: 'Nextcloud' },
  { name: /.\.owncloud$/i, longestBytes: 1, client: 'ownCloud' },
  { name: /.\.cloudf?$/i, longestBytes: 0, client: 'odrive' },
  { name: /^\..+\.icloud$/i, longestBytes: 4096, client: 'iCloud' },
];

/**
 * Why an entry looks like a placeholder of another cloud client, or null. A stub is no content, and reading a file that only
 * looks like itself would download it; so neither goes up by itself.
 */
export function placeholderDetail({ name, kind, facts, isHollow }: NamedEntry): string | null {
  if (kind !== 'file' || !facts) return null;
  const stub = stubs.find((known) => known.name.test(name) && facts.sizeBytes <= known.longestBytes);
  if (stub) return `a placeholder of ${stub.client}; download it there to have it uploaded`;
  return isHollow ? 'its content seems not to be on this disk; make it available offline to have it uploaded' : null;
}
