import type { Clock } from '../../platform/clock.ts';
import type { BoxConnection } from '../connection.ts';
import type { FileAttributes } from '../file-attributes.ts';
import type { BoxFile } from '../schema/items.ts';
import type { SessionRecord, UploadJournal, UploadMemory } from './journal.ts';
import type { PartSource } from './part-source.ts';
import type { UploadControl } from './control.ts';

/** Where the file goes: a new one into a folder, or a new version of one that Box has. */
export type UploadTarget =
  | { kind: 'new'; parentId: string; name: string }
  | {
      kind: 'version';
      fileId: string;
      /** Renames the file with the new version. */
      name?: string | undefined;
      /** The etag that the caller has read: the commit fails when the file has another by then. */
      ifMatch?: string | undefined;
      /** Hex SHA-1 of the version that the caller knows. When only the etag moved (a rename), the commit takes the new one. */
      baseSha1?: string | undefined;
    };

/** Global slots: a part is sent while it holds one. */
export interface PartGate {
  /** Resolves with the function that frees the slot. */
  acquire(sizeBytes: number, signal: AbortSignal): Promise<() => void>;
}

/** How long and how often; the defaults are in `limits.ts`. */
export interface UploadLimits {
  /** Consecutive failures of one part before the upload fails. */
  partAttempts: number;
  /** How often a part is read again when Box got other bytes than were digested. */
  digestRetries: number;
  backoffBaseMs: number;
  backoffMaxMs: number;
  /** How long Box may go on answering that the parts are still processed. */
  commitTimeoutMs: number;
  /** First wait after a 202 without Retry-After; grows to ten times that. */
  commitPollMs: number;
  /** How often "a part is missing" at commit is taken for Box's delay before the parts are compared. */
  commitPartsTries: number;
  /** Sessions opened for one upload before it fails. */
  sessions: number;
}

export interface SessionUploadOptions {
  connection: BoxConnection;
  target: UploadTarget;
  source: PartSource;
  journal: UploadJournal;
  /** What an earlier run left; without it a session is created. */
  memory?: UploadMemory | undefined;
  attributes?: FileAttributes | undefined;
  /** 3 to 5 is what Box recommends; default 4. */
  parallelParts?: number | undefined;
  /** The most bytes of parts that are digested or sent and not yet released, for sources that keep them; at least one part. */
  maxHeldBytes?: number | undefined;
  partGate?: PartGate | undefined;
  control?: UploadControl | undefined;
  clock: Clock;
  limits?: Partial<UploadLimits> | undefined;
  /** Sent with every call: `As-User`, … */
  headers?: Readonly<Record<string, string>> | undefined;
  signal: AbortSignal;
}

export interface SessionUploadResult {
  file: BoxFile;
  /** Hex, of the whole content: here and on Box. */
  sha1: string;
  /** Absent when the file was found on Box before any session was open. */
  session: SessionRecord | undefined;
}
