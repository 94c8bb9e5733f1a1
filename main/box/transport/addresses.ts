import type { BoxCall } from '../call.ts';
import { mayCallWithoutSecret, maySendSecret } from './host-rule.ts';

/** Where a call goes, its query included. Not to be changed: many calls share it. */
export interface Address {
  readonly url: Readonly<URL>;
  readonly host: string;
}

/** Sessions come and go, each with addresses of its own. */
const keptAddresses = 32;

/**
 * Gives the address of a call, or undefined for one that it must not go to. Parts and small files go to the same one by the thousand,
 * and parsing it costs as much as a row of the ledger: the last few are kept.
 */
export function addressBook(bases: readonly string[]): (call: BoxCall) => Address | undefined {
  const known = new Map<string, Address | undefined>();
  return (call) => {
    const key = keyOf(call);
    if (known.has(key)) return known.get(key);
    if (known.size >= keptAddresses) known.clear();
    const mayGo = call.withoutToken ? mayCallWithoutSecret : maySendSecret;
    const address = mayGo(call.url, bases) ? parsed(call) : undefined;
    known.set(key, address);
    return address;
  };
}

/** The length keeps apart what would read the same when it is put together. */
function keyOf({ url, query, withoutToken }: BoxCall): string {
  let key = `${withoutToken ? 'open' : 'secret'} ${url.length} ${url}`;
  for (const name in query) {
    const value = query[name];
    if (value !== undefined) key += ` ${name} ${String(value).length} ${value}`;
  }
  return key;
}

/** Its query is only added to, since an upload URL of Box's brings one of its own. */
function parsed(call: BoxCall): Address {
  const url = new URL(call.url);
  for (const [name, value] of Object.entries(call.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return { url, host: url.host };
}
