/** Names whose values are secrets wherever they stand: JSON, form bodies, headers, environment. */
const secretNames =
  'access_?token|refresh_?token|client_?secret|subject_?token|actor_?token|assertion|authorization|password|passphrase|BOXCAR_TOKEN';

const rules: [RegExp, string][] = [
  [/\b(Bearer|Basic)(\s+|%20)[^\s"'\\,;]+/gi, '$1 [redacted]'],
  // `"access_token":"x"`, also with the quotes escaped inside another JSON text, `client_secret=x`, `Authorization: x`
  [new RegExp(`\\b(${secretNames})(\\\\*["']?\\s*[:=]\\s*\\\\*["']?)(?!\\[redacted\\]|Bearer |Basic )[^\\s"'\\\\,;&}]+`, 'gi'), '$1$2[redacted]'],
  [/\b((?:https?|wss?):\/\/)[^\s"'\\/@?#]*@/gi, '$1[redacted]@'],
  // Queries hold codes, states and signed addresses of downloads.
  [/\b((?:https?|wss?):\/\/[^\s"'\\?#]+)[?#][^\s"'\\)\]}]*/gi, '$1?[redacted]'],
]; // prettier-ignore

/**
 * The text without tokens, secrets, credentials in addresses and queries of addresses: for logs and diagnostics. Works on JSON
 * text and leaves it JSON.
 */
export function redact(text: string): string {
  return rules.reduce((result, [pattern, replacement]) => result.replace(pattern, replacement), text);
}
