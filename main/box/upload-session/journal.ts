import type { Problem } from '../../../shared/problem.ts';
import type { PartOrigin } from '../../../shared/transfer-state.ts';
import type { PartRange } from './part-source.ts';

/** What must be remembered to go on with a session after any crash. Endpoints are used exactly as Box gave them. */
export interface SessionRecord {
  id: string;
  partSizeBytes: number;
  totalParts: number;
  expiresAt: string;
  endpoints: {
    uploadPart: string;
    commit: string;
    abort: string;
    listParts: string;
    status: string;
    logEvent?: string | undefined;
  };
  /** True when this upload created it. One adopted from a `session_conflict` is never aborted. */
  ours: boolean;
}

/** A part that Box has acknowledged, with what the commit needs. */
export interface SentPart extends PartRange {
  partId: string;
  /** Hex. */
  sha1: string;
  origin: PartOrigin;
}

/** What an earlier run left: the session and the parts whose answers were stored. */
export interface UploadMemory {
  session: SessionRecord;
  parts: readonly SentPart[];
  /** Set when the commit was sent and its outcome is not known: the whole file's SHA-1 that was intended. */
  committingSha1?: string | undefined;
}

/** Told before and after each outside effect; the upload goes on when the promise has resolved, so a row is there first. */
export interface UploadJournal {
  sessionOpening(): Promise<void>;
  /** Also called when a session is replaced: everything known of the old one (parts, endpoints) is void from here on. */
  sessionOpened(session: SessionRecord): Promise<void>;
  partHashing(range: PartRange): void;
  /** Before each PUT; attempt counts from 1. */
  partSending(range: PartRange, sha1: string, attempt: number): Promise<void>;
  /** Bytes handed to the connection so far; runs ahead of the wire by the socket's buffers. */
  partProgress(range: PartRange, sentBytes: number): void;
  /** The answer is stored before the part's slot is freed: beyond 10,000 parts Box's list does not reach. */
  partDone(part: SentPart): Promise<void>;
  /** `unsure`: the list of parts is asked next; `waiting`: it is sent again after delayMs; `pending`: at once or never. */
  partFailed(range: PartRange, problem: Problem, next: 'unsure' | 'waiting' | 'pending', delayMs: number): void;
  committing(sha1: string): Promise<void>;
  /** Box answered 202: so many parts are processed, and it is asked again after delayMs. */
  commitPending(processedParts: number, totalParts: number, delayMs: number): void;
}

/** A journal that remembers nothing: for uploads of a stream, which can't be resumed. */
export const noJournal: UploadJournal = {
  sessionOpening: () => Promise.resolve(),
  sessionOpened: () => Promise.resolve(),
  partHashing: () => undefined,
  partSending: () => Promise.resolve(),
  partProgress: () => undefined,
  partDone: () => Promise.resolve(),
  partFailed: () => undefined,
  committing: () => Promise.resolve(),
  commitPending: () => undefined,
};
