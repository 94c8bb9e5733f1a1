// Packs the app around the stub runtime, by electron-builder itself and by the configuration that the real packages have.
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Arch, build, log, Platform, type Configuration, type LinuxPackager } from 'electron-builder';
import { packerModule } from './packer-modules.ts';
import { checkedArch, type System } from './rules.ts';
import { makeStubRuntime } from './stub-runtime.ts';

export const projectFolder = fileURLToPath(new URL('../..', import.meta.url));

const platforms = { linux: Platform.LINUX, win32: Platform.WINDOWS, darwin: Platform.MAC };

/** A packed app, as it would be installed. */
export interface PackedApp {
  system: System;
  /** The program; on macOS the bundle. */
  program: string;
  /** Where app.asar lies. */
  resources: string;
  /** The entry of the menu that deb, rpm and AppImage would bring; Linux alone has one. */
  desktopEntry: string | null;
}

interface ConfigModule {
  getConfig(projectDir: string, path: string | null, options: Configuration | null): Promise<Configuration>;
  validateConfiguration(config: Configuration, log: unknown): Promise<void>;
}

/** Reads electron-builder.yml and compares it with electron-builder's schema. @throws with the words of the schema */
export async function validateConfiguration(changes: Configuration = {}): Promise<void> {
  const config = packerModule<ConfigModule>('./out/util/config/config.js');
  const { DebugLogger } = packerModule<{ DebugLogger: new (enabled: boolean) => unknown }>('builder-util');
  await config.validateConfiguration(await config.getConfig(projectFolder, null, changes), new DebugLogger(false));
}

/** Packs for a system into an empty folder. @param changes what differs from electron-builder.yml, for a test that wants to see a failure. */
export async function packApp(system: System, folder: string, changes: Configuration = {}): Promise<PackedApp> {
  const runtime = join(folder, 'runtime');
  await mkdir(runtime);
  makeStubRuntime(system, runtime, electronVersion());
  let packed: PackedApp | undefined;
  await build({
    targets: platforms[system].createTarget(['dir'], Arch[checkedArch[system]]),
    projectDir: projectFolder,
    publish: 'never',
    config: {
      publish: null,
      electronDist: runtime,
      directories: { output: join(folder, 'dist'), buildResources: 'build' },
      // Whoever has a certificate is not to be asked for it here.
      mac: { identity: null },
      win: { signExecutable: false },
      afterPack: async ({ appOutDir, packager }) => {
        const name = packager.appInfo.productFilename;
        const linux = system === 'linux' ? (packager as unknown as LinuxPackager) : null;
        packed = {
          system,
          program: join(appOutDir, linux?.executableName ?? (system === 'win32' ? `${name}.exe` : `${name}.app`)),
          resources: packager.getResourcesDir(appOutDir),
          desktopEntry: linux && (await entryOf(linux)),
        };
      },
      ...changes,
    },
  });
  if (!packed) throw new Error('electron-builder packed nothing');
  return packed;
}

interface LinuxHelper {
  computeDesktopEntry(options: unknown): Promise<string>;
}

function entryOf(packager: LinuxPackager): Promise<string> {
  const { LinuxTargetHelper } = packerModule<{ LinuxTargetHelper: new (packager: LinuxPackager) => LinuxHelper }>(
    './out/targets/LinuxTargetHelper.js',
  );
  return new LinuxTargetHelper(packager).computeDesktopEntry(packager.platformSpecificBuildOptions);
}

/** The exact version in package.json; the package itself is not loaded, since that downloads the runtime. */
function electronVersion(): string {
  const path = createRequire(import.meta.url).resolve('electron/package.json');
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}

/** Has electron-builder's own lines go elsewhere than stdout. */
export function sendPackerLog(write: (text: string) => void): void {
  (log as unknown as { stream: { write(text: string): void } }).stream = { write };
}
