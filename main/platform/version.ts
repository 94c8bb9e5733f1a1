import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** The version of this Boxcar, from its package.json: two folders up from the source and from the built bundle alike. */
export function boxcarVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}
