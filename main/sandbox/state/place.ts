// Choosing where an item lies on disk.
import { statSync } from 'node:fs';
import { localName } from './names.ts';
import type { State } from './state.ts';

/** Linux opens paths of up to 4,095 bytes, macOS of 1,023; some is left for what comes below. */
const longestPathBytes = process.platform === 'darwin' ? 800 : 3400;

function isSameFile(path: string, other: string): boolean {
  const options = { bigint: true, throwIfNoEntry: false } as const;
  const [a, b] = [statSync(path, options), statSync(other, options)];
  return a !== undefined && a.ino === b?.ino && a.dev === b.dev;
}

/**
 * The name on disk for a new place: never one that something else on disk already has, and a short one where the path would get
 * too long for the system.
 * @param above the folder it goes to, relative to the root; '' is the root.
 * @param current where the item lies now, relative to the root: its own place is free for it, in another case too.
 */
export function chooseLocalName(state: State, above: string, name: string, current?: string): string {
  const roomBytes = longestPathBytes - Buffer.byteLength(state.root) - Buffer.byteLength(above);
  for (let attempt = 0; ; attempt++) {
    const local = localName(name, attempt, { roomBytes });
    const path = above === '' ? local : `${above}/${local}`;
    if (path === current || !state.isTaken(path)) return local;
    const isCaseTwin = current !== undefined && path.toLowerCase() === current.toLowerCase();
    if (isCaseTwin && isSameFile(state.path(path), state.path(current))) return local;
  }
}
