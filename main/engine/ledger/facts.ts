import { z } from 'zod';

/** What the file system says of a file. Decimal text where numbers pass 2^53. */
export const localFactsSchema = z.object({
  dev: z.string(),
  inode: z.string(),
  sizeBytes: z.number(),
  mtimeNs: z.string(),
  ctimeNs: z.string(),
  birthtimeNs: z.string().nullable(),
});
export type LedgerFacts = z.infer<typeof localFactsSchema>;

/** One text of the facts under which a digest holds: equal text, equal content, no new hash. */
export function factsKey(facts: LedgerFacts): string {
  return `${facts.dev}:${facts.inode}:${facts.sizeBytes}:${facts.mtimeNs}:${facts.ctimeNs}`;
}

/** Whether two looks show one revision: size and mtime decide; inode and ctime only ask for the bytes to be compared. */
export function sameRevision(a: LedgerFacts, b: LedgerFacts): boolean {
  return a.sizeBytes === b.sizeBytes && a.mtimeNs === b.mtimeNs;
}

/** The size in a text that `factsKey` made. */
export function sizeOfKey(key: string): number {
  return Number(key.split(':')[2]);
}

/** What a file was under a text that `factsKey` made; a birth time does not stand in it. */
export function identityOfKey(key: string): { dev: string; inode: string; sizeBytes: number; mtimeNs: string } {
  const [dev = '', inode = '', size, mtimeNs = ''] = key.split(':');
  return { dev, inode, sizeBytes: Number(size), mtimeNs };
}

/**
 * What becomes of an entry that has a problem. One that could not be looked at may well be a regular file: it has failed, and
 * is not passed over like a link or a socket.
 */
export function troubledOutcome({ kind, facts }: { kind: string; facts: unknown }): 'failed' | 'special' {
  return kind === 'file' || (kind === 'unknown' && facts === null) ? 'failed' : 'special';
}
