import { hostname } from 'node:os';
import type { EngineOptions } from '../../shared/engine-contract.ts';
import type { EngineSettings, SettingsChanges, TrafficRule } from '../../shared/settings.ts';
import { pauseText } from '../../shared/limit-schedule.ts';
import type { Batch, Outcome } from '../../shared/progress-contract.ts';
import type { CallRetries } from '../box/connection.ts';
import type { UploadLimits } from '../box/upload-session/options.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/log.ts';
import type { ProxyFor } from '../platform/proxy.ts';
import { engineHandlers } from './commands/handlers.ts';
import { TransferCommands } from './commands/transfer-commands.ts';
import { createHashPool } from './hash/hash-pool.ts';
import { Account } from './job/account.ts';
import { JobDirector } from './job/director.ts';
import { SessionJanitor } from './job/janitor.ts';
import type { Ledger } from './ledger/ledger.ts';
import type { Problem } from '../../shared/problem.ts';
import type { TransferRow } from '../../shared/model.ts';
import type { PairCommandOptions } from './pair/command-options.ts';
import { PairDirector } from './pair/pair-director.ts';
import type { WatchLink } from './pair/pair-run.ts';
import type { PairServices } from './pair/services.ts';
import { FileReader } from './read/file-reader.ts';
import { ProgressHub } from './progress/hub.ts';
import { LiveBoard } from './progress/live.ts';
import { OverviewMaker } from './progress/overview-maker.ts';
import { RowMaker } from './progress/rows.ts';
import { ByteBucket } from './schedule/byte-bucket.ts';
import { NetworkGate } from './schedule/network-gate.ts';
import { Pacer, type Pace } from './schedule/pacer.ts';
import { PartSlots } from './schedule/part-slots.ts';
import { Scheduler } from './schedule/scheduler.ts';
import { Traffic } from './schedule/traffic.ts';
import { defaultSettleMs } from './settle/settle.ts';
import { Concluder } from './transfer/conclude.ts';
import { TransferRunner } from './transfer/runner.ts';

/** Small files on their way to Box at a time. Sixteen requests keep a fast link busy; Box's own pace is a few a second. */
const directUploads = 16;
/** Small files and large ones under way at a time: twice as many small ones as go up are read and written down ahead, many at once. */
export const laneCapacities = [3 * directUploads, 2] as const;
const defaultParallelParts = 4;

/** How long and how often; what is left out is the usual. Tests shorten them. */
export interface EngineTimings {
  settleMs?: number;
  /** How long Box may be unreachable before a job is stopped. */
  networkPatienceMs?: number;
  /** How long an upload waits for a file that is written all the time. */
  writerPatienceMs?: number;
  /** The first pause of a transfer that failed, and of everything while Box is unreachable. */
  backoffBaseMs?: number;
  uploadLimits?: Partial<UploadLimits>;
  callRetries?: Partial<CallRetries>;
}

const usualTimings = {
  settleMs: defaultSettleMs,
  networkPatienceMs: 5 * 60_000,
  writerPatienceMs: 60_000,
  backoffBaseMs: 1000,
};

export interface EngineServices {
  options: EngineOptions;
  ledger: Ledger;
  clock: Clock;
  log: Logger;
  accessToken: (args: { refused?: string; twice?: boolean }) => Promise<{ token: string }>;
  sendBatch: (subscription: number, batch: Batch) => Promise<unknown>;
  /** Whoever watches folders; without one pairs are walked each hour. */
  watchLink?: WatchLink;
  /** The proxy on the way to a host; without it connections are direct. */
  proxyFor?: ProxyFor;
  timings?: EngineTimings;
}

const noWatch: WatchLink = { watch: () => undefined, unwatch: () => undefined };

/** Puts the engine together. Wires and decides nothing. */
export function createEngine(given: EngineServices) {
  const { options, ledger, clock, log, accessToken, sendBatch } = given;
  const timings = { ...usualTimings, ...given.timings };
  const controller = new AbortController();
  const startSettings = ledger.settings.get();
  const pacer = new Pacer(clock, paceOf(options, startSettings), timings.callRetries?.backoffBaseMs);
  const bucket = new ByteBucket(clock);
  const account = new Account({
    engine: options,
    ledger,
    clock,
    pacer,
    bodyPace: bucket,
    accessToken,
    retries: timings.callRetries,
    proxyFor: given.proxyFor,
  });
  const gate = new NetworkGate(clock, timings.backoffBaseMs);
  const board = new LiveBoard(clock);
  const slots = new PartSlots(startSettings.partsInParallel ?? defaultParallelParts, () =>
    least(board.bytesPerSecond(), bucket.bytesPerSecond),
  );
  const directSlots = new PartSlots(directUploads, () => bucket.bytesPerSecond);
  const hashPool = createHashPool();
  const reader = new FileReader();
  const janitor = new SessionJanitor(ledger, account.connection, log);
  const uploadHost = new URL(options.endpoints.upload).host;
  const held = () => pauseText(traffic.latest, clock.now());
  const rows = new RowMaker({
    ledger,
    board,
    clock,
    uploadsPerMinute: () => pacer.uploadsPerMinute(uploadHost),
    held: () => heldRow,
  });
  const overview = new OverviewMaker({
    ledger,
    board,
    clock,
    uploadsPerMinute: () => pacer.uploadsPerMinute(uploadHost),
    downForMs: () => gate.downForMs(),
    rule: () => traffic.latest,
  });
  const hub = new ProgressHub({ ledger, board, rows, overview, clock, pairs: () => pairs.progress(), send: sendBatch });
  const isPair = (ownerId: number) => ledger.owners.kind(ownerId) === 'pair';
  const onOutcome = (ownerId: number, outcome: Outcome) => {
    if (isPair(ownerId)) hub.pairEvent({ type: 'file', pairId: ownerId, outcome });
    else hub.outcome(ownerId, outcome);
  };
  const block = (ownerId: number, problem: Problem) =>
    isPair(ownerId) ? pairs.block(ownerId, problem) : director.block(ownerId, problem);

  const hostName = hostname();
  const services = {
    ledger,
    clock,
    hashPool,
    reader,
    board,
    slots,
    directSlots,
    connection: account.connection,
    hostName,
    parallelParts: () => slots.slots,
    uploadLimits: timings.uploadLimits,
    reached: () => gate.open(),
    onCopied: (...copied: Parameters<PairDirector['copied']>) => pairs.copied(...copied),
  };
  const concluder: Concluder = new Concluder({
    ledger,
    clock,
    board,
    reader,
    scheduler: () => scheduler,
    onOutcome,
    onConcluded: (ownerId, fileId, outcome, wasGone) => {
      if (isPair(ownerId)) pairs.concluded(ownerId, fileId, wasGone);
      else director.concluded(ownerId, fileId, outcome);
    },
    // A pair waits for a writer as long as it takes.
    writerPatienceMs: (ownerId) => (isPair(ownerId) ? Infinity : timings.writerPatienceMs),
    onOrphan: () => janitor.sweep(),
    onBlocked: block,
    heldBecause: () => held() ?? 'paused',
  });
  const runner: TransferRunner = new TransferRunner({
    services: () => services,
    gate,
    settleMs: (ownerId) => (isPair(ownerId) ? pairs.settleMs(ownerId) : timings.settleMs),
    backoffBaseMs: timings.backoffBaseMs,
    pausedForMs: () => pacer.pausedForMs(uploadHost),
    networkPatienceMs: timings.networkPatienceMs,
    conclude: (...concluded) => concluder.conclude(...concluded),
    onUnconcluded: block,
    log,
  });
  const scheduler: Scheduler = new Scheduler({
    ledger,
    gate,
    run: (...started) => runner.run(...started),
    capacities: laneCapacities,
    onRan: (ownerId) => void (isPair(ownerId) ? pairs.ran() : director.ran(ownerId)),
  });
  const director: JobDirector = new JobDirector({
    ledger,
    clock,
    account,
    gate,
    scheduler,
    board,
    networkPatienceMs: timings.networkPatienceMs,
    backoffBaseMs: timings.backoffBaseMs,
    hostName,
    dataFolder: options.home,
    readOnly: options.readOnly,
    onOutcome,
    onChange: () => hub.flush(),
    onStarting: (ownerId) => {
      hub.expect(ownerId);
      janitor.sweep();
      reader.prepare();
    },
    prepareHashing: () => hashPool.prepare(),
    log,
  });
  const pairServices: PairServices = {
    ledger,
    clock,
    connection: account.connection,
    hashPool,
    scheduler,
    sweepSessions: () => janitor.sweepAll(),
    hostName,
    onEvent: (event) => hub.pairEvent(event),
    log,
  };
  const pairs: PairDirector = new PairDirector({
    services: pairServices,
    gate,
    board,
    rows,
    dataFolder: options.home,
    link: given.watchLink ?? noWatch,
    log,
  });
  const pairCommands: PairCommandOptions = {
    services: pairServices,
    account,
    director: pairs,
    janitor,
    dataFolder: options.home,
    readOnly: options.readOnly,
    uploadsPerMinute: () => paceOf(options, ledger.settings.get()).uploadsPerMinute,
    settleMs: () => ledger.settings.get().settleMs,
    onWake: () => {
      gate.open();
      void account.connection.dropConnections();
    },
    signal: controller.signal,
  };
  const transferCommands = new TransferCommands({
    ledger,
    clock,
    scheduler,
    runner,
    director,
    pairs,
    janitor,
    onOutcome,
  });
  let heldRow: TransferRow['wait'] = null;
  const traffic: Traffic = new Traffic({
    clock,
    settings: startSettings,
    pause: ledger.settings.pause(),
    onRule: (rule) => {
      const { bytesPerSecond, paused } = rule;
      heldRow = heldWait(rule, clock.now());
      bucket.setRate(bytesPerSecond);
      for (const gated of [slots, directSlots]) gated.setSlots(gated.slots);
      if (paused !== gate.isHeld) hold(paused);
      hub.flush();
    },
    onPauseOver: () => {
      ledger
        .write(() => ledger.settings.setPause(null))
        .catch((error: unknown) => log.info({ err: error }, 'the end of a pause could not be noted'));
    },
  });
  const hold = (isHeld: boolean) => {
    gate.hold(isHeld);
    log.info({ isHeld }, 'everything is paused, or goes on');
    // What is committing has sent its bytes.
    if (isHeld) void scheduler.stopAll('hold', (id) => ledger.transfers.get(id)?.state === 'committing');
    scheduler.kick();
    pairs.wake();
  };
  const onSettings = (settings: EngineSettings, changes: SettingsChanges) => {
    if (changes.partsInParallel !== undefined) slots.setSlots(settings.partsInParallel ?? defaultParallelParts);
    pacer.setPace(paceOf(options, settings));
  };
  const handlers = engineHandlers({
    ledger,
    clock,
    account,
    director,
    transferCommands,
    pairs: pairCommands,
    hub,
    rows,
    board,
    slots,
    settings: { ledger, clock, traffic, onSettings },
    held,
    signal: controller.signal,
  });
  traffic.start();

  return {
    handlers,
    /** Stops all transfers, keeps what is resumable, and closes the ledger. */
    async close(): Promise<void> {
      controller.abort(new Error('the engine ends'));
      traffic.close();
      hub.close();
      await Promise.all([director.close(), pairs.close()]);
      await Promise.all([scheduler.close(), janitor.close()]);
      await Promise.all([runner.close(), hashPool.close(), reader.close(), account.close()]);
      ledger.close();
    },
  };
}

/** What the command line says, else the settings. */
function paceOf(options: EngineOptions, settings: EngineSettings): Partial<Pace> {
  const uploadsPerMinute = options.uploadsPerMinute ?? settings.uploadsPerMinute;
  const callsPerMinute = options.callsPerMinute ?? settings.callsPerMinute;
  return {
    ...(uploadsPerMinute === null ? {} : { uploadsPerMinute }),
    ...(callsPerMinute === null ? {} : { callsPerMinute }),
  };
}

function least(...rates: readonly (number | null)[]): number | null {
  const known = rates.filter((rate) => rate !== null);
  return known.length === 0 ? null : Math.min(...known);
}

/** How rows show that everything is paused. */
function heldWait({ paused, pausedBy, until }: TrafficRule, now: number): TransferRow['wait'] {
  if (!paused || !pausedBy) return null;
  const lengthMs = until === null ? 0 : Math.max(1, until - now);
  return { reason: pausedBy === 'you' ? 'pause' : pausedBy, startedAt: now, lengthMs };
}
