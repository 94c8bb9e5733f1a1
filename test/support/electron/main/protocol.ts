import { standardSchemes, toInside } from '../address.ts';
import { modelled, onlyOptions, UnmodelledError } from '../unmodelled.ts';
import type { CdpTarget } from './cdp.ts';
import { isAppReady } from './lifecycle.ts';

type Handler = (request: Request) => Response | Promise<Response>;
const handlers = new Map<string, Handler>();

export const protocol = modelled('protocol', {
  /** "This method can only be used before the ready event of the app module gets emitted and can be called only once." */
  registerSchemesAsPrivileged: (schemes: Electron.CustomScheme[]) => {
    if (isAppReady()) throw new Error('protocol.registerSchemesAsPrivileged should be called before app is ready');
    if (standardSchemes.size > 0) throw new Error('protocol.registerSchemesAsPrivileged was called twice');
    for (const { scheme, privileges } of schemes) {
      const known = ['standard', 'secure', 'supportFetchAPI', 'bypassCSP', 'allowServiceWorkers', 'corsEnabled'];
      onlyOptions('a privileged scheme', privileges, known);
      // The page's address inside is https: it is standard, secure, fetched, and held to its CSP.
      const {
        standard,
        secure = false,
        supportFetchAPI,
        bypassCSP,
        allowServiceWorkers,
        corsEnabled,
      } = privileges ?? {};
      if (!standard || !secure || !supportFetchAPI || bypassCSP || allowServiceWorkers || corsEnabled) {
        throw new UnmodelledError('a scheme with other privileges');
      }
      standardSchemes.add(scheme);
    }
  },
  /** "Register a protocol handler for scheme. Requests made to URLs with this scheme will delegate to this handler". */
  handle: (scheme: string, handler: Handler) => {
    if (!isAppReady()) throw new Error('protocol.handle can only be used after app is ready');
    if (!standardSchemes.has(scheme)) throw new UnmodelledError(`protocol.handle of a scheme that isn't standard`);
    if (handlers.has(scheme)) throw new Error(`The scheme has been registered: ${scheme}`);
    handlers.set(scheme, handler);
  },
  isProtocolHandled: (scheme: string) => handlers.has(scheme),
});

const fits: Partial<Omit<Electron.Protocol, 'handle'>> = protocol;
void fits;

interface Paused {
  requestId: string;
  request: { url: string; method: string; headers: Record<string, string> };
}

/** Answers a request that Chromium has stopped at; false where it is for no scheme of the app. */
export async function answerRequest(
  target: CdpTarget,
  { requestId, request }: Paused,
  outside: string,
): Promise<boolean> {
  const scheme = URL.parse(outside)?.protocol.slice(0, -1) ?? '';
  if (!standardSchemes.has(scheme)) return false;
  const handler = handlers.get(scheme);
  if (!handler) {
    await target.send('Fetch.failRequest', { requestId, errorReason: 'Failed' });
    return true;
  }
  const { method, headers } = request;
  const response = await handler(new Request(outside, { method, headers: headersOf(headers) }));
  await target.send('Fetch.fulfillRequest', {
    requestId,
    responseCode: response.status,
    responseHeaders: [...response.headers].map(([name, value]) => ({ name, value: toInside(value) })),
    body: Buffer.from(await response.arrayBuffer()).toString('base64'),
  });
  return true;
}

/** Pseudo headers and the like are no headers of a Request. */
function headersOf(headers: Record<string, string>): [string, string][] {
  return Object.entries(headers).filter(([name]) => /^[a-z-]+$/i.test(name));
}
