import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { parseSizeBytes } from '../../main/sandbox/options.ts';

const memoryFolder = '/dev/shm';
const memoryFolderBytes = 4 * 2 ** 30;

const sections = ['large', 'small', 'memory', 'pairs', 'ledger', 'views', 'ui', 'loop'] as const;
export type Section = (typeof sections)[number];
/** Left out by `--quick`, unless they are asked for. */
const slow = new Set<Section>(['ledger', 'views', 'ui']);

export interface BenchOptions {
  only: ReadonlySet<Section>;
  runs: number;
  quick: boolean;
  memorySizeBytes: number;
  bundles: string;
  /** Where the sandbox keeps its files. */
  boxFolder: string;
}

export const usage = `npm run bench -- [options]
  --only ${sections.join(',')}   these parts alone; loop goes with large, small or memory
  --runs N               runs of large and small, in turn (default 3)
  --quick                small sizes, no ledger, no views and no ui: to see whether it works, not to quote
  --memory-size SIZE     size of the huge file (default 16GiB; sparse on both sides, so it takes no room)
  --box-folder DIR       where the sandbox keeps files (default: memory, where there is room, since Box's disks are not this
                         machine's: a server that shares the disk waits for the client's syncs)
  --bundles DIR          built bundles (default out/main)
`;

/** Reads the command line; throws an Error whose message is for the person. */
export function parseOptions(args: string[]): BenchOptions {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string' },
      runs: { type: 'string', default: '3' },
      quick: { type: 'boolean', default: false },
      'memory-size': { type: 'string' },
      'box-folder': { type: 'string' },
      bundles: { type: 'string', default: fileURLToPath(new URL('../../out/main', import.meta.url)) },
    },
  });
  const { quick } = values;
  const usual = quick ? sections.filter((section) => !slow.has(section)) : sections;
  const only = values.only === undefined ? usual : z.array(z.enum(sections)).safeParse(values.only.split(',')).data;
  if (!only) throw new Error(`--only takes a list of ${sections.join(', ')}`);
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1) throw new Error('--runs takes a whole number from 1');
  const memorySizeBytes = parseSizeBytes(values['memory-size'] ?? (quick ? '512MiB' : '16GiB'));
  if (memorySizeBytes === undefined) throw new Error('--memory-size takes a size such as 16GiB');
  const chosen = new Set(only);
  if (chosen.size === 1 && chosen.has('loop')) throw new Error('loop is measured during large, small or memory');
  return {
    only: chosen,
    runs,
    quick,
    memorySizeBytes,
    bundles: values.bundles,
    boxFolder: values['box-folder'] ?? usualBoxFolder(),
  };
}

/** A folder in memory with room for the largest file and what else the sandbox keeps, or the usual temporary one. */
function usualBoxFolder(): string {
  try {
    const { bavail, bsize } = statfsSync(memoryFolder);
    if (bavail * bsize > memoryFolderBytes) return memoryFolder;
  } catch {
    // There is none on this system.
  }
  return tmpdir();
}
