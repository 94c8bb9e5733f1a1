import { InvalidArgumentError } from 'commander';
import { parseTarget, type Target } from '../../shared/ids.ts';
import { parseBytes } from '../../shared/units.ts';

/** A parser of whole numbers within limits, for commander: the error names the option and what is allowed. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= least && number <= most) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

/** A size such as `8MiB`, `20 MB` or `20971520`, in bytes. */
export function size(text: string): number {
  const bytes = parseBytes(text);
  if (bytes !== undefined && bytes > 0) return bytes;
  throw new InvalidArgumentError('It must be a size such as 8MiB, 20MB or 20971520.');
}

/** A folder of Box: its id, or a path from the root of the account. */
export function boxFolder(text: string): string {
  if (/^\d{1,30}$/.test(text) || text.startsWith('/')) return text;
  throw new InvalidArgumentError('It must be a folder id (0 is "All Files"), or a path on Box that begins with /.');
}

/** A parser of ids of the given kinds. */
export function target(...kinds: Target['kind'][]): (text: string) => Target {
  return (text) => {
    const parsed = parseTarget(text);
    if (parsed && kinds.includes(parsed.kind)) return parsed;
    const examples = { job: 'a job (j7)', transfer: 'a transfer (t41)', part: 'a part (t41:12)', pair: 'a pair (p3)' };
    const wanted = kinds.map((kind) => examples[kind]).join(' or ');
    throw new InvalidArgumentError(`It must be ${wanted}; "boxcar status" lists them.`);
  };
}
