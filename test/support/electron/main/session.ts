import { modelled } from '../unmodelled.ts';
import { toInside } from '../address.ts';
import type { CdpTarget } from './cdp.ts';
import { protocol } from './protocol.ts';
import { UnmodelledError } from '../unmodelled.ts';

type RequestHandler = Parameters<Electron.Session['setPermissionRequestHandler']>[0];
type CheckHandler = Parameters<Electron.Session['setPermissionCheckHandler']>[0];
let onRequest: RequestHandler = null;
let onCheck: CheckHandler = null;

/** Electron's names of permissions, and Chromium's. */
const permissions = {
  geolocation: { name: 'geolocation' },
  notifications: { name: 'notifications' },
  'clipboard-read': { name: 'clipboard-read' },
  midi: { name: 'midi' },
  'clipboard-sanitized-write': { name: 'clipboard-write', allowWithoutSanitization: false },
  'idle-detection': { name: 'idle-detection' },
} as const;

const defaultSession = modelled('session.defaultSession', {
  protocol,
  /** "Sets the handler which can be used to respond to permission requests for the session." */
  setPermissionRequestHandler: (handler: RequestHandler) => (onRequest = handler),
  /** "Returning true will allow the permission and false will reject it." */
  setPermissionCheckHandler: (handler: CheckHandler) => (onCheck = handler),
  setDevicePermissionHandler: () => undefined,
  /** "Resolves with the proxy information for url": here what the spec has set, or none. */
  resolveProxy: (url: string) => {
    const rule = process.env['STAND_IN_PROXY'];
    return Promise.resolve(rule === undefined || URL.parse(url)?.hostname === '127.0.0.1' ? 'DIRECT' : rule);
  },
});

const fits: Partial<Pick<Electron.Session, 'setPermissionRequestHandler' | 'setPermissionCheckHandler' | 'resolveProxy'>> = defaultSession; // prettier-ignore
void fits;

export const session = modelled('session', { defaultSession });

/**
 * Gives an origin in Chromium what the handlers give it. By default "automatically approve all permission requests
 * unless the developer has manually configured a custom handler."
 */
export async function applyPermissions(browser: CdpTarget, contents: unknown, origin: string): Promise<void> {
  for (const [name, permission] of Object.entries(permissions)) {
    const checked = onCheck === null || onCheck(contents as never, name as never, origin, {} as never);
    const granted = checked && (await requested(contents, name));
    const setting = granted ? 'granted' : 'denied';
    await browser.send('Browser.setPermission', { permission, setting, origin: toInside(origin).replace(/\/$/, '') });
  }
}

function requested(contents: unknown, name: string): Promise<boolean> {
  if (onRequest === null) return Promise.resolve(true);
  return new Promise((resolve, reject) => {
    onRequest?.(contents as never, name as never, resolve, {} as never);
    setTimeout(() => reject(new UnmodelledError('a permission that is answered later')), 1000).unref();
  });
}
