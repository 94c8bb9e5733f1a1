// What `package:check` packs in place of Electron's runtime: a few kilobytes that have the same shape where the packer looks.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packerModule } from './packer-modules.ts';
import type { System } from './rules.ts';

/** Electron's marker of the fuses; after it the wire: its version, its length, and a byte per fuse, '0' for off. */
const fuseMarker = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
/** One more than @electron/fuses names, as in the Electron of today: fuses that it doesn't know must stay as they are. */
const fuseCount = 9;
const fuseWireVersion = 1;

/** The fuses of the stub. Off and on alternate, so that a fuse that is left as it was shows, whichever way it should be. */
export function stubFuses(): number[] {
  return Array.from({ length: fuseCount }, (_, place) => (place % 2 === 0 ? '1' : '0').charCodeAt(0));
}

/** Writes the runtime of a system into an empty folder. */
export function makeStubRuntime(system: System, folder: string, version: string): void {
  const fuses = Buffer.concat([Buffer.from(fuseMarker), Buffer.from([fuseWireVersion, fuseCount, ...stubFuses()])]);
  const write = (path: string, content: string | Buffer, mode = 0o644) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
    chmodSync(join(folder, path), mode);
  };
  write('version', version);
  write('LICENSE', 'stub\n');
  write('LICENSES.chromium.html', 'stub\n');
  if (system === 'linux') {
    write('electron', Buffer.concat([Buffer.from('#!/bin/false\n'), fuses]), 0o755);
    mkdirSync(join(folder, 'resources'));
  } else if (system === 'win32') {
    write('electron.exe', Buffer.concat([windowsProgram(), fuses]), 0o755);
    mkdirSync(join(folder, 'resources'));
  } else {
    const contents = 'Electron.app/Contents';
    write(`${contents}/Info.plist`, plist('Electron'));
    write(`${contents}/MacOS/Electron`, '#!/bin/false\n', 0o755);
    write(`${contents}/Frameworks/Electron Framework.framework/Electron Framework`, fuses, 0o755);
    mkdirSync(join(folder, contents, 'Resources'), { recursive: true });
    for (const helper of ['', ' (Renderer)', ' (GPU)', ' (Plugin)']) {
      const name = `Electron Helper${helper}`;
      write(`${contents}/Frameworks/${name}.app/Contents/Info.plist`, plist(name));
      write(`${contents}/Frameworks/${name}.app/Contents/MacOS/${name}`, '#!/bin/false\n', 0o755);
    }
  }
}

const plist = (executable: string) => `<?xml version="1.0" encoding="UTF-8"?>
<plist version="1.0"><dict>
  <key>CFBundleExecutable</key><string>${executable}</string>
  <key>CFBundleIdentifier</key><string>com.github.Electron</string>
</dict></plist>
`;

interface ResEdit {
  NtExecutable: { createEmpty(is32Bit: boolean, isDll: boolean): { generate(): ArrayBuffer } };
  NtExecutableResource: { from(program: unknown): { entries: unknown[]; outputResource(program: unknown): void } };
  Resource: {
    VersionInfo: {
      createEmpty(): {
        setStringValues(language: { lang: number; codepage: number }, values: Record<string, string>): void;
        outputToResourceEntries(entries: unknown[]): void;
      };
    };
  };
}

/** A Windows program that does nothing, with the version resource that the packer rewrites. */
function windowsProgram(): Buffer {
  const { NtExecutable, NtExecutableResource, Resource } = packerModule<ResEdit>('resedit');
  const program = NtExecutable.createEmpty(false, false);
  const resources = NtExecutableResource.from(program);
  const info = Resource.VersionInfo.createEmpty();
  info.setStringValues({ lang: 1033, codepage: 1200 }, { ProductName: 'Electron' });
  info.outputToResourceEntries(resources.entries);
  resources.outputResource(program);
  return Buffer.from(program.generate());
}
