// The pieces of the built app that its rules consist of, and what turns each off.
import { join } from 'node:path';
import type { Change } from './changed-app.ts';

const preference = (name: string, is: boolean): Change => ({ piece: `\t${name}: ${is},`, by: `\t${name}: ${!is},` });

export const noIsolation: Change[] = [
  preference('contextIsolation', true),
  // Without it there is no bridge to be made: the page and the preload are one.
  { piece: 'electron.contextBridge.exposeInMainWorld("boxcar", Object.freeze(api));', by: 'window.boxcar = api;' },
];
export const noSandboxForAll: Change = { piece: 'app.enableSandbox();', by: '' };
export const noSandbox: Change[] = [preference('sandbox', true), noSandboxForAll];
export const noWebSecurity = preference('webSecurity', true);
export const nodeIntegration: Change[] = [preference('nodeIntegration', false), ...noSandbox, ...noIsolation];
export const webviewTag = preference('webviewTag', false);
export const preloadInFrames = preference('nodeIntegrationInSubFrames', false);

export const noPolicy: Change = {
  piece: '"content-security-policy": [\n\t\t\t"default-src',
  by: '"x-none": [\n\t\t\t"default-src',
};
export const inlinePolicy: Change = {
  piece: `"script-src 'self'"`,
  by: `"script-src 'self' 'unsafe-inline' 'unsafe-eval'"`,
};
export const framedAnywhere: Change = { piece: '"x-frame-options": "DENY"', by: '"x-none-options": ""' };
export const readAnywhere: Change = {
  piece: '"cross-origin-resource-policy": "same-origin"',
  by: '"cross-origin-resource-policy": "cross-origin"',
};

export const anyHost: Change = {
  piece: '`${parsed.protocol}//${parsed.host}` !== "app://boxcar") return void 0;',
  by: 'false) return void 0;',
};
export const anyPath: Change[] = [
  { piece: 'if (names.some((name) => name === "" || name.startsWith("."))) return void 0;', by: '' },
  { piece: 'if (!file.startsWith(folder.endsWith(sep) ? folder : folder + sep)) return void 0;', by: '' },
];
export const insecureScheme = preference('secure', true);

export const anyContents: Change = { piece: ' || sender !== windowContents', by: '' };
export const anyFrame: Change = {
  piece: 'if (senderFrame.parent !== null || senderFrame.detached) return false;',
  by: '',
};
export const anyOrigin: Change = {
  piece: 'return senderFrame.origin === "app://boxcar" && senderFrame.url.startsWith(`app://boxcar/`);',
  by: 'return true;',
};
export const anyPayload: Change = {
  piece: 'const payload = schema.safeParse(args[0]);',
  by: 'const payload = { success: true, data: args[0] };',
};
export const portsStay: Change = { piece: 'current?.close();', by: '' };
export const moreFunctions: Change = {
  piece: 'Object.freeze(api)',
  by: '{ ...api, send: (name, ...args) => electron.ipcRenderer.send(name, ...args) }',
};
export const pathsOfThePage: Change = { piece: 'electron.webUtils.getPathForFile(file)', by: 'file' };
export const placesOfThePage: Change = {
  piece:
    'if (path === void 0) throw new CallError("usage", "This folder or file is no longer known here: choose it again.");',
  by: 'if (path === void 0) return Buffer.from(place, "base64url").toString();',
};

export const requestsGranted: Change = { piece: 'callback(mayUse(permission))', by: 'callback(true)' };
export const checksGranted: Change = { piece: '(_contents, permission) => mayUse(permission)', by: '() => true' };

export const navigates: Change = {
  piece: 'if (mayNavigate(event.url)) return;\n\t\tevent.preventDefault();',
  by: 'if (mayNavigate(event.url)) return;',
};
export const framesNavigate: Change = { piece: 'if (!event.isMainFrame) event.preventDefault();', by: '' };
export const redirects: Change = { piece: 'contents.on("will-redirect", (event) => event.preventDefault());', by: '' };
export const opensWindows: Change = { piece: 'return { action: "deny" };', by: 'return { action: "allow" };' };
export const attachesWebviews: Change = {
  piece: 'contents.on("will-attach-webview", (event) => event.preventDefault());',
  by: '',
};
export const anyHostOutside: Change = { piece: 'hostsOutside.includes(parsed.hostname)', by: 'true' };
export const anySchemeOutside: Change = { piece: 'parsed.protocol !== "https:" || parsed.port', by: 'parsed.port' };

export const wholeEnvironment: Change = { piece: 'env: definedOnly(env),', by: 'env: definedOnly(process.env),' };
export const keychainInEngine: Change = { piece: { topOf: 'main/engine.js' }, by: 'import "keytar";\n' };

/** A preload that leaves a file behind if it gets out of its sandbox. */
export const escapedFile = (folder: string) => join(folder, 'escaped');
export const escapingPreload = (folder: string): Change[] => [
  {
    piece: 'let electron = require("electron");',
    by: `let electron = require("electron");
try { require("node:fs").writeFileSync(${JSON.stringify(escapedFile(folder))}, "out"); } catch {}`,
  },
];
