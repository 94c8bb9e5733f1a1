import type { ProblemCode } from '../../../shared/problem-table.ts';
import type { EntryKind } from '../scan/model.ts';

/** Where a link leads. */
export type LinkTarget = 'file' | 'folder' | 'missing' | 'loop';

/** What the doctor has to know of an entry of a folder; a `ScannedEntry` is one. */
export interface NamedEntry {
  name: string;
  /** The bytes of a name that is not UTF-8: `name` is then its printable stand-in, under which it goes up. */
  rawName: Uint8Array | null;
  kind: EntryKind;
  facts: { sizeBytes: number } | null;
  problem: { code: ProblemCode } | null;
  isHollow?: true;
  /** Only of links, where it was looked up (`lookUpLink`). */
  linkTarget?: LinkTarget;
}

export type FindingKind =
  'case-twins' | 'unicode-twins' | 'refused' | 'too-long' | 'link' | 'loop' | 'special' | 'placeholder';

/** What would settle it; applied item by item when somebody says so. */
export type Proposal = { do: 'rename'; to: string } | { do: 'skip' };

export interface Finding {
  /** For people. */
  path: string;
  kind: FindingKind;
  /** Why, in a sentence without a full stop. */
  detail: string;
  proposal: Proposal;
}
