import { proxyUrl } from '../../platform/proxy.ts';

const schemes: Record<string, string> = { PROXY: 'http', HTTP: 'http', HTTPS: 'https', SOCKS5: 'socks5' };

/**
 * The first way of a list as proxy scripts and Chromium write it (`PROXY a:8080; SOCKS5 b:1080; DIRECT`) that can be gone: a proxy's
 * URL, or null for a direct connection. SOCKS 4 is passed over; a list of nothing else is a direct connection.
 */
export function firstProxy(list: string): string | null {
  for (const entry of list.split(';')) {
    const [kind = '', address = ''] = entry.trim().split(/\s+/);
    if (kind.toUpperCase() === 'DIRECT') return null;
    const scheme = schemes[kind.toUpperCase()];
    const url = scheme && address !== '' ? proxyUrl(`${scheme}://${address}`) : null;
    if (url !== null) return url;
  }
  return null;
}
