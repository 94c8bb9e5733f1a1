import type { FileAttributes } from '../../box/file-attributes.ts';
import type { LedgerFacts } from '../ledger/facts.ts';

/** The file's times as Box stores them. A file system that keeps no birth time leaves the older of the two others. */
export function attributesOf(facts: LedgerFacts): FileAttributes {
  const modified = dateOf(facts.mtimeNs);
  const born = facts.birthtimeNs === null ? modified : dateOf(facts.birthtimeNs);
  // A copied file is born after its last change; content is never created after it was modified.
  return { contentCreatedAt: born < modified ? born : modified, contentModifiedAt: modified };
}

function dateOf(ns: string): Date {
  return new Date(Number(BigInt(ns) / 1_000_000n));
}
