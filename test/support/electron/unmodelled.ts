/** What every object that a part of the stand-in consists of may be asked for, without being a member of Electron's. */
const language = new Set([
  'then',
  'toJSON',
  'constructor',
  'prototype',
  'length',
  'name',
  'inspect',
  'valueOf',
  'toString',
]);

/** Thrown for everything of Electron that the stand-in has no model of: it must never answer by silence. */
export class UnmodelledError extends Error {
  constructor(what: string) {
    super(
      `The stand-in for Electron has no model of ${what}. Model it after its documents (test/support/electron), or don't use it.`,
    );
    this.name = 'UnmodelledError';
  }
}

/** The same object, which throws with the member's name for what it doesn't have. Members may be set, as on Electron's own. */
export function modelled<Part extends object>(name: string, part: Part): Part {
  return new Proxy(part, {
    get(target, key) {
      if (typeof key === 'string' && !(key in target) && !key.startsWith('_') && !language.has(key)) {
        throw new UnmodelledError(`${name}.${key}`);
      }
      const value: unknown = Reflect.get(target, key, target);
      // Private fields are the target's own, not the proxy's.
      return typeof value === 'function' && !isClass(value) ? (value.bind(target) as unknown) : value;
    },
  });
}

function isClass(value: object): boolean {
  return /^class\b/.test(Function.prototype.toString.call(value));
}

/** Throws for options that no model reads. */
export function onlyOptions(what: string, options: object | undefined, known: readonly string[]): void {
  const unknown = Object.keys(options ?? {}).find((key) => !known.includes(key));
  if (unknown !== undefined) throw new UnmodelledError(`${what} with ${unknown}`);
}
