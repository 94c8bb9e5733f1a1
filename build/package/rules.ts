// What a package may consist of. electron-builder.yml says how it comes about; this says what has to be true of the result.

import { trayStates } from '../icon-kit/drawings.ts';

/** The systems that packages are made for, as Node calls them. */
export const systems = ['linux', 'win32', 'darwin'] as const;
export type System = (typeof systems)[number];

/** The architecture that each is packed for in the check. */
export const checkedArch: Record<System, 'x64' | 'arm64'> = { linux: 'x64', win32: 'x64', darwin: 'arm64' };

/** "A few MB beside the runtime". */
export const maxAsarBytes = 6_000_000;

/** The one file that can't be read from the archive: the system loads it. */
export function nativeFile(system: System): string {
  return `node_modules/keytar/prebuilds/${system}-${checkedArch[system]}/keytar.node`;
}

/** Whether a file of the archive has any business there. */
export function mayBePacked(path: string, system: System): boolean {
  return path === nativeFile(system) || packed.some((pattern) => pattern.test(path));
}

const hash = '-[\\w-]{8}';
const packed = [
  /^(package\.json|LICENSE)$/,
  // Entries by name, and chunks; the command line and its server are not among them.
  new RegExp(`^out/main/(?!cli\\.js$|ui${hash}\\.js$)[a-z]+(-[a-z]+)*(${hash})?\\.js$`),
  /^out\/preload\/preload\.cjs$/,
  /^out\/renderer\/(index\.html|icon\.svg)$/,
  new RegExp(`^out/renderer/assets/[\\w.-]+${hash}\\.(js|css|svg|png|woff2)$`),
  /^out\/tray\/[\w-]+(@2x)?\.png$/,
  /^node_modules\/keytar\/(package\.json|LICENSE\.md|lib\/keytar\.js)$/,
];

/** Without these nothing would start. */
export const mustBePacked = [
  'package.json',
  'LICENSE',
  'out/main/desktop.js',
  'out/main/engine.js',
  'out/main/hash-worker.js',
  'out/main/read-worker.js',
  'out/main/scan-worker.js',
  'out/main/watch-worker.js',
  'out/preload/preload.cjs',
  'out/renderer/index.html',
  ...trayStates.flatMap((state) =>
    ['', '@2x', 'Template', 'Template@2x'].map((kind) => `out/tray/${state}${kind}.png`),
  ),
  'node_modules/keytar/lib/keytar.js',
];

/** Every fuse, by the names of @electron/fuses; null: as Electron ships it. */
export const wantedFuses: Record<string, boolean | null> = {
  RunAsNode: false,
  EnableCookieEncryption: true,
  EnableNodeOptionsEnvironmentVariable: false,
  EnableNodeCliInspectArguments: false,
  EnableEmbeddedAsarIntegrityValidation: true,
  OnlyLoadAppFromAsar: true,
  LoadBrowserProcessSpecificV8Snapshot: null,
  GrantFileProtocolExtraPrivileges: false,
};
