import { dirname } from 'node:path';

/** Values by absolute path below one root, with the question that a flat map can't answer quickly: what lies below a path. */
export class PathTree<T> {
  readonly #root: string;
  readonly #values = new Map<string, T>();
  /** For each folder with something below it: its entries on the way there, which need not have values themselves. */
  readonly #children = new Map<string, Set<string>>();

  constructor(root: string) {
    this.#root = root;
  }

  get size(): number {
    return this.#values.size;
  }

  get(path: string): T | undefined {
    return this.#values.get(path);
  }

  values(): IterableIterator<T> {
    return this.#values.values();
  }

  /** @throws RangeError for a path outside the root: it could never be found from above. */
  set(path: string, value: T): void {
    this.#values.set(path, value);
    for (let at = path; at !== this.#root;) {
      const parent = dirname(at);
      if (parent === at) {
        this.#values.delete(path);
        throw new RangeError(`Outside ${this.#root}: ${path}`);
      }
      const siblings = this.#children.get(parent);
      if (siblings) {
        siblings.add(at);
        return;
      }
      this.#children.set(parent, new Set([at]));
      at = parent;
    }
  }

  /** The values at the path and below it, parents first. */
  subtree(path: string): T[] {
    const found: T[] = [];
    const pending = [path];
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      const value = this.#values.get(at);
      if (value !== undefined) found.push(value);
      pending.push(...(this.#children.get(at) ?? []));
    }
    return found;
  }

  /** Forgets one path; what lies below it stays. */
  delete(path: string): void {
    this.#values.delete(path);
    for (let at = path; at !== this.#root && !this.#values.has(at) && !this.#children.has(at);) {
      const parent = dirname(at);
      const siblings = this.#children.get(parent);
      siblings?.delete(at);
      if (siblings?.size === 0) this.#children.delete(parent);
      if (parent === at) return;
      at = parent;
    }
  }
}
