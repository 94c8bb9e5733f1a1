import type { Session, WebContents, WebPreferences } from 'electron';
import { desktopOrigin } from '../../../shared/desktop-channels.ts';

/** What every window is made with: the page is a web page, and nothing of Node is in its reach. */
export function webPreferences(preload: string): WebPreferences {
  return {
    preload,
    contextIsolation: true,
    sandbox: true,
    webSecurity: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webviewTag: false,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    navigateOnDragDrop: false,
    spellcheck: false,
  };
}

/** Where links of the interface lead: files on Box, its sign-in, the console where a person makes their own Box app. */
const hostsOutside = [
  'app.box.com',
  'account.box.com',
  'box.com',
  'www.box.com',
  'support.box.com',
  'developer.box.com',
];

/** Whether an address may be opened in the person's browser: https on a host of the list, on its usual port, without a login in it. */
export function mayOpenOutside(url: string): boolean {
  const parsed = URL.parse(url);
  if (!parsed || parsed.protocol !== 'https:' || parsed.port !== '') return false;
  return parsed.username === '' && parsed.password === '' && hostsOutside.includes(parsed.hostname);
}

/**
 * Whether an address is the sign-in page that was configured, with whatever query. It comes from the main process and never from a
 * page; plain http is a sandbox of this machine, which is the only one that the configuration takes without https.
 */
export function maySignInAt(url: string, authorize: string): boolean {
  const [asked, configured] = [URL.parse(url), URL.parse(authorize)];
  if (!asked || !configured || !['https:', 'http:'].includes(asked.protocol)) return false;
  return asked.origin === configured.origin && asked.pathname === configured.pathname && asked.username === '';
}

/** Whether the page may go to an address by itself: a reload of itself alone. */
export function mayNavigate(url: string): boolean {
  const parsed = URL.parse(url);
  if (!parsed || `${parsed.protocol}//${parsed.host}` !== desktopOrigin) return false;
  return parsed.pathname === '/' || parsed.pathname === '/index.html';
}

/** What a page's permissions are: none that it would have to be asked for, but to put text on the clipboard on a click. */
export function mayUse(permission: string): boolean {
  return permission === 'clipboard-sanitized-write';
}

/** Denies every permission of a session but {@link mayUse}, and every device. */
export function guardSession(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, callback) => callback(mayUse(permission)));
  session.setPermissionCheckHandler((_contents, permission) => mayUse(permission));
  session.setDevicePermissionHandler(() => false);
}

/** Keeps contents where they are: whatever they ask to open goes to the browser, if it may, and nowhere else. */
export function guardContents(contents: WebContents, openOutside: (url: string) => void): void {
  contents.setWindowOpenHandler(({ url }) => {
    if (mayOpenOutside(url)) openOutside(url);
    return { action: 'deny' };
  });
  contents.on('will-navigate', (event) => {
    if (mayNavigate(event.url)) return;
    event.preventDefault();
    if (mayOpenOutside(event.url)) openOutside(event.url);
  });
  contents.on('will-frame-navigate', (event) => {
    // Of the top frame `will-navigate` decides, which isn't asked any more where this has prevented it.
    if (!event.isMainFrame) event.preventDefault();
  });
  contents.on('will-redirect', (event) => event.preventDefault());
  contents.on('will-attach-webview', (event) => event.preventDefault());
}
