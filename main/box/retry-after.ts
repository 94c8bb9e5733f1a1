/**
 * Reads a Retry-After header as ms: seconds (Box sends these; fractions were never seen but do no harm) or an HTTP date
 * (RFC 9110, section 10.2.3), which is compared with the server's own clock. Undefined for nothing and for nonsense.
 */
export function retryAfterMs(header: string | undefined, serverNow: number): number | undefined {
  const text = header?.trim();
  if (text === undefined || text === '') return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Math.min(Number(text) * 1000, dayMs);
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.min(Math.max(0, at - serverNow), dayMs);
}

// A server that says "next year" is wrong, and nothing waits that long unseen.
const dayMs = 86_400_000;
