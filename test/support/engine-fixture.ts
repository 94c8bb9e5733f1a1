// A real engine in this process over a real ledger and real files, and the sandbox it speaks to over HTTP.
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { connectBox, type BoxConnection } from '../../main/box/connection.ts';
import { fileVersions } from '../../main/box/files.ts';
import { folderItems } from '../../main/box/folders.ts';
import { createEngine, type EngineTimings } from '../../main/engine/engine.ts';
import { beginAgain } from '../../main/engine/job/begin-again.ts';
import type { WatchLink } from '../../main/engine/pair/pair-run.ts';
import { Ledger } from '../../main/engine/ledger/ledger.ts';
import { openLedgerDatabase } from '../../main/engine/ledger/open.ts';
import { systemClock, type Clock } from '../../main/platform/clock.ts';
import type { Intercept, InterceptedRequest, Interception } from '../../main/sandbox/http/intercept.ts';
import type { SandboxOptions } from '../../main/sandbox/options.ts';
import { startSandbox, type Sandbox } from '../../main/sandbox/server.ts';
import type { Handlers } from '../../shared/contract.ts';
import type { engineCommands } from '../../shared/engine-contract.ts';
import type { watchCommands } from '../../shared/pair-commands.ts';
import type { IfExists, JobState, JobSummary } from '../../shared/model.ts';
import type { Batch, JobProgress, Outcome } from '../../shared/progress-contract.ts';
import { temporaryFolder } from './temporary-folder.ts';

export const sha1Of = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('hex');
export const mebibyte = 2 ** 20;
/** The least size of a session upload. */
export const sessionMinimum = 20 * mebibyte;
const looker = 'test';

/** Content in which every block of 64 KiB differs from every other, made quickly. */
export function content(sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes, randomBytes(Math.min(sizeBytes, 65_536)));
  for (let offset = 0; offset + 4 <= sizeBytes; offset += 65_536) bytes.writeUInt32LE(offset / 65_536, offset);
  return bytes;
}

const anHourAgo = () => new Date(Math.floor(Date.now() / 1000 - 3600) * 1000);

/** Writes a file whose mtime is an hour back, so that nothing waits for it to settle. Returns its SHA-1. */
export function writeOld(path: string | Buffer, bytes: Uint8Array | string, mtime = anHourAgo()): string {
  if (typeof path === 'string') mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  utimesSync(path, mtime, mtime);
  return sha1Of(Buffer.from(bytes));
}

/** Writes a tree of such files; returns each one's SHA-1 by its path. */
export function writeTree(root: string, files: Record<string, Uint8Array | string>): Map<string, string> {
  return new Map(Object.entries(files).map(([path, bytes]) => [path, writeOld(join(root, path), bytes)]));
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** A sandbox whose requests are counted and can be interfered with; it keeps its root over restarts. */
export class TestBox {
  readonly root: string;
  /** Requests of the engine, in order. */
  requests: InterceptedRequest[] = [];
  intercept: Intercept | undefined;
  sandbox!: Sandbox;
  connection!: BoxConnection;
  readonly #options: Partial<SandboxOptions>;

  static async start(options: Partial<SandboxOptions> = {}): Promise<TestBox> {
    const box = new TestBox(options);
    await box.open();
    return box;
  }

  private constructor(options: Partial<SandboxOptions>) {
    this.root = temporaryFolder();
    this.#options = options;
    onTestFinished(() => this.close());
  }

  async open(options: Partial<SandboxOptions> = {}): Promise<void> {
    this.sandbox = await startSandbox({
      partSize: mebibyte,
      port: 0,
      ...this.#options,
      ...options,
      root: this.root,
      intercept: (request) => this.#seen(request),
    });
    const { api, upload, auth, authorize, token } = this.sandbox.ready;
    this.connection = connectBox({
      endpoints: { api, upload, auth, authorize },
      token: { get: () => Promise.resolve(token), renew: () => Promise.reject(new Error('refused')) },
      userAgent: looker,
    });
  }

  async close(): Promise<void> {
    await this.connection.dropConnections();
    await this.sandbox.close();
  }

  #seen(request: InterceptedRequest): ReturnType<Intercept> {
    if (request.headers['user-agent'] === looker) return undefined;
    this.requests.push(request);
    return this.intercept?.(request);
  }

  /** How many requests of these routes the engine has made. */
  count(...routes: string[]): number {
    return this.requests.filter(({ route }) => routes.includes(route ?? '')).length;
  }

  /** How many PUTs each part had, by its first byte and session. */
  partPuts(): Map<string, number> {
    const puts = new Map<string, number>();
    for (const { route, params, headers } of this.requests) {
      if (route !== 'upload-part') continue;
      const offset = /^bytes (\d+)-/.exec(headers['content-range'] ?? '')?.[1] ?? '?';
      const key = `${params['session_id']}@${offset}`;
      puts.set(key, (puts.get(key) ?? 0) + 1);
    }
    return puts;
  }

  /** Everything below a folder by its path: a file's SHA-1, or null for a folder. */
  async tree(folderId = '0', prefix = ''): Promise<Map<string, string | null>> {
    const found = new Map<string, string | null>();
    for await (const item of folderItems(this.connection, folderId, { signal: new AbortController().signal })) {
      const path = `${prefix}${item.name}`;
      if (item.type === 'file') found.set(path, item.sha1 ?? '?');
      if (item.type === 'folder') {
        found.set(path, null);
        for (const [below, sha1] of await this.tree(item.id, `${path}/`)) found.set(below, sha1);
      }
    }
    return found;
  }

  /** The id of the item at a path. */
  async idOf(path: string): Promise<string> {
    let id = '0';
    for (const name of path.split('/')) {
      const items = await all(folderItems(this.connection, id, { signal: new AbortController().signal }));
      const item = items.find((one) => one.name === name);
      if (!item) throw new Error(`no ${name} of ${path} on Box`);
      id = item.id;
    }
    return id;
  }

  /** The SHA-1 of every version of the file at a path, the newest first. */
  async versions(path: string): Promise<string[]> {
    const signal = new AbortController().signal;
    const id = await this.idOf(path);
    const parent = await this.tree();
    const older = await all(fileVersions(this.connection, id, { signal }));
    return [parent.get(path) ?? '?', ...older.map(({ sha1 }) => sha1 ?? '?')];
  }

  /** Sends a request of our own to Box, for what the client has no call for. */
  async raw(method: string, path: string, body?: unknown): Promise<Response> {
    return fetch(`${this.sandbox.ready.api}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.sandbox.ready.token}`,
        'user-agent': looker,
        'content-type': 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  /** Puts a small file on Box behind the engine's back. Returns its id. */
  async put(parentId: string, name: string, bytes: Uint8Array | string): Promise<string> {
    const form = new FormData();
    form.append('attributes', JSON.stringify({ name, parent: { id: parentId } }));
    form.append('file', new Blob([Buffer.from(bytes)]), 'content');
    return this.#putForm('/files/content', form);
  }

  /** A new version behind the engine's back. */
  async putVersion(fileId: string, bytes: Uint8Array | string): Promise<string> {
    const form = new FormData();
    form.append('attributes', '{}');
    form.append('file', new Blob([Buffer.from(bytes)]), 'content');
    return this.#putForm(`/files/${fileId}/content`, form);
  }

  async #putForm(path: string, form: FormData): Promise<string> {
    const answer = await fetch(`${this.sandbox.ready.upload}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.sandbox.ready.token}`, 'user-agent': looker },
      body: form,
    });
    const body = (await answer.json()) as { entries?: { id: string }[] };
    if (!body.entries?.[0]) throw new Error(`${answer.status} ${JSON.stringify(body)}`);
    return body.entries[0].id;
  }

  async makeFolder(parentId: string, name: string): Promise<string> {
    const answer = await this.raw('POST', '/folders', { name, parent: { id: parentId } });
    return ((await answer.json()) as { id: string }).id;
  }

  async remove(path: string): Promise<void> {
    await this.raw('DELETE', `/files/${await this.idOf(path)}`);
  }
}

export interface JobResult {
  jobId: number;
  summary: JobSummary;
  outcomes: Outcome[];
  progress: JobProgress[];
}

export type Commands = Handlers<typeof engineCommands & typeof watchCommands>;

export interface TestEngine {
  commands: Commands;
  ledger: Ledger;
  /** Starts an upload without waiting for it. */
  start(paths: string[], options?: UploadOptions): Promise<JobWatch>;
  /** Runs an upload until its job rests. */
  upload(paths: string[], options?: UploadOptions): Promise<JobResult>;
  follow(jobId: number): Promise<JobWatch>;
  close(): Promise<void>;
}

export interface UploadOptions {
  target?: string;
  ifExists?: IfExists;
  partsInParallel?: number;
}

const resting: readonly JobState[] = ['done', 'blocked', 'paused', 'stopped', 'aborted'];

/** What the feeds of one job have told. */
export class JobWatch {
  readonly jobId: number;
  readonly outcomes: Outcome[] = [];
  readonly progress: JobProgress[] = [];
  #waiting: (() => void)[] = [];

  constructor(jobId: number) {
    this.jobId = jobId;
  }

  take(batch: Batch): void {
    if (batch.kind === 'outcomes') this.outcomes.push(...batch.outcomes);
    if (batch.kind === 'job') this.progress.push(batch.progress);
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Resolves with the newest progress for which it is true. */
  async until(isSo: (progress: JobProgress) => boolean): Promise<JobProgress> {
    for (;;) {
      const last = this.progress.at(-1);
      if (last && isSo(last)) return last;
      await new Promise<void>((wake) => this.#waiting.push(wake));
    }
  }

  /** Resolves when the job is done, or stands still for another reason. */
  async rest(states: readonly JobState[] = resting): Promise<JobResult> {
    const { job } = await this.until((progress) => states.includes(progress.job.state));
    // What the other feed has on its way arrives in this turn.
    await new Promise((turn) => setImmediate(turn));
    return { jobId: this.jobId, summary: job, outcomes: this.outcomes, progress: this.progress };
  }
}

/** Quick waits, so that failures and retries take milliseconds. */
export const quickTimings: EngineTimings = {
  backoffBaseMs: 20,
  uploadLimits: { backoffBaseMs: 5, backoffMaxMs: 20, commitPollMs: 5 },
  callRetries: { backoffBaseMs: 5 },
};

export interface OpenOptions {
  home?: string;
  timings?: EngineTimings;
  clock?: Clock;
  accessToken?: (args: { refused?: string }) => Promise<{ token: string }>;
  uploadsPerMinute?: number;
  callsPerMinute?: number;
  watchLink?: WatchLink;
  /** The ledger's disk is full once it has grown by so many pages. */
  roomForPages?: number;
  /** Batches of views that are no job's. */
  onBatch?: (batch: Batch) => void;
}

/** Opens an engine on a data folder; closed when the test ends. */
export async function openEngine(box: TestBox, options: OpenOptions = {}): Promise<TestEngine> {
  const home = options.home ?? temporaryFolder();
  const clock = options.clock ?? systemClock;
  const { api, upload, auth, authorize, token } = box.sandbox.ready;
  const database = await openLedgerDatabase(home, {
    clock,
    lockWaitMs: 5000,
    networkFileSystem: false,
    signal: AbortSignal.timeout(10_000),
  });
  if (options.roomForPages !== undefined) {
    const pages = Number(database.get('PRAGMA page_count')!['page_count']) + options.roomForPages;
    database.get(`PRAGMA max_page_count = ${pages}`);
  }
  const ledger = new Ledger(database);
  await ledger.write(() => beginAgain(ledger, clock.now()));
  const watches = new Map<number, JobWatch>();
  const errors: unknown[] = [];
  const quiet = () => undefined;
  const engine = createEngine({
    options: {
      home,
      endpoints: { api, upload, auth, authorize },
      readOnly: false,
      logLevel: 'silent',
      ...(options.uploadsPerMinute === undefined ? {} : { uploadsPerMinute: options.uploadsPerMinute }),
      ...(options.callsPerMinute === undefined ? {} : { callsPerMinute: options.callsPerMinute }),
    },
    ledger,
    clock,
    log: {
      trace: quiet, debug: quiet, info: quiet, warn: quiet, fatal: quiet,
      error: (facts: unknown) => errors.push(facts),
    } as never, // prettier-ignore
    accessToken: options.accessToken ?? (() => Promise.resolve({ token })),
    sendBatch: (subscription, batch) => {
      watches.get(subscription)?.take(batch);
      options.onBatch?.(batch);
      return Promise.resolve({});
    },
    timings: { ...quickTimings, ...options.timings },
    ...(options.watchLink ? { watchLink: options.watchLink } : {}),
  });
  let closed: Promise<void> | undefined;
  const close = () => (closed ??= engine.close());
  onTestFinished(async () => {
    await close();
    if (errors.length > 0) throw new Error('the engine logged errors', { cause: errors });
  });
  const commands = engine.handlers;
  const follow = async (jobId: number): Promise<JobWatch> => {
    const watch = new JobWatch(jobId);
    for (const kind of ['outcomes', 'job'] as const) {
      const { subscription } = await commands.subscribe({ view: { kind, jobId } });
      watches.set(subscription, watch);
    }
    return watch;
  };
  const start = async (paths: string[], { target = '0', ifExists = 'version', ...rest }: UploadOptions = {}) => {
    const { jobId } = await commands.upload({ paths, target, ifExists, ...rest });
    return follow(jobId);
  };
  return {
    commands,
    ledger,
    follow,
    start,
    upload: async (paths, uploadOptions) => (await start(paths, uploadOptions)).rest(),
    close,
  };
}

/** An intercept that does something to the first `times` requests of a route, and hears of it. */
export function once(
  route: string,
  what: Interception | (() => Interception | Promise<Interception>),
  times = 1,
): Intercept {
  let left = times;
  return (request) => {
    if (request.route !== route || left === 0) return undefined;
    left -= 1;
    return typeof what === 'function' ? what() : what;
  };
}

/** A gate at one request of a route: `reached` resolves when it is there, and it goes on when `release` is called. */
export function holdAt(
  route: string,
  nth = 1,
): { intercept: Intercept; reached: Promise<InterceptedRequest>; release: () => void } {
  const reached = Promise.withResolvers<InterceptedRequest>();
  const released = Promise.withResolvers<undefined>();
  let seen = 0;
  return {
    intercept: (request) => {
      if (request.route !== route) return undefined;
      seen += 1;
      if (seen !== nth) return undefined;
      reached.resolve(request);
      return released.promise;
    },
    reached: reached.promise,
    release: () => released.resolve(undefined),
  };
}
