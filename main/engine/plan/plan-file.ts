import { nameProblem } from '../../../shared/box-names.ts';
import type { IfExists } from '../../../shared/model.ts';
import type { ProblemCode } from '../../../shared/problem-table.ts';
import type { TransferKind } from '../../../shared/model.ts';
import type { BoxCopy } from '../ledger/files.ts';
import { factsKey, sameRevision, type LedgerFacts } from '../ledger/facts.ts';
import type { Base } from '../ledger/transfers.ts';

/** SHA-1 of no bytes: an empty file is compared without being read. */
export const emptySha1 = 'da39a3ee5e6b4b0d3255bfef95601890afd80709';

/** What stands on Box under the name of a file, or is bound to it. */
export type BoxEntry =
  | {
      type: 'file';
      id: string;
      name: string;
      etag: string | null;
      sha1: string | null;
      sizeBytes: number | null;
      versionId: string | null;
    }
  | { type: 'folder' | 'web_link'; id: string; name: string };

/** A transfer of the file that has not ended. */
export interface LiveTransfer {
  id: number;
  kind: TransferKind;
  facts: LedgerFacts;
  intendedSha1: string | null;
  base: Base | null;
  name: string;
  parentBoxId: string;
}

export interface FileFacts {
  name: string;
  facts: LedgerFacts;
  /** A digest, and the facts under which it holds. */
  digest: { sha1: string; factsKey: string } | null;
  /** What the ledger says Box holds for this very file. */
  bound: BoxCopy | null;
  live: LiveTransfer | null;
  /** In the listing of now: the bound file, or else what stands under the name. */
  onBox: BoxEntry | null;
  /** The folder on Box that it goes to. */
  parentBoxId: string;
  /** Another local name with the same key goes up in its stead. */
  twinOf: string | null;
  policy: IfExists;
  /** Makes the name of a copy. */
  copyName: () => string;
}

export type FilePlan =
  /** Box has it, and the ledger knows. */
  | { do: 'unchanged'; onBox: FileOnBox }
  /** Box has the same content: nothing is sent. */
  | { do: 'adopt'; sha1: string; onBox: FileOnBox }
  /** Same size, digest not known: read it and compare. */
  | { do: 'check'; base: FileOnBox; supersedes: number | null }
  | { do: 'send'; name: string; base: Base | null; supersedes: number | null }
  /** A transfer of the same revision to the same place is there already. */
  | { do: 'continue'; transferId: number; base: Base | null }
  /** What a transfer was sending has arrived, though its answer was lost; then plan again. */
  | { do: 'finish'; transferId: number; sha1: string; onBox: FileOnBox }
  /** A commit was sent and its outcome is not known: that comes first, whatever the file is now. */
  | { do: 'settle-commit'; transferId: number }
  /** Box has other content and is to keep it. */
  | { do: 'keep'; onBox: FileOnBox; supersedes: number | null }
  | { do: 'fail'; code: ProblemCode; detail: string; supersedes: number | null };

export type FileOnBox = Extract<BoxEntry, { type: 'file' }>;

/** Whether a commit of the transfer was sent whose outcome is not known. A direct upload's is seen by looking at the folder. */
export function outcomeUnknown(transfer: Pick<LiveTransfer, 'kind' | 'intendedSha1'>): boolean {
  return transfer.kind === 'session' && transfer.intendedSha1 !== null;
}

/** Decides what happens to one file. Pure: the same facts, the same plan. */
export function planFile(file: FileFacts): FilePlan {
  const { live, onBox } = file;
  if (live && onBox?.type === 'file' && live.intendedSha1 !== null && live.intendedSha1 === onBox.sha1) {
    return { do: 'finish', transferId: live.id, sha1: live.intendedSha1, onBox };
  }
  if (live && outcomeUnknown(live)) return { do: 'settle-commit', transferId: live.id };

  const supersedes = live?.id ?? null;
  if (file.twinOf !== null) {
    return { do: 'fail', code: 'name.twins', detail: `"${file.twinOf}" goes up in its place`, supersedes };
  }
  const badName = nameProblem(file.name);
  if (badName) return { do: 'fail', code: badName, detail: '', supersedes };
  if (onBox && onBox.type !== 'file') {
    const what = onBox.type === 'folder' ? 'a folder' : 'a bookmark';
    return { do: 'fail', code: 'name.taken-by-folder', detail: `${what} "${onBox.name}" stands on Box`, supersedes };
  }
  if (!onBox) return sendTo(file, file.name, null);
  return planAgainst(file, onBox);
}

function planAgainst(file: FileFacts, onBox: FileOnBox): FilePlan {
  const supersedes = file.live?.id ?? null;
  const sha1 = knownDigest(file);
  if (sha1 !== null && sha1 === onBox.sha1) {
    const known = file.bound?.fileId === onBox.id && file.bound.sha1 === sha1;
    return known ? { do: 'unchanged', onBox } : { do: 'adopt', sha1, onBox };
  }
  const mayBeEqual = sha1 === null && (onBox.sizeBytes === null || onBox.sizeBytes === file.facts.sizeBytes);
  if (mayBeEqual) {
    const fits = file.live?.base?.fileId === onBox.id && sameRevision(file.live.facts, file.facts);
    return fits ? continueWith(file.live!, baseOf(onBox)) : { do: 'check', base: onBox, supersedes };
  }
  if (file.policy === 'skip') return { do: 'keep', onBox, supersedes };
  // Our own copy, untouched since: the next state of the file is its next version and no further copy.
  const ours = file.bound?.fileId === onBox.id && file.bound.sha1 === onBox.sha1;
  if (file.policy === 'version' || ours) return sendTo(file, onBox.name, baseOf(onBox));
  return sendTo(file, file.live && isCopy(file.live, file) ? file.live.name : file.copyName(), null);
}

/** Sends, or goes on with a transfer that already sends this revision to that place. */
function sendTo(file: FileFacts, name: string, base: Base | null): FilePlan {
  const { live } = file;
  const fits =
    live &&
    sameRevision(live.facts, file.facts) &&
    live.parentBoxId === file.parentBoxId &&
    (live.base?.fileId ?? null) === (base?.fileId ?? null) &&
    (base !== null || live.name === name);
  if (fits) return continueWith(live, base);
  return { do: 'send', name, base, supersedes: live?.id ?? null };
}

/** A copy keeps the name that it was given when it was first planned. */
function isCopy(live: LiveTransfer, file: FileFacts): boolean {
  return live.base === null && live.name !== file.name;
}

function continueWith(live: LiveTransfer, base: Base | null): FilePlan {
  return { do: 'continue', transferId: live.id, base };
}

function knownDigest(file: FileFacts): string | null {
  if (file.facts.sizeBytes === 0) return emptySha1;
  return file.digest?.factsKey === factsKey(file.facts) ? file.digest.sha1 : null;
}

/** The version that a new one replaces. */
export function baseOf(onBox: FileOnBox): Base {
  return { fileId: onBox.id, etag: onBox.etag, sha1: onBox.sha1 };
}
