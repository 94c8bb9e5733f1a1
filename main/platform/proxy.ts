/** The proxy on the way to a URL: its own URL (http, https or socks5), or null for a direct connection. */
export type ProxyFor = (url: string) => Promise<string | null>;

/** What a person has set: as the system or the environment says, none, or the URL of one. */
export type ProxySetting = string;

const schemes = ['http:', 'https:', 'socks5:'];

/** A proxy's URL without anything behind its port; null for what none can be. A bare `host:port` is one of http. */
export function proxyUrl(text: string): string | null {
  const url = URL.parse(/^[a-z][\w+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  if (!url || !schemes.includes(url.protocol) || url.hostname === '') return null;
  const login = url.username === '' ? '' : `${url.username}${url.password === '' ? '' : `:${url.password}`}@`;
  return `${url.protocol}//${login}${url.host}`;
}

/**
 * What HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY (in either case, the lower one first) say of a URL. HTTP_PROXY holds for plain
 * http alone. NO_PROXY: names with everything below them, `*`, an optional port; commas or spaces between.
 */
export function proxyOfEnvironment(url: string, env: NodeJS.ProcessEnv): string | null {
  const parsed = URL.parse(url);
  if (!parsed) return null;
  const read = (name: string) => env[name] || env[name.toUpperCase()] || '';
  if (isExempt(parsed, read('no_proxy'))) return null;
  const own = parsed.protocol === 'http:' ? read('http_proxy') : read('https_proxy');
  const found = own || read('all_proxy');
  return found === '' ? null : proxyUrl(found);
}

function isExempt({ hostname, port, protocol }: URL, list: string): boolean {
  const host = bareHost(hostname);
  const usualPort = protocol === 'http:' ? '80' : '443';
  return list
    .split(/[\s,]+/)
    .filter(Boolean)
    .some((entry) => {
      if (entry === '*') return true;
      const [, name = '', entryPort] = /^(.*?|\[.*\])(?::(\d+))?$/.exec(entry.toLowerCase()) ?? [];
      if (entryPort !== undefined && entryPort !== (port || usualPort)) return false;
      const suffix = bareHost(name).replace(/^\*?\./, '');
      return suffix !== '' && (host === suffix || host.endsWith(`.${suffix}`));
    });
}

function bareHost(hostname: string): string {
  return hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
}

/** Whether a host is this machine, which no proxy leads to. */
export function isThisMachine(hostname: string): boolean {
  const host = bareHost(hostname);
  return host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** What a person has set comes first; `system` asks `system`. */
export function chosenProxy(setting: () => ProxySetting | Promise<ProxySetting>, system: ProxyFor): ProxyFor {
  return async (url) => {
    const chosen = await setting();
    if (chosen === 'none') return null;
    return chosen === 'system' ? system(url) : proxyUrl(chosen);
  };
}

/** The proxies of the environment. */
export function environmentProxy(env: NodeJS.ProcessEnv): ProxyFor {
  return (url) => Promise.resolve(proxyOfEnvironment(url, env));
}
