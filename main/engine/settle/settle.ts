import type { LocalFacts } from '../scan/model.ts';

/** What was seen of a file so far; kept by the caller between two looks, never beyond the process (times are monotonic). */
export interface SettleMemory {
  sizeBytes: number;
  mtimeNs: string;
  /** Monotonic time at which these very facts were seen first. */
  sinceMs: number;
  /** How often a look found other facts than the look before. */
  changes: number;
}

export type SettleVerdict =
  | { settled: true }
  | { settled: false; lookAgainMs: number; /** `writer`: it was seen changing. */ kind: 'settling' | 'writer' };

export const defaultSettleMs = 2000;
const maxPauseMs = 60_000;

/**
 * Whether a file is quiet: its size and mtime have been seen unchanged for `settleMs`, or at the first look its mtime is
 * older than that. The wall clock counts at the first look alone, since it jumps and since other machines set mtimes too; a
 * mtime in the future says nothing, so such a file is watched like any other. One that keeps changing is looked at with
 * growing pauses (settleMs, twice that, … up to a minute), but soon again once its last write is older than `settleMs`:
 * a log with a line each ten seconds is quiet in between. `now` is wall and monotonic time in ms.
 */
export function settle(
  before: SettleMemory | null,
  facts: Pick<LocalFacts, 'sizeBytes' | 'mtimeNs'>,
  now: { wallMs: number; monotonicMs: number },
  settleMs: number = defaultSettleMs,
): { verdict: SettleVerdict; memory: SettleMemory } {
  const seen = { sizeBytes: facts.sizeBytes, mtimeNs: facts.mtimeNs };
  const writtenAgoMs = now.wallMs - Number(BigInt(facts.mtimeNs) / 1_000_000n);
  const isOld = writtenAgoMs >= settleMs;

  if (before === null) {
    const memory = { ...seen, sinceMs: now.monotonicMs, changes: 0 };
    return { memory, verdict: isOld ? { settled: true } : { settled: false, lookAgainMs: settleMs, kind: 'settling' } };
  }
  if (before.sizeBytes !== seen.sizeBytes || before.mtimeNs !== seen.mtimeNs) {
    const changes = before.changes + 1;
    const pauseMs = Math.min(Math.max(settleMs, 100) * 2 ** Math.min(changes - 1, 30), Math.max(maxPauseMs, settleMs));
    const memory = { ...seen, sinceMs: now.monotonicMs, changes };
    return { memory, verdict: { settled: false, lookAgainMs: isOld ? settleMs : pauseMs, kind: 'writer' } };
  }
  const quietMs = Math.max(0, now.monotonicMs - before.sinceMs);
  const memory = { ...before, sinceMs: now.monotonicMs - quietMs };
  if (quietMs >= settleMs) return { memory, verdict: { settled: true } };
  const kind = before.changes > 0 ? 'writer' : 'settling';
  return { memory, verdict: { settled: false, lookAgainMs: settleMs - quietMs, kind } };
}
