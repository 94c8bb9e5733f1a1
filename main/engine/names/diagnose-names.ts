import { nameKey, nameProblem } from '../../../shared/box-names.ts';
import { findTwins } from '../plan/twins.ts';
import type { Finding, FindingKind, NamedEntry, Proposal } from './model.ts';
import { placeholderDetail } from './placeholder.ts';
import { proposeName } from './propose-name.ts';
import { entryPath } from '../scan/raw-path.ts';

export interface NamedFolder {
  /** For people. */
  path: string;
  /** All of them, also those that a rule leaves out: their names are taken on the disk. */
  entries: readonly NamedEntry[];
  /** Names in the folder on Box, where it is known: they win among twins, and no proposal takes them. */
  onBox?: ReadonlySet<string> | undefined;
}

const specialKinds: Partial<Record<NamedEntry['kind'], string>> = {
  socket: 'a socket',
  fifo: 'a named pipe',
  device: 'a device',
  unknown: 'neither a file nor a folder',
};

/**
 * What in a folder can't go up as it is, with a remedy each; everything else goes on. At most one finding an entry: first what
 * is no content, then names that Box refuses, then twins among the names that are left. Pure, and the same for any order of
 * the entries. After all renames are applied nothing is found but what is to be skipped. What could not be looked at
 * (vanished, unreadable) is no matter of names.
 */
export function diagnoseNames(folder: NamedFolder): Finding[] {
  const onBox = folder.onBox ?? new Set<string>();
  const entries = [...folder.entries].sort(inOrder);
  const taken = new Set([...entries.map(({ name }) => name), ...onBox].map(nameKey));
  const found = new Map<NamedEntry, Omit<Finding, 'path'>>();
  const rename = (entry: NamedEntry): Proposal => {
    const bytes = entry.rawName?.length ?? Buffer.byteLength(entry.name);
    const to = proposeName(entry.name, entry.kind === 'folder', bytes, taken);
    taken.add(nameKey(to));
    return { do: 'rename', to };
  };

  const named: NamedEntry[] = [];
  for (const entry of entries) {
    const contentless = contentFinding(entry);
    if (contentless) found.set(entry, { ...contentless, proposal: { do: 'skip' } });
    else if (entry.kind === 'file' || entry.kind === 'folder') named.push(entry);
  }
  const valid = named.filter((entry, index) => {
    const problem = nameProblem(entry.name);
    const isStandIn = named[index - 1]?.name === entry.name;
    if (problem === undefined && !isStandIn) return true;
    const finding = problem ? nameFinding(entry.name, problem) : standInFinding;
    found.set(entry, { ...finding, proposal: rename(entry) });
    return false;
  });
  const twins = findTwins(valid.map(({ name }) => name), onBox); // prettier-ignore
  for (const entry of valid) {
    const winner = twins.get(entry.name);
    if (winner !== undefined) found.set(entry, { ...twinFinding(entry.name, winner), proposal: rename(entry) });
  }
  return entries.flatMap((entry) => {
    const finding = found.get(entry);
    return finding ? [{ path: entryPath(folder.path, entry.name), ...finding }] : [];
  });
}

/** By code units, and a name that is text before one whose stand-in reads the same. */
function inOrder(a: NamedEntry, b: NamedEntry): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return Buffer.compare(a.rawName ?? Buffer.alloc(0), b.rawName ?? Buffer.alloc(0));
}

type Diagnosis = { kind: FindingKind; detail: string };

function contentFinding(entry: NamedEntry): Diagnosis | null {
  if (entry.kind === 'link') return linkFinding(entry);
  const special = entry.problem ? undefined : specialKinds[entry.kind];
  if (special) return { kind: 'special', detail: `${special}; only files and folders go up` };
  const placeholder = placeholderDetail(entry);
  return placeholder === null ? null : { kind: 'placeholder', detail: placeholder };
}

/** A root that is a link in a circle has its problem from the walk. */
function linkFinding({ linkTarget, problem }: NamedEntry): Diagnosis {
  if (linkTarget === 'loop' || problem?.code === 'local.not-regular') {
    return { kind: 'loop', detail: 'a link that leads back to itself or to a folder around it' };
  }
  const target = {
    file: 'a link to a file; the file itself goes up where it stands',
    folder: 'a link to a folder; links are not followed',
    missing: 'a link to something that is not there',
  };
  return { kind: 'link', detail: linkTarget ? target[linkTarget] : 'a symbolic link; links are not followed' };
}

function nameFinding(name: string, problem: NonNullable<ReturnType<typeof nameProblem>>): Diagnosis {
  if (problem === 'name.too-long') return { kind: 'too-long', detail: `${name.length} characters; Box takes 255` };
  const detail = name.endsWith(' ') ? 'Box takes no space at the end of a name' : 'Box takes no / or \\ and no control characters'; // prettier-ignore
  return { kind: 'refused', detail };
}

const standInFinding: Diagnosis = {
  kind: 'unicode-twins',
  detail: 'its bytes are not UTF-8, and what stands for them is the name of another file',
};

function twinFinding(name: string, winner: string): Diagnosis {
  const isSpelling = name.normalize('NFC') === winner.normalize('NFC');
  return isSpelling
    ? { kind: 'unicode-twins', detail: `"${winner}" looks the same in other code points and goes up in its place` }
    : { kind: 'case-twins', detail: `"${winner}" is the same name to Box and goes up in its place` };
}
