import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { MessageChannelMain, utilityProcess, type UtilityProcess } from 'electron';
import { collectTail, endText, type ForkProcess } from '../app/fork-process.ts';
import { portLink } from '../platform/port-link.ts';

/**
 * A process of Electron's own Node: the packaged app can't be run as Node. Its link is a port, since parentPort tells no end. It has
 * the listed environment alone, and no way to the keychain.
 */
export const forkUtility: ForkProcess = ({ entry, args, env, name, execArgv = [], inheritStderr }) => {
  const child = utilityProcess.fork(fileURLToPath(entry), args, {
    env: definedOnly(env),
    // They are Chromium's switches, of which one hands on V8's flags; as Node takes them they would be passed over.
    execArgv: execArgv.length === 0 ? [] : [`--js-flags=${execArgv.join(' ')}`],
    serviceName: name,
    stdio: ['ignore', 'ignore', inheritStderr ? 'inherit' : 'pipe'],
  });
  const { port1, port2 } = new MessageChannelMain();
  // What is sent before it runs waits for it.
  child.postMessage('link', [port2]);
  const link = portLink(port1);
  let pid = 0;
  let wanted: 'SIGTERM' | 'SIGKILL' | undefined;
  const kill = (signal: 'SIGTERM' | 'SIGKILL') => {
    // Before it has spawned there is nothing to kill yet.
    if (child.pid === undefined) wanted = signal;
    else if (signal === 'SIGTERM') child.kill();
    else killHard(child.pid);
  };
  child.on('spawn', () => {
    pid = child.pid ?? 0;
    if (wanted) kill(wanted);
  });
  const ended = endOf(child);
  void ended.then(() => link.close());
  return { pid: () => pid, link, ended, kill };
};

function endOf(child: UtilityProcess): Promise<string> {
  const { stderr } = child;
  const words = stderr?.pipe(new PassThrough()) ?? null;
  const errorText = collectTail(words);
  return new Promise((resolve) => {
    child.on('exit', (code) => {
      const finish = () => resolve(endText(`exit code ${code}`, errorText()));
      if (!stderr || !words || words.closed) return finish();
      words.once('close', finish);
      // After this event Electron takes all listeners off, while the last words may still be in the pipe.
      setImmediate(() => {
        stderr.unpipe(words);
        if (stderr.readable) stderr.pipe(words);
        else words.end();
      });
      setTimeout(finish, 500).unref();
    });
  });
}

/** Electron's own kill asks; this doesn't. */
function killHard(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has gone meanwhile.
  }
}

function definedOnly(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
