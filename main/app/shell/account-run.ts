import { CallError } from '../../../shared/call-error.ts';
import type { Problem } from '../../../shared/problem.ts';
import { openDataFolder } from '../../platform/data-folder.ts';
import type { Logger } from '../../platform/log.ts';
import { orAborted, sleep } from '../../platform/wait.ts';
import { attachBoxcar, openBoxcar, type Boxcar, type OpenBoxcarOptions } from '../open-boxcar.ts';
import { signInNeeded } from '../token-provider.ts';
import type { AccountSource, OpenedAccount } from './account-source.ts';
import { continueWork } from './continue-work.ts';

/** How it stands with the engine of the account. */
export type RunPhase =
  | { phase: 'starting' }
  | { phase: 'ready' }
  | { phase: 'restarting'; message: string }
  | { phase: 'failed'; message: string; problem: Problem | null };

/** What every account is opened with. */
export type Opening = Pick<
  OpenBoxcarOptions,
  'endpoints' | 'env' | 'logLevel' | 'uploadsPerMinute' | 'callsPerMinute' | 'engineEntry' | 'fork' | 'proxyFor'
>;

export interface AccountRunOptions {
  source: AccountSource;
  accountId: string;
  opening: Opening;
  logger: Logger;
  onPhase: (phase: RunPhase) => void;
  /** A Boxcar of the account is open: the first, or the next one where another app that was attached to has ended. */
  onBoxcar: (boxcar: Boxcar) => void;
}

/** An account that is being worked with, until it is closed. */
export interface AccountRun {
  accountId: string;
  source: AccountSource;
  /** The Boxcar of now; waits while one is being opened. Rejects with why there is none. */
  boxcar(): Promise<Boxcar>;
  /** Ends the engine and the sandbox, keeping all that is resumable. May be called at any time, and twice. */
  close(graceMs?: number): Promise<void>;
}

/** Begins to open an account: attaches to the app that runs on it, and takes over when that one ends. */
export function runAccount(options: AccountRunOptions): AccountRun {
  const run = new Run(options);
  return {
    accountId: options.accountId,
    source: options.source,
    boxcar: () => run.current.promise,
    close: (graceMs) => run.close(graceMs),
  };
}

class Run {
  current = Promise.withResolvers<Boxcar>();
  readonly #options: AccountRunOptions;
  readonly #closing = new AbortController();
  readonly #done: Promise<void>;
  #graceMs: number | undefined;

  constructor(options: AccountRunOptions) {
    this.#options = options;
    this.current.promise.catch(() => undefined);
    this.#done = this.#run();
  }

  async close(graceMs?: number): Promise<void> {
    this.#graceMs ??= graceMs;
    this.#closing.abort(new CallError('link-lost', 'Boxcar is ending, or changes to another account.'));
    await this.#done;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    try {
      for (;;) {
        this.#options.onPhase({ phase: 'starting' });
        await this.#runOnce();
      }
    } catch (error) {
      this.current.reject(error);
      if (signal.aborted) return;
      this.#options.logger.error({ err: error }, 'the account cannot be opened');
      const problem = error instanceof CallError ? (error.problem ?? null) : null;
      const message = error instanceof Error ? error.message : String(error);
      this.#options.onPhase({ phase: 'failed', message, problem });
    }
  }

  #renew(): void {
    this.current = Promise.withResolvers();
    this.current.promise.catch(() => undefined);
  }

  /** Settles when the Boxcar of now is gone and another is to be opened; rejects for good. */
  async #runOnce(): Promise<void> {
    const { signal } = this.#closing;
    signal.throwIfAborted();
    const attached = await this.#attachToOwner();
    const account = attached ? undefined : await this.#openAccount();
    if (account === 'somebody-else') return;
    let boxcar = attached;
    const gone = new AbortController();
    try {
      boxcar ??= await this.#open(account!);
      signal.throwIfAborted();
      this.current.resolve(boxcar);
      this.#options.onBoxcar(boxcar);
      this.#options.onPhase({ phase: 'ready' });
      void continueWork(boxcar, this.#options.logger, gone.signal);
      const lost = account?.lost.then((reason) => this.#options.logger.warn({ reason }, 'the account is opened again'));
      await orAborted(Promise.race([boxcar.over, ...(lost ? [lost] : [])]), signal);
    } catch (error) {
      const appGone = boxcar?.kind === 'attached' && error instanceof CallError && error.code === 'link-lost';
      if (signal.aborted || !appGone) throw error;
    } finally {
      gone.abort(new CallError('link-lost', 'This Boxcar is closed.'));
      // Who asks from now on waits for the next one; who waits already goes on waiting.
      if (boxcar !== undefined) this.#renew();
      await boxcar?.close(this.#graceMs);
      await account?.close();
    }
  }

  /** The app that holds an account whose Box it started itself: a second Box beside it would get nowhere. */
  async #attachToOwner(): Promise<Boxcar | undefined> {
    const { source, accountId, opening } = this.#options;
    if (!source.ownsBox) return undefined;
    return attachBoxcar({ ...opening, home: source.homeOf(accountId), readOnly: true, tokens: noTokens });
  }

  async #openAccount(): Promise<OpenedAccount | 'somebody-else'> {
    const { source, accountId } = this.#options;
    try {
      return await source.open(accountId, this.#closing.signal);
    } catch (error) {
      // Of two that start at once one has the folder of the Box: the other attaches as soon as it listens.
      if ((error as { code?: unknown }).code !== 'root-in-use') throw error;
      await this.#waitForOwner(error);
      return 'somebody-else';
    }
  }

  /** Looks for the app that is starting, for as long as an engine may take to start. */
  async #waitForOwner(error: unknown): Promise<void> {
    for (let waitedMs = 0; waitedMs < 15_000; waitedMs += 200) {
      await sleep(200, this.#closing.signal);
      const owner = await this.#attachToOwner();
      await owner?.close();
      if (owner) return;
    }
    throw error;
  }

  async #open({ endpoints, tokens }: OpenedAccount): Promise<Boxcar> {
    const { source, accountId, opening, onPhase } = this.#options;
    const home = await openDataFolder(source.homeOf(accountId));
    const opened = Promise.withResolvers<Boxcar>();
    const boxcar = await openBoxcar({
      ...opening,
      home,
      endpoints,
      tokens,
      readOnly: false,
      signal: this.#closing.signal,
      onRestart: ({ reason }) => {
        onPhase({ phase: 'restarting', message: reason });
        // A command waits for the next engine, so its answer tells that there is one.
        void opened.promise
          .then(({ commands }) => commands.jobs({ unfinishedOnly: true }))
          .then(
            () => onPhase({ phase: 'ready' }),
            () => undefined,
          );
      },
    });
    opened.resolve(boxcar);
    return boxcar;
  }
}

/** For an attachment, whose app signs in by itself. */
const noTokens = { hasToken: () => false, accessToken: () => Promise.reject(signInNeeded('not asked here')) };
