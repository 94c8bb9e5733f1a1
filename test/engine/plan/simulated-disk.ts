import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { Identity, MoveRow } from '../../../main/engine/plan/plan-moves.ts';

/** One inode's life; unlinked and made anew it is another one. */
export interface SimulatedFile {
  dev: string;
  inode: string;
  mtimeNs: string;
  birthtimeNs: string;
  content: string;
}

export const operation = fc.oneof(
  fc.record({ do: fc.constantFrom('save', 'write'), a: fc.nat(), content: fc.constantFrom('', 'one', 'two', 'three', 'four') }),
  fc.record({ do: fc.constantFrom('rename', 'swap', 'link', 'copy'), a: fc.nat(), b: fc.nat() }),
  fc.record({ do: fc.constant('rotate'), a: fc.nat(), b: fc.nat(), c: fc.nat() }),
  fc.record({ do: fc.constant('remove'), a: fc.nat() }),
); // prettier-ignore
type Operation = typeof operation extends fc.Arbitrary<infer Value> ? Value : never;

/**
 * Paths on two devices, each holding a file or none. A freed inode goes to the next new file on its device, as on ext4.
 * Numbers of paths are taken modulo how many there are.
 */
export class SimulatedDisk {
  readonly files: (SimulatedFile | null)[];
  #clock = 0;
  readonly #freeInodes: Record<string, number[]> = {};
  #lastInode = 0;

  constructor(paths: number) {
    this.files = new Array<SimulatedFile | null>(paths).fill(null);
  }

  deviceOf(path: number): string {
    return path < (this.files.length * 2) / 3 ? 'disk' : 'stick';
  }

  run(operation: Operation): void {
    const at = (number: number) => number % this.files.length;
    const a = at(operation.a);
    if ('c' in operation) {
      this.#exchange([a, at(operation.b), at(operation.c)]);
    } else if ('content' in operation) {
      if (operation.do === 'save') this.#put(a, this.#create(a, operation.content));
      else if (this.files[a]) Object.assign(this.files[a], { content: operation.content, mtimeNs: this.#tick() });
    } else if (!('b' in operation)) {
      this.#put(a, null);
    } else {
      const b = at(operation.b);
      const file = this.files[a]!;
      if (!file || a === b) return;
      if (operation.do === 'swap') this.#exchange([a, b]);
      else if (operation.do === 'copy') this.#put(b, { ...this.#create(b, file.content), mtimeNs: file.mtimeNs });
      else if (this.deviceOf(a) !== this.deviceOf(b)) {
        this.#put(b, { ...this.#create(b, file.content), mtimeNs: file.mtimeNs });
        this.#put(a, null);
      } else {
        this.#put(b, file);
        if (operation.do === 'rename') this.#put(a, null);
      }
    }
  }

  #exchange(paths: number[]): void {
    const sameDevice = new Set(paths.map((path) => this.deviceOf(path))).size === 1;
    if (!sameDevice || new Set(paths).size < paths.length) return;
    const files = paths.map((path) => this.files[path]!);
    paths.forEach((_, index) => (this.files[paths[(index + 1) % paths.length]!] = files[index]!));
  }

  #create(path: number, content: string): SimulatedFile {
    const dev = this.deviceOf(path);
    const inode = String(this.#freeInodes[dev]?.pop() ?? (this.#lastInode += 1));
    return { dev, inode, mtimeNs: this.#tick(), birthtimeNs: this.#tick(), content };
  }

  #put(path: number, file: SimulatedFile | null): void {
    const before = this.files[path];
    this.files[path] = file;
    if (before && !this.files.includes(before)) (this.#freeInodes[before.dev] ??= []).push(Number(before.inode));
  }

  #tick(): string {
    return String((this.#clock += 1));
  }
}

/** Whole rows of two states of the same paths; `unhashed`: paths whose digest of now is not known. */
export function rowsOf(
  before: readonly (SimulatedFile | null)[],
  now: readonly (SimulatedFile | null)[],
  given: { hasBirthTimes: boolean; unhashed: ReadonlySet<number>; placeOf?: ((path: number) => string) | undefined },
): MoveRow[] {
  return now.map((file, path) => {
    const old = before[path] ?? null;
    return {
      id: path,
      synced: old && identityOf(old, given.hasBirthTimes),
      now: file && identityOf(file, given.hasBirthTimes),
      sha1: old && sha1Of(old.content),
      nowSha1: file && !given.unhashed.has(path) ? sha1Of(file.content) : null,
      place: given.placeOf?.(path),
    };
  });
}

function identityOf(file: SimulatedFile, hasBirthTimes: boolean): Identity {
  const { dev, inode, mtimeNs, birthtimeNs, content } = file;
  return { dev, inode, mtimeNs, sizeBytes: content.length, birthtimeNs: hasBirthTimes ? birthtimeNs : null };
}

export function sha1Of(content: string): string {
  return createHash('sha1').update(content).digest('hex');
}
