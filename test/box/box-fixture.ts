// A sandbox in this process, a connection to it over real HTTP, and a journal that keeps what it hears.
import { createHash, randomBytes } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { connectBox, type BoxConnection, type ConnectOptions } from '../../main/box/connection.ts';
import type { SentPart, SessionRecord, UploadJournal, UploadMemory } from '../../main/box/upload-session/journal.ts';
import type { SessionUploadOptions, UploadLimits } from '../../main/box/upload-session/options.ts';
import type { PartRange, PartSource } from '../../main/box/upload-session/part-source.ts';
import { systemClock } from '../../main/platform/clock.ts';
import type { Intercept } from '../../main/sandbox/http/intercept.ts';
import type { SandboxOptions } from '../../main/sandbox/options.ts';
import { startSandbox, type Sandbox } from '../../main/sandbox/server.ts';
import type { Problem } from '../../shared/problem.ts';
import { ProblemError } from '../../shared/problem-error.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

export const sha1Of = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('hex');
export const anySignal = (): AbortSignal => new AbortController().signal;
export const partSizeBytes = 16 * 1024;

/** Short waits, so that ten retries take less than a second. */
export const quick: Partial<UploadLimits> = { backoffBaseMs: 2, backoffMaxMs: 10, commitPollMs: 2 };

export interface Box {
  sandbox: Sandbox;
  connection: BoxConnection;
  options: { signal: AbortSignal };
  /** Replaces what happens to requests from now on. */
  intercept(intercept: Intercept | undefined): void;
}

/** A sandbox with parts of 16 KiB and sessions for any size. */
export async function startBox(
  sandboxOptions: Partial<SandboxOptions> = {},
  connect: Partial<ConnectOptions> = {},
): Promise<Box> {
  let current: Intercept | undefined;
  const sandbox = await startSandbox({
    root: temporaryFolder(),
    port: 0,
    partSize: partSizeBytes,
    minSessionFile: 1,
    ...sandboxOptions,
    intercept: (request) => current?.(request),
  });
  const connection = connectTo(sandbox, connect);
  onTestFinished(() => sandbox.close());
  return {
    sandbox,
    connection,
    options: { signal: anySignal() },
    intercept: (intercept) => {
      current = intercept;
    },
  };
}

export function connectTo(sandbox: Pick<Sandbox, 'ready'>, connect: Partial<ConnectOptions> = {}): BoxConnection {
  const { api, upload, auth, authorize, token } = sandbox.ready;
  const connection = connectBox({
    endpoints: { api, upload, auth, authorize },
    token: { get: () => Promise.resolve(token), renew: () => Promise.reject(signInNeeded()) },
    retries: { backoffBaseMs: 2 },
    ...connect,
  });
  onTestFinished(() => connection.dropConnections());
  return connection;
}

export function signInNeeded(): ProblemError {
  return new ProblemError({ code: 'account.sign-in', operation: 'renew', detail: '', at: 0 });
}

/** Content in memory; `bytes` may be changed under way, as a file's can. */
export class BytesSource implements PartSource {
  bytes: Buffer;
  /** Ranges that were read for sending, by index. */
  readonly reads: number[] = [];
  changed: ProblemError | undefined;

  constructor(bytes: Buffer | number) {
    this.bytes = typeof bytes === 'number' ? randomBytes(bytes) : bytes;
  }

  get sizeBytes(): number {
    return this.bytes.length;
  }

  digestOf(range: PartRange): Promise<string> {
    return Promise.resolve(sha1Of(this.#part(range)));
  }

  async *read(range: PartRange): AsyncGenerator<Uint8Array> {
    this.reads.push(range.index);
    const part = this.#part(range);
    for (let at = 0; at < part.length; at += 5000) {
      await Promise.resolve();
      yield part.subarray(at, at + 5000);
    }
  }

  release(): void {
    // nothing is kept
  }

  wholeDigest(): Promise<string> {
    return Promise.resolve(sha1Of(this.bytes));
  }

  assertUnchanged(): Promise<void> {
    return this.changed ? Promise.reject(this.changed) : Promise.resolve();
  }

  #part(range: PartRange): Buffer {
    return this.bytes.subarray(range.offset, range.offset + range.sizeBytes);
  }
}

/** Keeps what a ledger would keep, and what a screen would show. */
export class RecordingJournal implements UploadJournal {
  readonly events: string[] = [];
  readonly sends: number[] = [];
  readonly failures: { index: number; problem: Problem; next: string; delayMs: number }[] = [];
  readonly progress = new Map<number, number[]>();
  readonly commitStates: { processed: number; total: number; delayMs: number }[] = [];
  session: SessionRecord | undefined;
  parts = new Map<number, SentPart>();
  committingSha1: string | undefined;
  sessionsOpened = 0;
  onEvent: (event: string) => void = () => undefined;

  /** What the next run is given after a crash at this very moment. */
  memory(): UploadMemory | undefined {
    if (!this.session) return undefined;
    const { session, committingSha1 } = this;
    return { session, parts: [...this.parts.values()], committingSha1 };
  }

  sessionOpening(): Promise<void> {
    this.#note('opening');
    return Promise.resolve();
  }

  sessionOpened(session: SessionRecord): Promise<void> {
    this.session = session;
    this.sessionsOpened += 1;
    this.parts = new Map();
    this.committingSha1 = undefined;
    this.#note('opened');
    return Promise.resolve();
  }

  partHashing(): void {
    // not of interest
  }

  partSending(range: PartRange, _sha1: string, attempt: number): Promise<void> {
    this.sends.push(range.index);
    this.#note(`send ${range.index} #${attempt}`);
    return Promise.resolve();
  }

  partProgress(range: PartRange, sentBytes: number): void {
    const seen = this.progress.get(range.index) ?? [];
    seen.push(sentBytes);
    this.progress.set(range.index, seen);
  }

  partDone(part: SentPart): Promise<void> {
    this.parts.set(part.index, part);
    this.#note(`done ${part.index} ${part.origin}`);
    return Promise.resolve();
  }

  partFailed(range: PartRange, problem: Problem, next: string, delayMs: number): void {
    this.failures.push({ index: range.index, problem, next, delayMs });
    this.#note(`failed ${range.index} ${next}`);
  }

  committing(sha1: string): Promise<void> {
    this.committingSha1 = sha1;
    this.#note('committing');
    return Promise.resolve();
  }

  commitPending(processed: number, total: number, delayMs: number): void {
    this.commitStates.push({ processed, total, delayMs });
  }

  #note(event: string): void {
    this.events.push(event);
    this.onEvent(event);
  }
}

/** Options for an upload into the root, over a source, with short waits. */
export function uploadOptions(
  box: Pick<Box, 'connection'>,
  source: PartSource,
  journal: UploadJournal,
  more: Partial<SessionUploadOptions> = {},
): SessionUploadOptions {
  return {
    connection: box.connection,
    target: { kind: 'new', parentId: '0', name: 'data.bin' },
    source,
    journal,
    clock: systemClock,
    signal: anySignal(),
    ...more,
    limits: { ...quick, ...more.limits },
  };
}

/** The problem's code that a promise rejects with. */
export async function problemOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'none';
  } catch (error) {
    return error instanceof ProblemError ? error.problem.code : `not a problem: ${String(error)}`;
  }
}
