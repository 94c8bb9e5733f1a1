import type { Preview } from '../../../shared/pair-model.ts';
import { ProblemError } from '../../../shared/problem-error.ts';
import type { Problem } from '../../../shared/problem.ts';
import { hashFile } from '../hash/hash-file.ts';
import { describeRule } from '../ignore/model.ts';
import { joinPath, type FolderPath } from '../ledger/folders.ts';
import { nameKey as rowKey } from '../ledger/pair-sql.ts';
import { diagnoseNames } from '../names/diagnose-names.ts';
import { lookUpLink } from '../names/look-up-link.ts';
import type { NamedEntry } from '../names/model.ts';
import type { BoxEntry } from '../plan/plan-file.ts';
import { workThrough } from '../remote/work-through.ts';
import type { IgnoredEntry, LocalName, ScannedEntry, ScannedFolder } from '../scan/model.ts';
import type { BothSides, BothVisitor } from '../verify/walk-both.ts';
import type { PreviewOptions } from './model.ts';
import { entryPath } from '../scan/raw-path.ts';

/** A folder while it is looked at. */
interface Looked {
  /** It can't go up as it is, and so nothing in it. */
  isBlocked: boolean;
  /** Gathered until it is closed: the doctor needs all names of a folder at once. */
  entries: ScannedEntry[];
  ignored: IgnoredEntry[];
  /** Folders in it on Box, and those that can't go up. */
  places: Map<string, string>;
  blocked: Set<string>;
}

type Folder = BothSides<Looked>;
/** A file that stands on Box in the same size. */
interface Alike {
  entry: ScannedEntry;
  sha1: string | null;
}

const filesAtOnce = 4;
const mostExamples = 100;
const mostFindings = 1000;
const mostPaths = 1000;

/** Counts what a first sync would do. */
export class PreviewVisitor implements BothVisitor<Looked> {
  readonly preview: Omit<Preview, 'paceMs'> = {
    files: 0,
    folders: 0,
    bytes: 0,
    onBox: { files: 0, bytes: 0 },
    toSend: { files: 0, bytes: 0 },
    conflicts: { files: 0, paths: [] },
    ignored: { entries: 0, examples: [] },
    names: { count: 0, findings: [] },
    unreadable: [],
  };
  readonly #options: PreviewOptions;

  constructor(options: PreviewOptions) {
    this.#options = options;
  }

  open(parent: Folder | null, name: LocalName): Looked {
    if (parent) this.preview.folders += 1;
    const isBlocked = parent !== null && (parent.state.isBlocked || parent.state.blocked.has(keyOf(name)));
    return { isBlocked, entries: [], ignored: [], places: new Map(), blocked: new Set() };
  }

  slice({ path, state }: Folder, { entries, ignored }: ScannedFolder): Promise<void> {
    for (const { kind, facts } of entries) {
      if (kind !== 'file') continue;
      this.preview.files += 1;
      this.preview.bytes += facts?.sizeBytes ?? 0;
    }
    const { ignored: told } = this.preview;
    told.entries += ignored.length;
    for (const { name, rule } of ignored.slice(0, mostExamples - told.examples.length)) {
      told.examples.push({ path: entryPath(path.display, name), rule: rule ? describeRule(rule) : 'left out' });
    }
    for (const entry of entries) state.entries.push(entry);
    for (const entry of ignored) state.ignored.push(entry);
    return Promise.resolve();
  }

  async close(folder: Folder, problem: Problem | null): Promise<void> {
    const { path, state, listing } = folder;
    if (problem) this.#unreadable(path.display, problem);
    for (const { name, problem } of state.entries) {
      if (problem && problem.code !== 'local.missing') this.#unreadable(entryPath(path.display, name), problem);
    }
    const refused = await this.#diagnose(folder);
    const alike: Alike[] = [];
    for (const entry of state.entries) {
      if (entry.kind !== 'file' && entry.kind !== 'folder') continue;
      if (refused.has(entryPath(path.display, entry.name))) state.blocked.add(keyOf(entry));
      else if (!state.isBlocked) alike.push(...this.#place(folder, entry, listing?.byName(entry.name) ?? null));
    }
    await workThrough(alike, filesAtOnce, this.#options.signal, async (file) => {
      await this.#compare(path, file);
      return [];
    });
    state.entries = [];
    state.ignored = [];
  }

  childOnBox({ state }: Folder, child: LocalName): string | null {
    return state.places.get(keyOf(child)) ?? null;
  }

  /** Runs the name doctor over a folder. Resolves with the paths that it found something about. */
  async #diagnose({ path, state, listing }: Folder): Promise<Set<string>> {
    const entries = await Promise.all(state.entries.map((entry) => withTarget(path, entry)));
    // Their names are taken on the disk, and they are no matter of the doctor's.
    const ignored = state.ignored.map(({ name, rawName }): NamedEntry => {
      return { name, rawName, kind: 'unknown', facts: null, problem: { code: 'local.missing' } };
    });
    const onBox = listing?.names();
    const named = { path: path.display, entries: [...entries, ...ignored] };
    const findings = diagnoseNames(onBox ? { ...named, onBox } : named);
    for (const { path: found, kind, detail, proposal } of findings) {
      this.#found({ path: found, kind, detail, proposal: proposal.do === 'rename' ? proposal.to : null });
    }
    return new Set(findings.map((finding) => finding.path));
  }

  #found(finding: Preview['names']['findings'][number]): void {
    const { names } = this.preview;
    names.count += 1;
    if (names.findings.length < mostFindings) names.findings.push(finding);
  }

  #place({ path, state }: Folder, entry: ScannedEntry, item: BoxEntry | null): Alike[] {
    if (item && item.type !== entry.kind) {
      const detail = `a ${item.type} of this name stands on Box`;
      this.#found({ path: entryPath(path.display, entry.name), kind: 'taken', detail, proposal: null });
      state.blocked.add(keyOf(entry));
      return [];
    }
    if (item?.type === 'folder') state.places.set(keyOf(entry), item.id);
    if (entry.kind === 'folder') return [];
    if (item?.type !== 'file') this.#send(entry);
    else if (item.sizeBytes !== null && item.sizeBytes !== entry.facts!.sizeBytes) this.#conflict(path, entry);
    else return [{ entry, sha1: item.sha1 }];
    return [];
  }

  async #compare(folder: FolderPath, { entry, sha1 }: Alike): Promise<void> {
    const { hashPool, signal } = this.#options;
    const { display, local } = joinPath(folder, entry.name, entry.rawName);
    try {
      const here = await hashFile(hashPool, { path: local, displayPath: display, signal });
      if (here.sha1 !== sha1) return this.#conflict(folder, entry);
      this.preview.onBox.files += 1;
      this.preview.onBox.bytes += entry.facts!.sizeBytes;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof ProblemError)) throw error;
      this.#unreadable(display, error.problem);
    }
  }

  #conflict(folder: FolderPath, entry: ScannedEntry): void {
    const { conflicts } = this.preview;
    conflicts.files += 1;
    if (conflicts.paths.length < mostPaths) conflicts.paths.push(entryPath(folder.display, entry.name));
    if (this.#options.options.conflicts !== 'skip') this.#send(entry);
  }

  #send({ facts }: ScannedEntry): void {
    this.preview.toSend.files += 1;
    this.preview.toSend.bytes += facts?.sizeBytes ?? 0;
  }

  #unreadable(path: string, problem: Problem): void {
    if (this.preview.unreadable.length < mostPaths) this.preview.unreadable.push({ path, problem });
  }
}

function keyOf({ name, rawName }: LocalName): string {
  return rowKey(name, rawName);
}

/** Where a link leads, if that can be seen. */
async function withTarget(folder: FolderPath, entry: ScannedEntry): Promise<NamedEntry> {
  if (entry.kind !== 'link') return entry;
  const linkTarget = await lookUpLink(folder.local, entry).catch(() => undefined);
  return linkTarget === undefined ? entry : { ...entry, linkTarget };
}
