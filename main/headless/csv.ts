/**
 * One record of RFC 4180, with its CRLF. A field with a comma, quote or line break is quoted. A field that a spreadsheet would
 * take for a formula (a file may be named `=cmd|…`) gets an apostrophe in front, as OWASP's "CSV Injection" advises.
 */
export function csvRecord(fields: readonly (string | number | null)[]): string {
  return fields.map(field).join(',') + '\r\n';
}

function field(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
