import { redact } from '../platform/redact.ts';

/** An answer may have 32 MiB, and of none so much is told. */
const readCharacters = 16_384;

/**
 * What a server said, at most so many characters of it and without secrets: proxies and error pages give back the headers
 * of the request. Shortened last, since half a token is no longer known for one.
 * @param secrets what the request carried; these are taken out however they stand there
 */
export function withoutSecrets(text: string, secrets: readonly string[] = [], maxCharacters = 500): string {
  const carried = secrets.filter((secret) => secret !== '');
  const rest = carried.reduce((told, secret) => told.replaceAll(secret, '[redacted]'), text.slice(0, readCharacters));
  return redact(rest).slice(0, maxCharacters);
}
