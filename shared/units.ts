const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** A size for people, in powers of 1000 as disks and Box count them: `1.4 GB`, `20 kB`, `999 B`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

/** A duration for people, in its two largest units: `2 h 05 min`, `3 min 20 s`, `7 s`, `250 ms`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 1000) return `${Math.max(0, Math.round(durationMs))} ms`;
  const seconds = Math.round(durationMs / 1000);
  if (seconds < 60) return `${seconds} s`;
  const pad = (n: number) => String(n).padStart(2, '0');
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${pad(seconds % 60)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
  const hours = Math.floor(minutes / 60);
  return `${Math.floor(hours / 24)} d ${pad(hours % 24)} h`;
}

const factors: Record<string, number> = {
  '': 1, b: 1,
  k: 1e3, kb: 1e3, m: 1e6, mb: 1e6, g: 1e9, gb: 1e9, t: 1e12, tb: 1e12,
  kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30, tib: 2 ** 40,
}; // prettier-ignore

/** Reads `8MiB`, `5 MB`, `1.5g`, `20971520` as whole bytes; undefined for anything else, negatives and fractions of a byte included. */
export function parseBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim());
  const factor = match ? factors[match[2]!.toLowerCase()] : undefined;
  if (!match || factor === undefined) return undefined;
  const bytes = Math.round(Number(match[1]) * factor);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** Reads `5MB/s`, `500 kB/s` or `5MB` as whole bytes a second; undefined for anything else. */
export function parseRate(text: string): number | undefined {
  return parseBytes(text.trim().replace(/\s*\/\s*s$/i, ''));
}

const durationsMs: Record<string, number> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads `2s`, `30m`, `1.5h`, `1h 30m`, `1d` as whole ms; undefined for anything else, a bare number included. */
export function parseDuration(text: string): number | undefined {
  const term = /(\d+(?:\.\d+)?)\s*([a-z]+)\s*/giy;
  const trimmed = text.trim();
  let sumMs = 0;
  while (term.lastIndex < trimmed.length) {
    const match = term.exec(trimmed);
    const unitMs = match ? durationsMs[match[2]!.toLowerCase()] : undefined;
    if (!match || unitMs === undefined) return undefined;
    sumMs += Number(match[1]) * unitMs;
  }
  const wholeMs = Math.round(sumMs);
  return trimmed !== '' && Number.isSafeInteger(wholeMs) ? wholeMs : undefined;
}
