/**
 * Reads a Retry-After header as ms: seconds (Box sends these; fractions were never seen but do no harm) or an HTTP date
 * (RFC 9110, section 10.2.3), which is compared with the server's own clock. Undefined for nothing and for nonsense.
 */
export function retryAfterMs(header: string | undefined, serverNow: number): number | undefined {
  const text = header?.trim();
  if (text === undefined || text === '') return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Math.min(Number(text) * 1000, dayMs);
  // Date.parse reads almost anything as a date, `-3` too; an HTTP date begins with its day's name.
  const at = /^[a-z]{3,9},? /i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.min(Math.max(0, at - serverNow), dayMs);
}

// A server that says "next year" is wrong, and nothing waits that long unseen.
const dayMs = 86_400_000;
