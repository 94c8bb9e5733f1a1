// Chromium knows no schemes of an app's own: a page of scheme://host lives at https://host.scheme.invalid instead, and every address
// that goes in or out of the stand-in is put into the other form.
const inside = /^https:\/\/([a-z0-9-]+)\.([a-z0-9+-]+)\.invalid(?=[/?#]|$)/;

/** The schemes that "protocol.registerSchemesAsPrivileged" made standard: only those have an origin. */
export const standardSchemes = new Set<string>();

/** As Chromium has it. */
export function toInside(url: string): string {
  const match = /^([a-z][a-z0-9+-]*):\/\/([a-z0-9-]+)(?=[/?#]|$)/.exec(url);
  if (!match || !standardSchemes.has(match[1] ?? '')) return url;
  return `https://${match[2]}.${match[1]}.invalid${url.slice(match[0].length) || '/'}`;
}

/** As the app knows it. */
export function toOutside(url: string): string {
  return url.replace(inside, '$2://$1');
}
