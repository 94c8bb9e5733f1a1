// What a package tells its system: the desktop entry of Linux, the Info.plist of macOS, the resource of Windows.

const groupLine = /^\[(.+)\]$/;
const keyLine = /^([A-Za-z][A-Za-z0-9-]*)=(.*)$/;

/** The groups of a desktop entry. @throws where a line is neither a group nor a key of one */
export function parseDesktopEntry(text: string): Map<string, Map<string, string>> {
  const groups = new Map<string, Map<string, string>>();
  let group: Map<string, string> | undefined;
  for (const line of text.split('\n')) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const name = groupLine.exec(line)?.[1];
    const key = keyLine.exec(line);
    if (name) groups.set(name, (group = new Map<string, string>()));
    else if (group && key) group.set(key[1]!, key[2]!);
    else throw new Error(`a desktop entry has no place for "${line}"`);
  }
  return groups;
}

/** What the menu starts, and what it takes: files of any kind, folders, and links to Boxcar. */
export function checkDesktopEntry(text: string): string[] {
  const entry: ReadonlyMap<string, string> = parseDesktopEntry(text).get('Desktop Entry') ?? new Map<string, string>();
  const list = (key: string) => (entry.get(key) ?? '').split(';').filter(Boolean);
  const wanted: Record<string, string> = {
    Type: 'Application',
    Name: 'Boxcar',
    Exec: '/opt/Boxcar/boxcar-desktop %U',
    Icon: 'boxcar-desktop',
    StartupWMClass: 'boxcar-desktop',
    Terminal: 'false',
  };
  const types = ['application/octet-stream', 'inode/directory', 'x-scheme-handler/boxcar'];
  return [
    ...Object.entries(wanted)
      .filter(([key, value]) => entry.get(key) !== value)
      .map(([key, value]) => `${key} is "${entry.get(key)}" and should be "${value}"`),
    ...types.filter((type) => !list('MimeType').includes(type)).map((type) => `MimeType lacks ${type}`),
    ...(list('Categories').includes('Utility') ? [] : ['Categories lacks Utility']),
  ];
}

/** @param text the Info.plist of the bundle, as XML. */
export function checkInfoPlist(text: string): string[] {
  const has = (pattern: RegExp) => pattern.test(text.replaceAll(/>\s+</g, '><'));
  const wanted: [string, RegExp][] = [
    ['the app id', /<key>CFBundleIdentifier<\/key><string>app\.boxcar\.desktop<\/string>/],
    ['boxcar:// links', /<key>CFBundleURLSchemes<\/key><array><string>boxcar<\/string><\/array>/],
    [
      'files that are dropped on it',
      /<key>LSItemContentTypes<\/key><array><string>public\.data<\/string><string>public\.folder<\/string>/,
    ],
    ['being the default for none of them', /<key>LSHandlerRank<\/key><string>Alternate<\/string>/],
    ["the archive's digest", /<key>ElectronAsarIntegrity<\/key><dict><key>Resources\/app\.asar<\/key>/],
  ];
  return wanted.filter(([, pattern]) => !has(pattern)).map(([what]) => `Info.plist doesn't tell ${what}`);
}

/** @param program the whole .exe; its resources are UTF-16, the digest is JSON. */
export function checkWindowsProgram(program: Buffer): string[] {
  const wanted: [string, boolean][] = [
    ["the archive's digest", program.includes('"file":"resources\\\\app.asar","alg":"SHA256"')],
    ['its name', program.includes(Buffer.from('Boxcar\0', 'utf16le'))],
  ];
  return wanted.filter(([, isThere]) => !isThere).map(([what]) => `Boxcar.exe doesn't carry ${what}`);
}

/** What the installer of Windows adds to Explorer's menu and to links, its uninstaller takes away. @param script installer.nsh */
export function checkInstaller(script: string): string[] {
  const kinds = [...script.matchAll(/!insertmacro boxcarMenu "([^"]+)"/g)].map((match) => match[1]!);
  const menu = /WriteRegStr SHCTX "Software\\Classes\\\$\{KIND\}\\shell\\([\w.]+)" "" "([^"]+)"/.exec(script);
  const starts = (key: string) =>
    script.includes(`"Software\\Classes\\${key}\\command" "" '"$INSTDIR\\\${APP_EXECUTABLE_FILENAME}" "%1"'`);
  const uninstall = /!macro customUnInstall\n([\s\S]*?)!macroend/.exec(script)?.[1] ?? '';
  return [
    ...(menu?.[2] === 'Upload with Boxcar' ? [] : ['there is no "Upload with Boxcar"']),
    ...(starts(`\${KIND}\\shell\\${menu?.[1]}`) ? [] : ['it starts something else than Boxcar with the file']),
    ...(starts('boxcar\\shell\\open') ? [] : ['nothing opens boxcar:// links']),
    ...(/\\boxcar" "URL Protocol" ""/.test(script) ? [] : ['Windows takes boxcar for no scheme of links']),
    ...(uninstall.includes('DeleteRegKey SHCTX "Software\\Classes\\boxcar"\n')
      ? []
      : ['boxcar:// links outlive the app']),
    ...['*', 'Directory'].filter((kind) => !kinds.includes(kind)).map((kind) => `${kind} has no menu`),
    ...kinds
      .filter((kind) => !uninstall.includes(`DeleteRegKey SHCTX "Software\\Classes\\${kind}\\shell\\${menu?.[1]}"`))
      .map((kind) => `the menu of ${kind} outlives the app`),
  ];
}
