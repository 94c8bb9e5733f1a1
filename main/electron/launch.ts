import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { parseTarget, type Target } from '../../shared/ids.ts';

/** What a start of the app was asked for, by a person, the system or a login. */
export interface Launch {
  /** Another data folder than the usual one. */
  home: string | undefined;
  /** No window at first: how a login starts it. */
  hidden: boolean;
  /** Files and folders to upload, absolute. Whether they exist isn't known. */
  paths: string[];
  /** What a `boxcar://` link wants to see; null: none came, or one that only brings the window up. */
  target: Target | null;
}

/** How a second instance tells the first what it was asked for: Chromium mixes switches of its own into its argv. */
export const launchSchema = z.object({
  paths: z.array(z.string().max(32_768).refine(isAbsolute)).max(10_000),
  link: z.string().max(500).nullable(),
});
export type HandedOver = z.infer<typeof launchSchema>;

/**
 * Reads the words of a start: `--home FOLDER`, `--hidden`, a `boxcar://` link, and paths or file:// addresses ("Upload with Boxcar");
 * after `--` all are paths. Every other switch is Chromium's and passed over. What stands behind a link is not read: Windows puts links
 * into a line of words, and a quote in one would end it there.
 * @param args without the program, and in development without the app.
 * @param cwd what relative paths are relative to.
 */
export function readLaunch(args: readonly string[], cwd: string): Launch & HandedOver {
  let home: string | undefined;
  let hidden = false;
  let link: string | null = null;
  const paths: string[] = [];
  let onlyPaths = false;
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at] ?? '';
    if (onlyPaths) paths.push(resolve(cwd, word));
    else if (word === '--') onlyPaths = true;
    else if (word === '--hidden') hidden = true;
    else if (word === '--home') home = args[(at += 1)];
    else if (word.startsWith('--home=')) home = word.slice('--home='.length);
    else if (/^boxcar:/i.test(word)) {
      link = word;
      break;
    } else if (/^file:/i.test(word)) paths.push(...fileOf(word));
    else if (word !== '' && !word.startsWith('-')) paths.push(resolve(cwd, word));
  }
  return { home, hidden, paths, link, target: link === null ? null : readLink(link) };
}

/**
 * What a `boxcar://` link wants to see: `boxcar://show/t41`, p3 or j7. Anything may open such a link, so it can name an id and nothing
 * else: no path, no upload, no setting. Null for every other link: it only brings the window up.
 */
export function readLink(link: string): Target | null {
  const match = /^boxcar:\/\/show\/([a-z0-9:]{1,24})\/?$/i.exec(link);
  return (match && parseTarget(match[1] ?? '')) ?? null;
}

/** A file:// address of this machine as a path; none where it is of another, or none at all. */
function fileOf(address: string): string[] {
  try {
    return [fileURLToPath(address)];
  } catch {
    return [];
  }
}
