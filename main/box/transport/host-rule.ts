/** A host's kind, as far as the token is concerned. */
function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname);
}

/**
 * The domain that somebody can register: two labels (`box.com`), or three below the usual second-level names of
 * countries (`example.co.uk`). An IP address or a bare name is its own domain. Not the whole public suffix list: it only
 * has to be right for hosts that a person has configured, and errs to the narrow side for `co.uk` and its like.
 */
export function registrableDomain(hostname: string): string {
  const host = hostname.replace(/\.$/, '').toLowerCase();
  if (host.startsWith('[') || /^[\d.]+$/.test(host)) return host;
  const labels = host.split('.');
  const secondLevel = /^(co|com|org|net|gov|gob|ac|edu|or|ne|go|gv)$/.test(labels.at(-2) ?? '');
  return labels.slice(secondLevel && labels.at(-1)?.length === 2 ? -3 : -2).join('.');
}

/**
 * Whether a secret (access token, client secret) may go to a URL: https under the registrable domain of a configured
 * base, or loopback when a configured base is loopback. Asked for every URL, since some come from Box and some from the
 * ledger, and either may have been tampered with.
 */
export function maySendSecret(url: string, bases: readonly string[]): boolean {
  if (!URL.canParse(url)) return false;
  const target = new URL(url);
  if (target.username !== '' || target.password !== '') return false;
  const configured = bases.filter((base) => URL.canParse(base)).map((base) => new URL(base));
  if (isLoopback(target.hostname)) return configured.some((base) => isLoopback(base.hostname));
  if (target.protocol !== 'https:') return false;
  const domain = registrableDomain(target.hostname);
  return configured.some((base) => !isLoopback(base.hostname) && registrableDomain(base.hostname) === domain);
}

/** Whether a call that carries no token may go to a URL: https anywhere (Box's realtime servers are at box.net), else as above. */
export function mayCallWithoutSecret(url: string, bases: readonly string[]): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname, username, password } = new URL(url);
  if (username !== '' || password !== '') return false;
  return isLoopback(hostname) ? maySendSecret(url, bases) : protocol === 'https:';
}
