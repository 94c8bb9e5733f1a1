import { z } from 'zod';

/**
 * What a command may act on. Ids carry their kind, so that `p3`, `j7`, `t41` and `t41:12` can't be mixed up. A part is named by its transfer and its
 * index from 0, as the parts list shows it.
 */
export type Target =
  | { kind: 'pair'; id: number }
  | { kind: 'job'; id: number }
  | { kind: 'transfer'; id: number }
  | { kind: 'part'; id: number; part: number };

const pattern = /^(?:([pjt])(\d{1,15})|t(\d{1,15}):(\d{1,7}))$/;

/** Reads `p3`, `j7`, `t41` or `t41:12`; undefined for anything else (ids start at 1, parts at 0). */
export function parseTarget(text: string): Target | undefined {
  const match = pattern.exec(text.trim().toLowerCase());
  if (!match) return undefined;
  const [, kind, id, transferOfPart, part] = match;
  const number = Number(id ?? transferOfPart);
  if (number < 1) return undefined;
  if (part !== undefined) return { kind: 'part', id: number, part: Number(part) };
  if (kind === 'p') return { kind: 'pair', id: number };
  return kind === 'j' ? { kind: 'job', id: number } : { kind: 'transfer', id: number };
}

/** The text form of a target: the inverse of {@link parseTarget}. */
export function formatTarget(target: Target): string {
  switch (target.kind) {
    case 'pair':
      return `p${target.id}`;
    case 'job':
      return `j${target.id}`;
    case 'transfer':
      return `t${target.id}`;
    case 'part':
      return `t${target.id}:${target.part}`;
  }
}

/** The text form of the job or the pair that something belongs to. */
export function formatOwner({ jobId, pairId }: { jobId: number | null; pairId: number | null }): string {
  return pairId === null ? formatTarget({ kind: 'job', id: jobId ?? 0 }) : formatTarget({ kind: 'pair', id: pairId });
}

export const targetSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('pair'), id: z.int().positive() }),
  z.object({ kind: z.literal('job'), id: z.int().positive() }),
  z.object({ kind: z.literal('transfer'), id: z.int().positive() }),
  z.object({ kind: z.literal('part'), id: z.int().positive(), part: z.int().nonnegative() }),
]);
