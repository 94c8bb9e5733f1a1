import { nameProblem } from '../../../shared/box-names.ts';
import type { Outcome } from '../../../shared/progress-contract.ts';
import { ProblemError } from '../../../shared/problem-error.ts';
import type { Problem } from '../../../shared/problem.ts';
import type { ProblemCode } from '../../../shared/problem-table.ts';
import type { BoxConnection } from '../../box/connection.ts';
import { ensureFolder } from '../../box/folders.ts';
import type { Clock } from '../../platform/clock.ts';
import { factsKey } from '../ledger/facts.ts';
import type { FileRow } from '../ledger/files.ts';
import type { FolderRow } from '../ledger/folders.ts';
import type { JobRow } from '../ledger/jobs.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { copyName } from '../plan/copy-name.ts';
import { planFile, type BoxEntry, type FileFacts, type LiveTransfer } from '../plan/plan-file.ts';
import { failureOf } from '../progress/failure-of.ts';
import { findTwins } from '../plan/twins.ts';
import { applyPlan } from './apply-plan.ts';
import { BoxListing } from './box-listing.ts';
import { endTransfersOfGone } from './gone.ts';
import { entryPath } from '../scan/raw-path.ts';

export interface PlacingServices {
  ledger: Ledger;
  connection: BoxConnection;
  clock: Clock;
  hostName: string;
  onOutcome: (outcome: Outcome) => void;
  /** Whether a transfer is under way now. */
  isRunning: (transferId: number) => boolean;
  /** What became of files in this run already, by their ids. */
  concluded: ReadonlyMap<number, Outcome['outcome']>;
}

const filesAtOnce = 250;

/**
 * Gives a folder its place on Box (made, or found and listed once), then its subfolders theirs to come, then every file in
 * it its plan. Rejects with a ProblemError where it can't stand or be listed. What has been done stays so: it may be called again.
 */
export async function placeFolder(
  services: PlacingServices,
  job: JobRow,
  scan: number,
  folder: FolderRow,
  signal: AbortSignal,
): Promise<void> {
  const { ledger } = services;
  const { boxId, listing } = await standOnBox(services, folder, signal);
  const twins = await placeChildren(services, folder, scan, listing);
  await planFiles(services, job, folder, scan, boxId, listing, twins, signal);
  await ledger.step(() => {
    const now = services.clock.now();
    endTransfersOfGone(ledger, ledger.files.markGone(folder.id, scan), now);
    ledger.folders.place(folder.id, 'planned', boxId);
  });
}

/** Marks a folder and all below it as failed, and tells so. */
export async function failFolder(
  { ledger, onOutcome }: Pick<PlacingServices, 'ledger' | 'onOutcome'>,
  folder: FolderRow,
  problem: Problem,
): Promise<void> {
  const path = ledger.folders.path(folder.id).display;
  const named = { ...problem, item: path };
  await ledger.write(() => ledger.folders.fail(folder.id, named));
  onOutcome(failureOf(path, 'failed', 0, problem));
}

async function standOnBox(
  { ledger, connection, clock }: PlacingServices,
  folder: FolderRow,
  signal: AbortSignal,
): Promise<{ boxId: string; listing: BoxListing }> {
  if (folder.state === 'list') {
    return { boxId: folder.boxId!, listing: await BoxListing.read(connection, folder.boxId!, signal) };
  }
  const bad = nameProblem(folder.name);
  if (bad) throw new ProblemError({ code: bad, operation: 'create folder', detail: '', at: clock.now() });
  const parentId = ledger.folders.get(folder.parentId!)!.boxId!;
  const { folder: made, created } = await ensureFolder(connection, { parentId, name: folder.name }, { signal });
  await ledger.step(() => ledger.folders.place(folder.id, 'list', made.id));
  // What was made just now is empty: it need not be listed.
  return { boxId: made.id, listing: created ? new BoxListing() : await BoxListing.read(connection, made.id, signal) };
}

/** Tells each subfolder whether it stands on Box. Returns the names that go up in the stead of their twins. */
async function placeChildren(
  services: PlacingServices,
  folder: FolderRow,
  scan: number,
  listing: BoxListing,
): Promise<Map<string, string>> {
  const { ledger, clock } = services;
  const children = ledger.folders.children(folder.id, scan).filter(({ state }) => state !== 'failed');
  const names = [...children.map(({ name }) => name), ...ledger.files.names(folder.id, scan).map(({ name }) => name)];
  const twins = findTwins(names, listing.names());
  const refused: Promise<void>[] = [];
  const placed = children.flatMap((child) => {
    const onBox = listing.byName(child.name);
    const twin = twins.get(child.name);
    const refuse = (code: ProblemCode, detail: string) => {
      refused.push(failFolder(services, child, { code, operation: 'plan', detail, at: clock.now() }));
      return [];
    };
    if (twin !== undefined) return refuse('name.twins', `"${twin}" goes up in its place`);
    if (onBox && onBox.type !== 'folder')
      return refuse('name.taken-by-file', `a ${onBox.type} "${onBox.name}" stands on Box`);
    return [{ id: child.id, boxId: onBox?.id ?? null }];
  });
  await ledger.step(() => {
    for (const { id, boxId } of placed) ledger.folders.place(id, boxId === null ? 'create' : 'list', boxId);
  });
  await Promise.all(refused);
  return twins;
}

async function planFiles(
  services: PlacingServices,
  job: JobRow,
  folder: FolderRow,
  scan: number,
  boxId: string,
  listing: BoxListing,
  twins: Map<string, string>,
  signal: AbortSignal,
): Promise<void> {
  const { ledger, clock, onOutcome } = services;
  const folderPath = ledger.folders.path(folder.id).display;
  for (let after = 0; ;) {
    signal.throwIfAborted();
    const files = ledger.files.ofFolder(folder.id, scan, after, filesAtOnce);
    if (files.length === 0) return;
    after = files.at(-1)!.id;
    const outcomes = await ledger.step(() =>
      files.flatMap((file) => {
        const path = entryPath(folderPath, file.name);
        return planOne(services, job, file, path, boxId, listing, twins, clock.now());
      }),
    );
    // Receipts are told of once they are on the disk.
    if (outcomes.length > 0) await ledger.synced();
    for (const outcome of outcomes) onOutcome(outcome);
  }
}

function planOne(
  services: PlacingServices,
  job: JobRow,
  seen: FileRow,
  path: string,
  boxId: string,
  listing: BoxListing,
  twins: Map<string, string>,
  now: number,
): Outcome[] {
  const { ledger } = services;
  const live = ledger.transfers.live(seen.id) ?? null;
  // It has been started again from where it stood, and settles by itself what it finds changed, here or on Box.
  if (live && services.isRunning(live.id)) return [];
  const told = services.concluded.get(seen.id);
  // Concluded since the row was read, perhaps: what Box holds for the file by now decides whether that is ours.
  const file = told === undefined ? seen : ledger.files.get(seen.id)!;
  if (told !== undefined && live?.state === 'needs-you') return [];
  if (!live && hasJustArrived(file, told)) {
    ledger.files.setOutcome(file.id, told, null);
    return [];
  }
  const application = { ledger, file, path, parentBoxId: boxId, now };
  const plan = planFile(factsFor(services, job, file, live, boxId, listing, twins, now));
  if (plan.do === 'send' && plan.base === null) listing.reserve(plan.name);
  const outcome = applyPlan(application, plan);
  if (plan.do === 'unchanged' && (told === 'sent' || told === 'adopted')) {
    ledger.files.setOutcome(file.id, told, null);
    return [];
  }
  if (plan.do !== 'finish') return outcome ? [outcome] : [];
  // What had been on its way is settled; now the file as it is.
  const next = ledger.files.get(file.id)!;
  const left = ledger.transfers.live(file.id) ?? null;
  const again = planFile(factsFor(services, job, next, left, boxId, listing, twins, now));
  if (again.do === 'unchanged') return outcome ? [outcome] : [];
  const second = applyPlan({ ...application, file: next }, again);
  return [outcome, second].filter((told) => told !== null);
}

/** Box has said so in this run: the listing may be older, and would have it sent again. */
function hasJustArrived(file: FileRow, told: Outcome['outcome'] | undefined): told is 'sent' | 'adopted' {
  const isOnBox = file.box !== null && file.box.sha1 === file.sha1 && file.sha1Facts === factsKey(file.facts!);
  return (told === 'sent' || told === 'adopted') && isOnBox;
}

function factsFor(
  { hostName }: PlacingServices,
  job: JobRow,
  file: FileRow,
  live: LiveTransfer | null,
  boxId: string,
  listing: BoxListing,
  twins: Map<string, string>,
  now: number,
): FileFacts {
  return {
    name: file.name,
    facts: file.facts!,
    digest: file.sha1 !== null && file.sha1Facts !== null ? { sha1: file.sha1, factsKey: file.sha1Facts } : null,
    bound: file.box,
    live,
    onBox: (file.box && listing.byId(file.box.fileId)) ?? arrivedCopy(live, file, listing) ?? listing.byName(file.name),
    parentBoxId: boxId,
    twinOf: twins.get(file.name) ?? null,
    policy: job.ifExists,
    copyName: () => copyName(file.name, hostName, new Date(now), listing),
  };
}

/** What a transfer under another name was sending, when it has arrived and only the answer was lost. */
function arrivedCopy(live: LiveTransfer | null, file: FileRow, listing: BoxListing): BoxEntry | null {
  if (!live || live.intendedSha1 === null || live.name === file.name) return null;
  const entry = listing.byName(live.name);
  return entry?.type === 'file' && entry.sha1 === live.intendedSha1 ? entry : null;
}
