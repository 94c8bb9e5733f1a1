import { fork, type ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import { takeWires } from '../message-port.ts';
import { CarriedWires, type UtilityMessage } from '../process/utility-channel.ts';
import { modelled, onlyOptions } from '../unmodelled.ts';
import { isAppReady } from './lifecycle.ts';

const childModule = new URL('../process/utility-child.ts', import.meta.url).href;

/** A child process of Chromium with Node in it: here a child of plain Node. */
export class UtilityProcessModel extends EventEmitter {
  readonly #child: ChildProcess;
  readonly #carried: CarriedWires;
  /** "pid: … Until the child process has spawned successfully, the value is undefined. When the child process exits, … undefined". */
  pid: number | undefined;

  constructor(child: ChildProcess) {
    super();
    this.#child = child;
    this.stdout = child.stdout?.pipe(new PassThrough()) ?? null;
    this.stderr = child.stderr?.pipe(new PassThrough()) ?? null;
    const send = (message: UtilityMessage) => {
      if (child.connected) child.send(message, undefined, undefined, () => undefined);
    };
    this.#carried = new CarriedWires(send);
    child.on('spawn', () => {
      this.pid = child.pid;
      // "Emitted once the child process has spawned successfully."
      this.emit('spawn');
    });
    child.on('message', (message: UtilityMessage) => {
      if (message.kind === 'message') this.emit('message', message.data);
      else this.#carried.take(message);
    });
    child.on('exit', (code, signal) => {
      this.pid = undefined;
      this.#carried.end();
      // "code: Contains the exit code for the process obtained from waitpid on POSIX": what a signal makes of it is the system's.
      this.emit('exit', code ?? (signal === 'SIGKILL' ? 9 : 15));
      // As its own source does, whatever may still be in the pipes (lib/browser/api/utility-process.ts).
      for (const stream of [this.stdout, this.stderr]) stream?.removeAllListeners();
      this.stdout = null;
      this.stderr = null;
    });
    this.send = send;
  }

  private readonly send: (message: UtilityMessage) => void;

  /** "set to anything other than 'pipe', then this will be null". */
  stdout: Readable | null;
  stderr: Readable | null;

  /** "Send a message to the child process, optionally transferring ownership of zero or more MessagePortMain objects." */
  postMessage(data: unknown, transfer?: unknown[]): void {
    const ports = takeWires(transfer).map((wire) => this.#carried.carry(wire));
    this.send({ kind: 'message', data, ports });
  }

  /** "Terminates the process gracefully. On POSIX, it uses SIGTERM": one that has no pid yet is not reached. */
  kill(): boolean {
    return this.pid !== undefined && this.#child.kill('SIGTERM');
  }
}

const running = new Map<number, string>();

/** "serviceName: Name of the process that will appear in name property of ProcessMetric returned by app.getAppMetrics". */
export function utilityMetrics(): { pid: number; name: string; type: string }[] {
  return [...running].map(([pid, name]) => ({ pid, name, type: 'Utility' }));
}

/**
 * "List of string arguments passed to the executable.": Chromium's, which passes over what it doesn't know, and has V8's flags in a
 * switch of its own (shell/browser/javascript_environment.cc).
 */
function flagsOfV8(execArgv: readonly string[]): string[] {
  return execArgv.flatMap((word) => /^--js-flags=(.*)$/.exec(word)?.[1]?.split(' ') ?? []);
}

export const utilityProcess = modelled('utilityProcess', {
  fork: (modulePath: string, args: string[] = [], options: Electron.ForkOptions = {}) => {
    // Its module starts nothing before "Electron has finished initializing".
    if (!isAppReady()) throw new Error('utilityProcess cannot be created before app is ready.');
    onlyOptions('utilityProcess.fork', options, ['env', 'execArgv', 'serviceName', 'stdio', 'cwd']);
    const { env, execArgv = [], stdio = 'inherit', cwd } = options;
    const [, output, errors] = Array.isArray(stdio) ? stdio : [stdio, stdio, stdio];
    const child = fork(modulePath, args, {
      // "Environment key-value pairs. Default is process.env": given, it is the whole environment.
      env: (env ?? process.env) as NodeJS.ProcessEnv,
      execArgv: [...flagsOfV8(execArgv), '--import', childModule],
      serialization: 'advanced',
      stdio: ['ignore', output ?? 'ignore', errors ?? 'ignore', 'ipc'] as never,
      ...(cwd === undefined ? {} : { cwd }),
    });
    const { pid = 0 } = child;
    running.set(pid, options.serviceName ?? 'Node Utility Process');
    child.on('exit', () => running.delete(pid));
    return modelled('UtilityProcess', new UtilityProcessModel(child));
  },
});

const fits: Partial<Pick<Electron.UtilityProcess, 'postMessage' | 'kill' | 'pid'>> =
  null as unknown as UtilityProcessModel;
void fits;
