import { parseArgs } from 'node:util';
import { z } from 'zod';
import { parseSizeBytes } from '../../main/sandbox/options.ts';

const sections = ['large', 'small', 'memory', 'ledger', 'loop'] as const;
export type Section = (typeof sections)[number];

export interface BenchOptions {
  only: ReadonlySet<Section>;
  runs: number;
  quick: boolean;
  memorySizeBytes: number;
  bundles: string;
}

export const usage = `npm run bench -- [options]
  --only ${sections.join(',')}   these parts alone; loop goes with large, small or memory
  --runs N               runs of large and small, in turn (default 3)
  --quick                small sizes and no ledger: to see whether it works, not to quote
  --memory-size SIZE     size of the huge file (default 16GiB; that much room is needed on the disk)
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
      bundles: { type: 'string', default: new URL('../../out/main', import.meta.url).pathname },
    },
  });
  const { quick } = values;
  const usual = quick ? sections.filter((section) => section !== 'ledger') : sections;
  const only = values.only === undefined ? usual : z.array(z.enum(sections)).safeParse(values.only.split(',')).data;
  if (!only) throw new Error(`--only takes a list of ${sections.join(', ')}`);
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1) throw new Error('--runs takes a whole number from 1');
  const memorySizeBytes = parseSizeBytes(values['memory-size'] ?? (quick ? '512MiB' : '16GiB'));
  if (memorySizeBytes === undefined) throw new Error('--memory-size takes a size such as 16GiB');
  const chosen = new Set(only);
  if (chosen.size === 1 && chosen.has('loop')) throw new Error('loop is measured during large, small or memory');
  return { only: chosen, runs, quick, memorySizeBytes, bundles: values.bundles };
}
