import { CallError } from '../../shared/call-error.ts';
import { engineCommands, type engineContract } from '../../shared/engine-contract.ts';
import type { Remote } from '../../shared/contract.ts';
import type { Target } from '../../shared/ids.ts';
import type { JobState } from '../../shared/model.ts';
import type { View } from '../../shared/progress-contract.ts';
import { backoffMs, sleep } from '../platform/wait.ts';
import { watchForSleep, type SleepWatchOptions } from './sleep-watch.ts';
import { startEngine, type EngineProcess, type EngineSettings, type StartingEngine } from './engine-process.ts';
import { Subscriptions, type OnBatch } from './subscriptions.ts';

type AllCommands = Remote<typeof engineCommands>;
/** What the engine's process costs. */
export type EngineMetrics = Remote<typeof engineContract>['metrics'];
/** What people and screens ask of the engine; views are opened through `subscribe` of the host or the session. */
export type Commands = Omit<AllCommands, 'subscribe' | 'unsubscribe'>;
type UploadArgs = Parameters<Commands['upload']>[0];

/** An engine that stood this long is sound: the next death starts a new count. */
const soundAfterMs = 60_000;
/** How often a command that was cut off by the engine's death is given to the next engine. Every command may be repeated. */
const attemptsPerCall = 3;
/** Jobs in these states are going on, and go on in the next engine. */
const underWay: readonly JobState[] = ['scanning', 'active', 'blocked', 'stopped'];

export interface EngineHostSettings extends EngineSettings {
  /** After so many deaths in a row the engine stays down. */
  maxRestarts?: number;
  /** Told of a death and of what comes of it. */
  onRestart?: (event: { reason: string; delayMs: number }) => void;
  /** The pause before the first restart; doubled with each, up to 60 s. */
  baseDelayMs?: number;
  /** A test's time, for noticing that the machine was asleep. */
  sleepWatch?: Pick<SleepWatchOptions, 'clock' | 'tickMs'>;
}

/** The commands and views of an engine, whichever process carries it at the moment. */
export interface EngineHost {
  commands: Commands;
  subscribe(view: View, onBatch: OnBatch): Promise<{ close(): Promise<void> }>;
  /** Rejects when the engine can't be kept running any more; settles when it was closed. */
  over: Promise<void>;
  close(graceMs?: number): Promise<void>;
  /** The process that carries the engine now. */
  pid(): number | undefined;
  /** Rejects with `link-lost` when that process dies meanwhile. */
  metrics: EngineMetrics;
  /** The machine was asleep: the engine looks again at everything. Without effect while it is being started. */
  wokeUp(): void;
}

interface Live {
  view: View;
  onBatch: OnBatch;
  /** Its number in the engine of now. */
  engineId: number | undefined;
}

/**
 * Starts the engine and keeps it running: a dead one is started again after 1 s to 60 s, gets the jobs that were under way, is told
 * to keep the folder pairs where it did, gets the open views, and answers the commands that were cut off. Tells it of sleep.
 */
export function startEngineHost(settings: EngineHostSettings): { ready: Promise<EngineHost>; cancel(): Promise<void> } {
  const host = new Host(settings);
  return { ready: host.start().then(() => host), cancel: () => host.close(0) };
}

class Host implements EngineHost {
  readonly commands: Commands;
  readonly over: Promise<void>;
  readonly #settings: EngineHostSettings;
  readonly #over = Promise.withResolvers<void>();
  readonly #closing = new AbortController();
  readonly #live = new Set<Live>();
  /** The jobs that were started here, with the words they were started with; null for a job that was resumed by its id. */
  readonly #jobs = new Map<number, UploadArgs | null>();
  #subscriptions = new Subscriptions();
  #starting: StartingEngine | undefined;
  #engine: EngineProcess | undefined;
  /** The engine to give commands to: pending while one is being started. */
  #next = Promise.withResolvers<EngineProcess>();
  #deaths = 0;
  #keepsPairs = false;
  #hold: Parameters<Commands['hold']>[0] = { reason: null };
  #endSleepWatch: () => void = () => undefined;

  constructor(settings: EngineHostSettings) {
    this.#settings = settings;
    this.over = this.#over.promise;
    this.over.catch(() => undefined);
    this.#next.promise.catch(() => undefined);
    const names = Object.keys(engineCommands) as (keyof Commands)[];
    this.commands = Object.fromEntries(
      names.map((name) => [name, (args: never) => this.#call(name, args)]),
    ) as unknown as Commands;
  }

  pid(): number | undefined {
    return this.#engine?.pid;
  }

  wokeUp(): void {
    this.#engine?.remote.wokeUp({}).catch(() => undefined);
  }

  metrics: EngineMetrics = async (args) => {
    const { remote } = await this.#next.promise;
    return remote.metrics(args);
  };

  /** @throws EngineStartError of the first start. */
  async start(): Promise<void> {
    this.#run(await this.#startOne());
    this.#endSleepWatch = watchForSleep({
      ...this.#settings.sleepWatch,
      onWake: (sleptMs) => {
        this.#settings.logger.info({ sleptMs }, 'the machine was asleep');
        this.wokeUp();
      },
    });
  }

  async subscribe(view: View, onBatch: OnBatch): Promise<{ close(): Promise<void> }> {
    const live: Live = { view, onBatch, engineId: undefined };
    const { remote } = await this.#next.promise;
    live.engineId = await this.#subscriptions.open(remote.subscribe, view, onBatch);
    this.#live.add(live);
    return {
      close: async () => {
        this.#live.delete(live);
        if (live.engineId === undefined) return;
        this.#subscriptions.close(live.engineId);
        // An engine that is gone has forgotten it.
        await this.#engine?.remote.unsubscribe({ subscription: live.engineId }).catch(() => undefined);
      },
    };
  }

  async close(graceMs = 5000): Promise<void> {
    this.#endSleepWatch();
    if (!this.#closing.signal.aborted) {
      this.#closing.abort(new CallError('link-lost', 'Boxcar is ending.'));
      this.#next.reject(this.#closing.signal.reason);
      this.#over.resolve();
    }
    if (this.#engine) await this.#engine.stop(graceMs);
    else await this.#starting?.cancel();
  }

  async #startOne(): Promise<EngineProcess> {
    const subscriptions = new Subscriptions();
    this.#subscriptions = subscriptions;
    this.#starting = startEngine(this.#settings, (batch) =>
      subscriptions.deliver({ subscription: batch.subscription, batch: batch.batch }),
    );
    if (this.#closing.signal.aborted) await this.#starting.cancel();
    return this.#starting.ready;
  }

  #run(engine: EngineProcess): void {
    this.#engine = engine;
    const startedAt = performance.now();
    this.#settings.logger.info({ engine: engine.pid }, 'the engine is ready');
    this.#next.resolve(engine);
    void engine.ended.then((reason) => {
      this.#engine = undefined;
      if (this.#closing.signal.aborted) return;
      this.#next = Promise.withResolvers();
      this.#next.promise.catch(() => undefined);
      if (performance.now() - startedAt > soundAfterMs) this.#deaths = 0;
      void this.#restart(reason);
    });
  }

  async #restart(firstReason: string): Promise<void> {
    const { maxRestarts = 5, baseDelayMs = 1000, onRestart, logger } = this.#settings;
    for (let reason = firstReason; ;) {
      this.#deaths += 1;
      if (this.#deaths > maxRestarts) return this.#fail(reason);
      const delayMs = backoffMs(this.#deaths, Math.random, baseDelayMs);
      logger.error({ reason, delayMs }, 'the engine ended unexpectedly');
      onRestart?.({ reason, delayMs });
      try {
        await sleep(delayMs, this.#closing.signal);
        const engine = await this.#startOne();
        await this.#restore(engine);
        return this.#run(engine);
      } catch (error) {
        if (this.#closing.signal.aborted) return;
        reason = error instanceof Error ? error.message : String(error);
        // One that started and then failed us must not stay beside the next.
        await this.#starting?.cancel();
      }
    }
  }

  #fail(reason: string): void {
    const error = new CallError('internal', `The engine cannot be kept running: ${reason}`);
    this.#settings.logger.fatal({ reason }, 'the engine stays down');
    this.#next.reject(error);
    this.#over.reject(error);
  }

  /** Jobs first: a view opened before would show them as stopped. The engine keeps what it has to tell for who follows. */
  async #restore({ remote }: EngineProcess): Promise<void> {
    if (this.#hold.reason !== null) await remote.hold(this.#hold);
    for (const [jobId, args] of this.#jobs) {
      const job = await remote.job({ jobId }).catch(unlessLinkLost(undefined));
      if (!job || !underWay.includes(job.state)) continue;
      const started: Promise<unknown> = args
        ? remote.upload(args)
        : remote.resume({ target: { kind: 'job', id: jobId } });
      await started.catch(unlessLinkLost(undefined));
    }
    for (const live of this.#live) {
      live.engineId = undefined;
      // A view of a job that never reached the ledger is not there any more.
      live.engineId = await this.#subscriptions
        .open(remote.subscribe, live.view, live.onBatch)
        .catch(unlessLinkLost(undefined));
    }
    // Last, so that who follows misses nothing; not waited for, since it may ask Box, and commands wait for this.
    if (this.#keepsPairs) void remote.startPairs({}).catch(() => undefined);
  }

  async #call(name: keyof Commands, args: never): Promise<unknown> {
    for (let attempt = 1; ; attempt += 1) {
      const engine = await this.#next.promise;
      try {
        const result = await engine.remote[name](args);
        this.#remember(name, args, result);
        return result;
      } catch (error) {
        const cutOff = error instanceof CallError && error.code === 'link-lost';
        if (!cutOff || attempt >= attemptsPerCall || this.#closing.signal.aborted) throw error;
        // The link ends a moment before the process: the dead engine must not be asked again.
        await engine.ended;
      }
    }
  }

  /** Which jobs go on after a death: those that were started here and not stopped since. */
  #remember(name: keyof Commands, args: unknown, result: unknown): void {
    if (name === 'upload') this.#jobs.set((result as { jobId: number }).jobId, args as UploadArgs);
    if (name === 'startPairs') this.#keepsPairs = true;
    if (name === 'hold') this.#hold = args as Parameters<Commands['hold']>[0];
    if (name === 'suspend') this.#jobs.delete((args as { jobId: number }).jobId);
    if (name === 'resume' || name === 'retry') {
      const { target } = args as { target: Target };
      if (target.kind === 'job' && !this.#jobs.has(target.id)) this.#jobs.set(target.id, null);
    }
    // Which jobs went on by these is not said.
    if (name === 'act' || name === 'retryProblems') void this.#rememberRunning();
  }

  async #rememberRunning(): Promise<void> {
    const jobs = await this.#engine?.remote.jobs({ unfinishedOnly: true }).catch(() => []);
    for (const { id, state } of jobs ?? []) {
      if ((state === 'scanning' || state === 'active') && !this.#jobs.has(id)) this.#jobs.set(id, null);
    }
  }
}

/** For calls on an engine that has just started: its death is passed on, any other refusal is not ours to settle. */
function unlessLinkLost<T>(value: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof CallError && error.code === 'link-lost') throw error;
    return value;
  };
}
