// The `boxcar` command as it is installed: any Node may start it. On Node 24 or newer it goes straight on; on an older one it runs the same
// command on the Node 24 that came with it. Imports Node's own modules only, by the names and in the words that old Nodes understand.
import { spawn } from 'child_process';
import { existsSync, readFileSync } from 'fs';
import { createRequire } from 'module';
import { constants } from 'os';
import { dirname, join } from 'path';
import { pathToFileURL } from 'url';

const leastMajor = 24;
const majorOf = (version: string): number => Number(version.replace(/^v/, '').split('.')[0]);
const entry = join(__dirname, 'cli.js');

/** The Node of the optional dependency for this system; undefined where it isn't installed or is too old. */
function bundledNode(): string | undefined {
  const system = process.platform === 'win32' ? 'win' : process.platform;
  try {
    const path = createRequire(__filename).resolve(`node-${system}-${process.arch}/package.json`);
    const { version, bin } = JSON.parse(readFileSync(path, 'utf8')) as { version: string; bin?: { node?: string } };
    const own = process.platform === 'win32' ? 'bin/node.exe' : 'bin/node';
    const found = [bin && bin.node, own]
      .map((name) => name && join(dirname(path), name))
      .find((name) => name && existsSync(name));
    return majorOf(version) >= leastMajor ? found || undefined : undefined;
  } catch {
    return undefined;
  }
}

function sayWhatIsMissing(more: string): void {
  process.stderr.write(
    `boxcar: Node.js ${leastMajor} or newer is needed and this is ${process.version}; ${more}. ` +
      'Install Node.js 24 from https://nodejs.org, or install boxcar again without --omit=optional.\n',
  );
  process.exitCode = 2;
}

/** Another process with the same terminal, files and arguments; its signals, its end and this one's are shared. */
function runOn(node: string): void {
  const args = [entry].concat(process.argv.slice(2));
  const child = spawn(node, args, {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: Object.assign({}, process.env, { BOXCAR_LAUNCHED: '1' }),
  });
  const names: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  // By the channel and not as a signal: a terminal's Ctrl-C reaches the other process by itself, and must not count twice.
  const passOn = (signal: NodeJS.Signals) => {
    if (child.connected) child.send({ signal });
  };
  names.forEach((name) => process.on(name, passOn));
  child.on('error', (error) => sayWhatIsMissing(`the one beside it cannot be run (${error.message})`));
  child.on('exit', (code, signal) => {
    names.forEach((name) => process.removeListener(name, passOn));
    if (!signal) return process.exit(code === null ? 1 : code);
    // Ends by the same signal, so that a shell sees what happened; where that doesn't end it, by the usual code.
    process.kill(process.pid, signal);
    setTimeout(() => process.exit(128 + (constants.signals[signal] || 0)), 100);
  });
}

function launch(): void {
  if (majorOf(process.version) >= leastMajor) {
    import(pathToFileURL(entry).href).catch((error: unknown) => {
      process.stderr.write(`boxcar: ${error instanceof Error ? error.stack || error.message : String(error)}\n`);
      process.exitCode = 1;
    });
    return;
  }
  const node = bundledNode();
  if (!node) return sayWhatIsMissing('no newer one was found beside it');
  const { execve } = process as { execve?: (file: string, args: string[], env: NodeJS.ProcessEnv) => void };
  if (execve && process.platform !== 'win32') {
    // Its warning of being experimental is not for the reader of this command's output.
    process.emitWarning = () => undefined;
    execve.call(process, node, [node, entry].concat(process.argv.slice(2)), process.env);
  }
  runOn(node);
}

launch();
