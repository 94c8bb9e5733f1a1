/**
 * The time left in ms: the bytes at the measured rate or the files at the measured or allowed pace, whichever takes
 * longer: many small files end by their count, few large ones by their bytes (100,000 small files are seven hours at Box's 240 a minute, whatever the bandwidth). Null when nothing is known,
 * or when it would be a guess (more than 30 days).
 */
export function estimateMs(left: {
  bytes: number;
  files: number;
  bytesPerSecond: number | null;
  filesPerSecond: number | null;
  /** 0: no limit. */
  uploadsPerMinute: number;
}): number | null {
  if (left.files === 0) return 0;
  const byBytes = left.bytesPerSecond && left.bytesPerSecond > 0 ? (left.bytes / left.bytesPerSecond) * 1000 : null;
  const byFiles = left.filesPerSecond && left.filesPerSecond > 0 ? (left.files / left.filesPerSecond) * 1000 : null;
  const byPace = left.uploadsPerMinute > 0 ? (left.files / left.uploadsPerMinute) * 60_000 : 0;
  if (byBytes === null && byFiles === null) return null;
  const estimate = Math.max(byBytes ?? 0, byFiles ?? 0, byPace);
  return estimate > 30 * 86_400_000 ? null : Math.round(estimate);
}
