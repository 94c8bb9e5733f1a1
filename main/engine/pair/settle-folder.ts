import { nameKey } from '../../../shared/box-names.ts';
import type { Outcome } from '../../../shared/outcome.ts';
import { applyPlan } from '../job/apply-plan.ts';
import { BoxListing } from '../job/box-listing.ts';
import type { FileRow } from '../ledger/files.ts';
import { sizeOfKey } from '../ledger/facts.ts';
import type { PairRow } from '../ledger/pairs.ts';
import { proposeName } from '../names/propose-name.ts';
import { copyName } from '../plan/copy-name.ts';
import { planFile, type BoxEntry, type FilePlan } from '../plan/plan-file.ts';
import { findTwins } from '../plan/twins.ts';
import { stopTransfers } from './decide-gone.ts';
import { relocateFilesIn } from './relocate-files.ts';
import { removedProblem } from './remote-changes.ts';
import { ask, type PairServices } from './services.ts';
import type { FolderStands } from './stand-folder.ts';
import { entryPath } from '../scan/raw-path.ts';

const filesAtOnce = 200;

/**
 * Gives a folder its place on Box and every file in it that waits its plan. What Box holds there is listed only where it is not
 * known: else the ledger's memory counts, and Box itself says so where it has changed since (If-Match, a name that is taken).
 * Files that are `held` wait for others with which they moved.
 * Resolves with whether something in it has to be looked at again by and by.
 * Rejects with what concerns more than this folder, and with `target.not-found` or `target.trashed` where it is gone on Box.
 */
export async function settleFolder(
  services: PairServices,
  stands: FolderStands,
  pair: PairRow,
  folderId: number,
  held: ReadonlySet<number>,
  signal: AbortSignal,
): Promise<boolean> {
  const { ledger, clock, connection } = services;
  const boxId = await stands.stand(folderId, signal);
  if (boxId === undefined) return false;
  let listing: BoxListing | null = null;
  if (ledger.tree.folder(folderId)!.listedAt === null) {
    listing = await BoxListing.read(connection, boxId, signal);
    await placeChildren(services, folderId, listing);
    await ledger.write(() => ledger.tree.place(folderId, boxId, clock.now()));
  }
  const waiting = await takeOverNames(services, folderId, held);
  // What was taken over may have another name on Box.
  await relocateFilesIn(services, folderId, boxId, signal);
  const notYet = new Set([...held, ...waiting]);
  await planFiles(services, pair, { folderId, boxId, listing, held: notYet }, signal);
  // Those that wait are compared with Box when it is their turn.
  const isHeld = listing !== null && [...notYet].some((id) => ledger.pairFiles.file(id)?.folderId === folderId);
  if (isHeld) await ledger.write(() => ledger.tree.setListed(folderId, null));
  return waiting.size > 0;
}

/** Folders that stand on Box already are taken over. A name that a file has there fails when the folder is made. */
async function placeChildren({ ledger }: PairServices, folderId: number, listing: BoxListing): Promise<void> {
  const children = ledger.tree.children(folderId).filter(({ state, boxId }) => state === 'found' && boxId === null);
  const names = ledger.tree.names(folderId).map(({ name }) => name);
  const twins = findTwins(names, listing.names());
  await ledger.write(() => {
    for (const child of children) {
      const onBox = listing.byName(child.name);
      if (onBox?.type === 'folder' && !twins.has(child.name)) ledger.tree.place(child.id, onBox.id, null);
    }
  });
}

/**
 * A new file that to Box has the name of one that is no longer here, in another case, say: it is the next version of that, and
 * not another file in the way of it. Returns those that wait for the outcome of what was sent of the other one.
 */
async function takeOverNames(
  services: PairServices,
  folderId: number,
  held: ReadonlySet<number>,
): Promise<ReadonlySet<number>> {
  const { ledger } = services;
  const away = new Map(ledger.pairFiles.awayOnBox(folderId).map((row) => [nameKey(row.boxName), row]));
  const waiting = new Set<number>();
  if (away.size === 0) return waiting;
  for (let after = 0; ;) {
    const files = ledger.pairFiles.openFiles(folderId, after, filesAtOnce);
    if (files.length === 0) return waiting;
    after = files.at(-1)!.id;
    for (const file of files) {
      const known = away.get(nameKey(file.name));
      if (!known || file.boxId !== null || held.has(file.id) || ledger.transfers.live(file.id)) continue;
      if (known.isLive) await stopTransfers(services, [known]);
      if (ledger.transfers.live(known.id)) waiting.add(file.id);
      else if (known.isBound) await ledger.write(() => ledger.pairFiles.takeOver(known.id, file.id));
      away.delete(nameKey(file.name));
    }
  }
}

async function planFiles(
  services: PairServices,
  pair: PairRow,
  folder: { folderId: number; boxId: string; listing: BoxListing | null; held: ReadonlySet<number> },
  signal: AbortSignal,
): Promise<void> {
  const { ledger, onEvent } = services;
  const { folderId, boxId, listing, held } = folder;
  let twins: Map<string, string> | undefined;
  let taken: NameSet | undefined;
  const folderPath = ledger.folders.path(folderId).display;
  for (let after = 0; ;) {
    signal.throwIfAborted();
    const files = ledger.pairFiles.openFiles(folderId, after, filesAtOnce);
    if (files.length === 0) return;
    after = files.at(-1)!.id;
    const names = twins ? [] : ledger.tree.names(folderId);
    twins ??= findTwins(
      names.map(({ name }) => name),
      listing?.names() ?? new Set(names.filter(({ onBox }) => onBox).map(({ name }) => name)),
    );
    taken ??= nameSet(
      names.map(({ name }) => name),
      listing,
    );
    const place = { boxId, listing, twins, taken, folderPath };
    const waiting = files.filter(({ id }) => !held.has(id));
    const outcomes = await ledger.write(() => waiting.flatMap(({ id }) => planOne(services, pair, id, place)));
    for (const outcome of outcomes) {
      if (outcome.outcome !== 'unchanged') onEvent({ type: 'file', pairId: pair.id, outcome });
    }
  }
}

interface Place {
  boxId: string;
  listing: BoxListing | null;
  twins: Map<string, string>;
  taken: NameSet;
  folderPath: string;
}

function planOne(services: PairServices, pair: PairRow, fileId: number, place: Place): Outcome[] {
  const { ledger, clock, hostName } = services;
  const file = ledger.files.get(fileId)!;
  const now = clock.now();
  const removed = ledger.questions.aboutFile('removed-on-box', fileId);
  if (removed) {
    // A change here took the problem from it, and is no answer.
    const problem = removedProblem(removed.path, removed.detail.by ?? null, removed.askedAt);
    ledger.files.setOutcome(fileId, 'kept', file.problem ?? problem);
    return [];
  }
  const onBox = standingFor(file, place.listing);
  // Somebody's version of it is not ours: the rule for conflicts decides.
  const isOurs = onBox?.type === 'file' && onBox.id === file.box?.fileId && onBox.sha1 === file.box.sha1;
  const policy = isOurs ? 'version' : pair.options.conflicts;
  const facts = {
    name: file.name,
    facts: file.facts!,
    digest: file.sha1 !== null && file.sha1Facts !== null ? { sha1: file.sha1, factsKey: file.sha1Facts } : null,
    bound: file.box,
    live: ledger.transfers.live(fileId) ?? null,
    onBox,
    parentBoxId: place.boxId,
    twinOf: place.twins.get(file.name) ?? null,
    policy,
    copyName: () => copyName(file.name, hostName, new Date(now), place.taken),
  };
  const plan = planFile(facts);
  const path = entryPath(place.folderPath, file.name);
  const outcome = applyPlan({ ledger, file, path, parentBoxId: place.boxId, now }, plan);
  askOfCopy(services, pair, file, plan, onBox, path);
  if (plan.do === 'fail' && ledger.questions.isLeftOut('file', fileId, path)) {
    ledger.files.setOutcome(fileId, 'kept', null);
    return [];
  }
  if (plan.do === 'fail') askOfName(services, pair, file, path, place);
  else ledger.questions.withdraw('name', { ownerId: pair.id, fileId });
  services.scheduler.kick();
  // A problem that it had already is not told again.
  const isKnown = outcome?.problem && outcome.problem.code === file.problem?.code;
  return outcome && !isKnown ? [outcome] : [];
}

/** What stands on Box for the file: in a fresh listing, or as the ledger remembers it. */
function standingFor(file: FileRow, listing: BoxListing | null): BoxEntry | null {
  const { box } = file;
  if (listing) return (box && listing.byId(box.fileId)) ?? listing.byName(file.name);
  if (!box) return null;
  const { fileId: id, name, etag, versionId, sha1 } = box;
  const sizeBytes = file.sha1 === sha1 && file.sha1Facts !== null ? sizeOfKey(file.sha1Facts) : null;
  return { type: 'file', id, name, etag, sha1, sizeBytes, versionId };
}

/** A name that Box refuses, or shares with another: what would settle it is proposed. */
function askOfName(services: PairServices, pair: PairRow, file: FileRow, path: string, place: Place): void {
  const taken = { has: (key: string) => place.taken.has(key) && key !== nameKey(file.name) };
  const twin = place.twins.get(file.name);
  const proposal = proposeName(
    file.name,
    false,
    Buffer.byteLength(file.name),
    twin === undefined ? taken : place.taken,
  );
  if (proposal === file.name) return;
  place.taken.add(proposal);
  const why = twin === undefined ? 'Box does not take this name' : `To Box this is the same name as "${twin}"`;
  ask(services, {
    ownerId: pair.id,
    kind: 'name',
    fileId: file.id,
    folderId: null,
    path,
    text: `${why}. Rename it here to "${proposal}"?`,
    detail: { proposal },
  });
}

function askOfCopy(
  services: PairServices,
  pair: PairRow,
  file: FileRow,
  plan: FilePlan,
  onBox: BoxEntry | null,
  path: string,
): void {
  if (plan.do !== 'send' || plan.base !== null || onBox?.type !== 'file' || plan.name === file.name) return;
  askConflict(services, {
    pairId: pair.id,
    fileId: file.id,
    path,
    originalId: onBox.id,
    standingName: onBox.name,
    copyName: plan.name,
  });
}

/** Ours goes up as a copy beside other content: what becomes of the two is asked. Within a transaction. */
export function askConflict(
  services: PairServices,
  copy: { pairId: number; fileId: number; path: string; originalId: string; standingName: string; copyName: string },
): void {
  const { pairId, fileId, path, originalId } = copy;
  services.ledger.pairFiles.setOwnName(fileId, null);
  ask(services, {
    ownerId: pairId,
    kind: 'conflict',
    fileId,
    folderId: null,
    path,
    text: `"${copy.standingName}" on Box has other content that is not ours; the file from here goes up as "${copy.copyName}".`,
    detail: { originalId, copyName: copy.copyName },
  });
}

/** Names that are taken here, on Box as far as it was listed, or by a proposal. */
interface NameSet {
  has(key: string): boolean;
  add(name: string): void;
}

function nameSet(names: readonly string[], listing: BoxListing | null): NameSet {
  const keys = new Set(names.map(nameKey));
  return { has: (key) => keys.has(key) || (listing?.has(key) ?? false), add: (name) => keys.add(nameKey(name)) };
}
