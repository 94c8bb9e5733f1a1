// One run of the checks over the packages of the given systems, in a temporary folder.
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import type { Configuration } from 'electron-builder';
import { extractArchive, listArchive, listUnpacked, readPacked } from './archive.ts';
import * as checks from './checks.ts';
import { packApp, projectFolder, sendPackerLog, validateConfiguration, type PackedApp } from './pack.ts';
import { nativeFile, systems, type System } from './rules.ts';
import { stubFuses } from './stub-runtime.ts';
import { tryEngine } from './start-engine.ts';
import * as systemChecks from './system-checks.ts';

/** One line of the report. */
export interface Row {
  system: System | 'all';
  name: string;
  /** What was seen, in a few words. */
  seen: string;
  /** Empty: it is as it should be. */
  problems: string[];
}

type Look = () => Promise<string[]> | string[];

/** @param changes to electron-builder.yml, for a test that wants to see a failure. */
export async function checkPackages(
  report: (row: Row) => void,
  options: { systems?: readonly System[]; changes?: Configuration } = {},
): Promise<void> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'boxcar-package-')));
  const packerLog: string[] = [];
  sendPackerLog((text) => packerLog.push(text));
  const row = async (system: Row['system'], name: string, seen: string, look: Look) => {
    const problems = await Promise.resolve()
      .then(look)
      .catch((error: unknown) => [String(error)]);
    report({ system, name, seen, problems });
  };
  try {
    await row('all', 'configuration', 'electron-builder.yml fits the schema', () =>
      validateConfiguration(options.changes).then(() => []),
    );
    await row('all', 'installer', "Explorer's menu and links come and go with the app", () =>
      systemChecks.checkInstaller(readFileSync(join(projectFolder, 'build/installer.nsh'), 'utf8')),
    );
    for (const system of options.systems ?? systems) {
      const place = join(folder, system);
      mkdirSync(place);
      let app: PackedApp | undefined;
      await row(system, 'packed', 'by electron-builder, around a stub of the runtime', async () => {
        app = await packApp(system, place, options.changes);
        return [];
      });
      if (app) await checkApp(app, place, row);
      else process.stderr.write(`${packerLog.join('').split('\n').slice(-6).join('\n')}\n`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function checkApp(
  app: PackedApp,
  place: string,
  row: (system: System, name: string, seen: string, look: Look) => Promise<void>,
): Promise<void> {
  const { system } = app;
  const archive = join(app.resources, 'app.asar');
  const files = listArchive(archive);
  const bytes = statSync(archive).size;
  const say = (name: string, seen: string, look: Look) => row(system, name, seen, look);
  await say('files', `${files.length} in app.asar, each one that may be there`, () => checks.checkFiles(files, system));
  await say('size', `${(bytes / 1e6).toFixed(1)} MB`, () => checks.checkSize(bytes));
  await say('imports', 'every bundle finds what it imports', () => {
    const bundles = files.filter(({ path }) => /^out\/(main|preload)\//.test(path)).map(({ path }) => path);
    return checks.checkImports(
      new Map(bundles.map((path) => [path, readPacked(archive, path)])),
      new Set(files.map(({ path }) => path)),
    );
  });
  await say('unpacked', nativeFile(system).slice('node_modules/'.length), () => [
    ...checks.checkUnpacked(files, listUnpacked(archive), system),
    ...checks.checkNativeKind(headOf(join(`${archive}.unpacked`, nativeFile(system))), system),
  ]);
  await say('fuses', 'each as wanted', async () =>
    checks.checkFuses(fusesByName(stubFuses()), await readFuses(app.program)),
  );
  await say('metadata', 'name, version, entry', () =>
    checks.checkMetadata(readPacked(archive, 'package.json'), ownVersion()),
  );
  if (system === 'linux')
    await say('desktop entry', 'starts Boxcar with files, folders, links', () =>
      systemChecks.checkDesktopEntry(app.desktopEntry ?? ''),
    );
  if (system === 'darwin')
    await say('Info.plist', 'files, folders, links, digest of the archive', () =>
      systemChecks.checkInfoPlist(readFileSync(join(app.program, 'Contents/Info.plist'), 'utf8')),
    );
  if (system === 'win32')
    await say('program', 'digest of the archive', () => systemChecks.checkWindowsProgram(readFileSync(app.program)));
  if (system === process.platform)
    await say('engine', `starts from the package under Node ${process.version}`, () => {
      extractArchive(archive, join(place, 'extracted'));
      mkdirSync(join(place, 'home'));
      return tryEngine(join(place, 'extracted'), join(place, 'home'));
    });
}

function headOf(file: string): Buffer {
  const head = Buffer.alloc(4);
  const handle = openSync(file, 'r');
  readSync(handle, head);
  closeSync(handle);
  return head;
}

/** By the names that @electron/fuses has; one that it doesn't know goes by its place. */
function fusesByName(bytes: readonly number[]): Map<string, string> {
  return new Map(bytes.map((byte, place) => [FuseV1Options[place] ?? `fuse ${place}`, String.fromCharCode(byte)]));
}

async function readFuses(program: string): Promise<Map<string, string>> {
  const wire = (await getCurrentFuseWire(program)) as unknown as Record<string, number>;
  const places = Object.keys(wire).filter((key) => /^\d+$/.test(key));
  return fusesByName(places.map((place) => wire[place]!));
}

function ownVersion(): string {
  return (JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8')) as { version: string }).version;
}
