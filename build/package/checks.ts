// What is looked at in a package. Every check returns what is wrong, in words; nothing: it is as it should be.
import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import ts from 'typescript';
import type { PackedFile } from './archive.ts';
import { maxAsarBytes, mayBePacked, mustBePacked, nativeFile, wantedFuses, type System } from './rules.ts';

/** Nothing but what may be there, and all that must be. */
export function checkFiles(files: readonly PackedFile[], system: System): string[] {
  const paths = new Set(files.map((file) => file.path));
  return [
    ...[...paths].filter((path) => !mayBePacked(path, system)).map((path) => `${path} has no business there`),
    ...mustBePacked.filter((path) => !paths.has(path)).map((path) => `${path} is missing`),
  ];
}

/** @param archiveBytes the size of app.asar alone. */
export function checkSize(archiveBytes: number): string[] {
  return archiveBytes <= maxAsarBytes ? [] : [`app.asar has ${archiveBytes} bytes, more than ${maxAsarBytes}`];
}

/** The native file of this system lies beside the archive, and nothing else. */
export function checkUnpacked(files: readonly PackedFile[], onDisk: readonly string[], system: System): string[] {
  const wanted = nativeFile(system);
  const marked = files.filter((file) => file.unpacked).map((file) => file.path);
  return [
    ...[...new Set([...marked, ...onDisk])].filter((path) => path !== wanted).map((path) => `${path} is unpacked`),
    ...(onDisk.includes(wanted) ? [] : [`${wanted} is not unpacked`]),
    ...(marked.includes(wanted) ? [] : [`the archive doesn't know ${wanted} as unpacked`]),
  ];
}

/** The first bytes of the native file say that it is for this system. */
export function checkNativeKind(head: Buffer, system: System): string[] {
  const magic = { linux: '7f454c46', win32: '4d5a', darwin: 'cffaedfe' }[system];
  return head.toString('hex').startsWith(magic) ? [] : [`keytar.node is not made for ${system}`];
}

const isProvided = (name: string) => name === 'electron' || isBuiltin(name);

/**
 * Whatever a packed bundle imports is in the package, or comes with Node or Electron; and no chunk is there that nobody imports.
 * @param bundles the text of each file in out/main and out/preload, by its path.
 * @param packed all paths of the package.
 */
export function checkImports(bundles: ReadonlyMap<string, string>, packed: ReadonlySet<string>): string[] {
  const problems: string[] = [];
  const imported = new Set<string>();
  for (const [path, text] of bundles) {
    for (const name of importsOf(text)) {
      if (isProvided(name)) continue;
      const file = name.startsWith('.') ? posix.join(posix.dirname(path), name) : `node_modules/${name}/package.json`;
      imported.add(file);
      if (!packed.has(file)) problems.push(`${path} imports ${name}, which is not in the package`);
    }
  }
  const isChunk = /-[\w-]{8}\.js$/;
  const orphans = [...bundles.keys()].filter((path) => isChunk.test(path) && !imported.has(path) && !isEntry(path));
  return [
    ...problems,
    ...orphans.map((path) => `${path} is imported by nobody: electron-builder.yml should leave it out`),
  ];
}

/** An entry may have a name that looks like one with a hash: it has no capital, digit or underscore there. */
const isEntry = (path: string) => /^out\/main\/[a-z-]+\.js$/.test(path);

/** `import`, `export … from`, and `import()`, `require()` and the bundler's `__require()` of a literal. Comments and strings are none. */
function importsOf(text: string): string[] {
  const names: string[] = [];
  const visit = (node: ts.Node): void => {
    const from =
      ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
        ? node.moduleSpecifier
        : ts.isCallExpression(node) && isImporter(node.expression)
          ? node.arguments[0]
          : undefined;
    if (from && ts.isStringLiteralLike(from)) names.push(from.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('bundle.js', text, ts.ScriptTarget.Latest, false, ts.ScriptKind.JS));
  return names;
}

const isImporter = (callee: ts.Expression) =>
  callee.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(callee) && /^(__)?require$/.test(callee.text));

/** @param before and after the wire as @electron/fuses reads it, by fuse: '0' off, '1' on. */
export function checkFuses(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const problems: string[] = [];
  for (const [fuse, state] of after) {
    const wanted = wantedFuses[fuse];
    const byte = typeof wanted === 'boolean' ? String(Number(wanted)) : before.get(fuse);
    if (state !== byte) problems.push(`${fuse} is ${words(state)} and should be ${words(byte)}`);
  }
  const absent = Object.keys(wantedFuses).filter((fuse) => !after.has(fuse));
  return [...problems, ...absent.map((fuse) => `${fuse} is not in this runtime`)];
}

const words = (byte: string | undefined) => (byte === '1' ? 'on' : byte === '0' ? 'off' : `"${byte}"`);

/** The package.json that the app finds of itself. */
export function checkMetadata(text: string, version: string): string[] {
  const data = JSON.parse(text) as Record<string, unknown>;
  const wanted = { name: 'boxcar', version, main: 'out/main/desktop.js', desktopName: 'boxcar-desktop.desktop' };
  return [
    ...Object.entries(wanted)
      .filter(([key, value]) => data[key] !== value)
      .map(([key, value]) => `${key} is ${JSON.stringify(data[key])} and should be "${value}"`),
    ...['devDependencies', 'scripts'].filter((key) => key in data).map((key) => `${key} were left in`),
  ];
}
