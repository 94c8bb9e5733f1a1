import type { Identity } from './match-moves.ts';

/**
 * Whether what stands at a path came there from elsewhere, and so lately that the look at where it came from may be still to come:
 * it waits to be matched, lest a move be taken for other content.
 * @param now what stands there; `synced` what it was when Box got it, null where it was never on Box
 * @param times seenAt: when that was first seen; before: what was seen until then has waited long enough; both in ms since 1970.
 *   marginMs: a file that was born so long before it was seen was not made at that path
 */
export function cameLately(
  now: Pick<Identity, 'dev' | 'inode' | 'birthtimeNs'>,
  synced: Pick<Identity, 'dev' | 'inode'> | null,
  { seenAt, before, marginMs }: { seenAt: number; before: number; marginMs: number },
): boolean {
  if (seenAt <= before) return false;
  if (synced) return synced.dev !== now.dev || synced.inode !== now.inode;
  return now.birthtimeNs !== null && Number(BigInt(now.birthtimeNs) / 1_000_000n) < seenAt - marginMs;
}
