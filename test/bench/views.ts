// What the views of the screens cost the engine: the time of one look at an open list, an open transfer and the totals while
// things are written, with many transfers in the ledger.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { Database } from '../../main/engine/ledger/database.ts';
import { Ledger } from '../../main/engine/ledger/ledger.ts';
import { openLedgerDatabase } from '../../main/engine/ledger/open.ts';
import { DoneParts } from '../../main/engine/progress/done-parts.ts';
import { ProgressHub } from '../../main/engine/progress/hub.ts';
import { LiveBoard, newLivePart } from '../../main/engine/progress/live.ts';
import { OverviewMaker } from '../../main/engine/progress/overview-maker.ts';
import { RowMaker } from '../../main/engine/progress/rows.ts';
import { systemClock } from '../../main/platform/clock.ts';
import { listFilterSchema } from '../../shared/list-model.ts';
import type { View } from '../../shared/progress-contract.ts';

export interface ViewMeasurement {
  name: string;
  value: number;
  unit: 'ms' | 'KB/s' | '%';
  budget?: number;
}

const windowRows = 60;
const looks = 60;
const lookMs = 50;
const sha1 = 'da39a3ee5e6b4b0d3255bfef95601890afd80709';

/** Fills an empty folder of the caller's with ledgers of 10,000 queued and of 1,000,000 done transfers, and looks at them. */
export async function benchViews(
  folder: string,
  sizes = { queued: 10_000, done: 1_000_000 },
): Promise<ViewMeasurement[]> {
  const results: ViewMeasurement[] = [];
  const small = await open(join(folder, 'queued.db'), 0, sizes.queued);
  await measure(`${sizes.queued} queued`, small, results);
  small.close();
  const large = await open(join(folder, 'done.db'), sizes.done, sizes.queued);
  await measure(`${sizes.done} done`, large, results);
  large.close();
  return results;
}

async function open(home: string, done: number, queued: number) {
  mkdirSync(home, { recursive: true });
  const signal = new AbortController().signal;
  const db = await openLedgerDatabase(home, { clock: systemClock, lockWaitMs: 0, networkFileSystem: false, signal });
  const ledger = new Ledger(db);
  const ownerId = fill(db, ledger, done, queued);
  const board = new LiveBoard(systemClock);
  const rows = new RowMaker({ ledger, board, clock: systemClock, uploadsPerMinute: () => 240, held: () => null });
  const overview = new OverviewMaker({
    ledger,
    board,
    clock: systemClock,
    uploadsPerMinute: () => 240,
    downForMs: () => 0,
    rule: () => ({ bytesPerSecond: null, paused: false, pausedBy: null, until: null }),
  });
  const wire = { bytes: 0, batches: 0 };
  const hub = new ProgressHub({
    ledger,
    board,
    rows,
    overview,
    clock: systemClock,
    pairs: () => ({ pairs: [], bytesPerSecond: null, etaMs: null, active: [] }),
    send: (_subscription, batch) => {
      wire.bytes += JSON.stringify(batch).length;
      wire.batches += 1;
      return Promise.resolve({});
    },
  });
  const close = () => {
    hub.close();
    db.close();
  };
  return { db, ledger, ownerId, board, hub, wire, close };
}

type Opened = Awaited<ReturnType<typeof open>>;

function fill(db: Database, ledger: Ledger, done: number, queued: number): number {
  const now = Date.now();
  const { ownerId, folderId } = db.transaction(() => {
    const accountId = ledger.jobs.upsertAccount({ boxHost: 'h', userId: 'u', login: null });
    const { id } = ledger.jobs.open({ accountId, paths: ['/d'], target: '0', ifExists: 'version', now });
    const scan = ledger.jobs.beginScan(id);
    ledger.jobs.setState(id, 'active', null, now);
    const record = { ownerId: id, parentId: null, name: '/data', nameRaw: null, scan, complete: true };
    return { ownerId: id, folderId: ledger.folders.record(record) };
  });
  const all = done + queued;
  for (let first = 1; first <= all; first += 50_000) {
    const last = Math.min(all, first + 49_999);
    db.transaction(() => {
      db.run(
        `WITH RECURSIVE n (id) AS (VALUES (?1) UNION ALL SELECT id + 1 FROM n WHERE id < ?2)
         INSERT INTO file (id, owner_id, folder_id, name, dev, inode, size, mtime_ns, ctime_ns, scan, seen_at, outcome)
           SELECT id, ?3, ?4, 'a file of usual length ' || CAST(id AS INTEGER) || '.txt', '1', id, 20000, '1763643455123456789',
             '1763643455123456789', 1, 1, CASE WHEN id > ?5 THEN 'pending' ELSE 'sent' END FROM n`,
        first,
        last,
        ownerId,
        folderId,
        done,
      );
      db.run(
        `INSERT INTO transfer (owner_id, file_id, kind, lane, state, size, facts, parent_box_id, name, created_at, updated_at)
           SELECT owner_id, id, 'direct', 0, CASE WHEN id > ?3 THEN 'queued' ELSE 'done' END, size,
             json_object('dev', dev, 'inode', inode, 'sizeBytes', size, 'mtimeNs', mtime_ns, 'ctimeNs', ctime_ns,
               'birthtimeNs', NULL), '123456789012', name, id, id FROM file WHERE id BETWEEN ?1 AND ?2`,
        first,
        last,
        done,
      );
    });
  }
  return ownerId;
}

async function measure(label: string, opened: Opened, results: ViewMeasurement[]): Promise<void> {
  const list = (filter: object, from = 0): View => ({
    kind: 'list',
    filter: listFilterSchema.parse(filter),
    from,
    count: windowRows,
  });
  const { ledger, ownerId } = opened;
  const { done: ended = 0 } = Object.fromEntries(ledger.transferList.countStates(null));
  await busy(`${label}: list at its beginning`, opened, list({}), results);
  await busy(`${label}: list of one job`, opened, list({ ownerId }), results);
  await busy(
    `${label}: list in the middle of its longest group`,
    opened,
    list({ group: ended > 0 ? 'done' : 'waiting' }, Math.max(ended, 10_000) / 2),
    results,
  );
  await busy(`${label}: list found by its text`, opened, list({ text: '99.TXT' }), results);
  await busy(`${label}: totals`, opened, { kind: 'overview', hidden: false }, results);
  await busy(
    `${label}: one transfer of 8,192 parts`,
    opened,
    { kind: 'transfer', transferId: largeTransfer(opened) },
    results,
  );
  await idle(
    `${label}: list and totals open, and nothing happens`,
    opened,
    [list({}), { kind: 'overview', hidden: false }],
    results,
  );
}

/** 48 transfers run: some bytes each, and one after the other is done and gives its place to the next. */
async function busy(name: string, opened: Opened, view: View, results: ViewMeasurement[]): Promise<void> {
  const { hub, wire, board } = opened;
  const spent = new Looks();
  const begun = performance.now();
  wire.bytes = 0;
  const subscription = hub.subscribe(view);
  for (let look = 0; look < looks; look += 1) {
    for (let n = 0; n < 10; n += 1) step(opened);
    for (const live of board.running().values()) board.sent(live, 1000, false);
    await sleep(lookMs);
  }
  const seconds = (performance.now() - begun) / 1000;
  hub.unsubscribe(subscription);
  spent.stop();
  results.push({ name: `${name}: a look`, value: spent.mean, unit: 'ms', budget: 5 });
  results.push({ name: `${name}: the longest look`, value: spent.longest, unit: 'ms', budget: 20 });
  results.push({ name: `${name}: sent`, value: wire.bytes / 1000 / seconds, unit: 'KB/s' });
}

function step({ db, ledger, ownerId, board }: Opened): void {
  const running = board.running();
  const now = Date.now();
  db.transaction(() => {
    if (running.size >= 48) {
      const [oldest] = [...running].find(([, { partsTotal }]) => partsTotal === null)!;
      ledger.transfers.move(oldest, 'done', {}, now);
      board.end(oldest);
    }
    const [next] = ledger.transfers.nextIds(ownerId, 0, 1);
    if (next === undefined) return;
    ledger.transfers.move(next, 'sending', { intendedSha1: sha1 }, now);
    board.begin(next, ownerId);
  });
  for (const live of running.values()) {
    const part = live.done && Math.floor(Math.random() * 8192);
    if (live.done && part !== null) live.done.mark(part, 'sent');
  }
}

function largeTransfer({ db, ledger, ownerId, board }: Opened): number {
  const partSizeBytes = 2 ** 25;
  const totalParts = 8192;
  const endpoints = { uploadPart: 'u', commit: 'c', abort: 'a', listParts: 'l', status: 's' };
  const [id] = ledger.transfers.nextIds(ownerId, 0, 1) as [number];
  db.transaction(() => {
    ledger.transfers.setKind(id, 'session', 1);
    ledger.transfers.setSession(id, {
      id: 's',
      partSizeBytes,
      totalParts,
      expiresAt: '2030-01-01T00:00:00Z',
      endpoints,
      ours: true,
    });
    ledger.transfers.move(id, 'sending', {}, Date.now());
  });
  const live = board.begin(id, ownerId);
  live.partsTotal = totalParts;
  live.partsDone = 1;
  live.done = new DoneParts({ sizeBytes: partSizeBytes * totalParts, partSizeBytes, totalParts });
  for (let index = 0; index < 5; index += 1) live.parts.set(index, { ...newLivePart(), state: 'sending' });
  return id;
}

async function idle(name: string, opened: Opened, views: View[], results: ViewMeasurement[]): Promise<void> {
  const { hub, board } = opened;
  for (const id of [...board.running().keys()]) board.end(id);
  const subscriptions = views.map((view) => hub.subscribe(view));
  // Until rates have gone down.
  await sleep(6000);
  const before = process.cpuUsage();
  const begun = performance.now();
  await sleep(3000);
  const { user, system } = process.cpuUsage(before);
  for (const id of subscriptions) hub.unsubscribe(id);
  const share = ((user + system) / 1000 / (performance.now() - begun)) * 100;
  results.push({ name, value: share, unit: '%', budget: 0.1 });
}

/** How long each turn takes that a timer or an immediate begins, from now on: those of the hub, and those that only wait. */
class Looks {
  readonly #times: number[] = [];
  readonly #setTimeout = globalThis.setTimeout;
  readonly #setImmediate = globalThis.setImmediate;

  constructor() {
    const measured =
      <T extends unknown[]>(begin: (work: () => void, ...rest: T) => unknown) =>
      (work: () => void, ...rest: T) =>
        begin(
          () => {
            const begun = performance.now();
            work();
            this.#times.push(performance.now() - begun);
          },
          ...rest,
        );
    Object.assign(globalThis, {
      setTimeout: measured(this.#setTimeout),
      setImmediate: measured(this.#setImmediate),
    });
  }

  stop(): void {
    Object.assign(globalThis, { setTimeout: this.#setTimeout, setImmediate: this.#setImmediate });
  }

  get mean(): number {
    return this.#times.reduce((sum, time) => sum + time, 0) / Math.max(1, this.#times.length);
  }

  get longest(): number {
    return Math.max(0, ...this.#times);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const folder = mkdtempSync(join(tmpdir(), 'boxcar-bench-views-'));
  try {
    for (const { name, value, unit, budget } of await benchViews(folder)) {
      const verdict = budget === undefined ? '' : `budget ${budget}${value > budget ? '  EXCEEDED' : ''}`;
      process.stdout.write(`${name.padEnd(72)} ${value.toFixed(2).padStart(9)} ${unit.padEnd(4)} ${verdict}\n`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
