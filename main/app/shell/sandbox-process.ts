import { z } from 'zod';
import { CallError } from '../../../shared/call-error.ts';
import { forkNode, listedEnvironment, type ForkProcess } from '../fork-process.ts';

const stopGraceMs = 3000;

/** What the sandbox's process tells; its own wire format, so it is parsed. */
const addressSchema = z.looseObject({
  api: z.string(),
  upload: z.string(),
  auth: z.string(),
  authorize: z.string(),
  token: z.string(),
  port: z.int(),
});
const messageSchema = z.discriminatedUnion('event', [
  addressSchema.extend({ event: z.literal('ready') }),
  z.object({ event: z.literal('error'), code: z.string(), message: z.string() }),
]);
/** Where a sandbox answers, and what opens it. */
export type SandboxAddress = z.infer<typeof addressSchema>;

/** The sandbox refused to start: `bad-option`, `port-in-use`, `root-in-use`, `root-unusable`, `internal`. */
export class SandboxStartError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(`The sandbox cannot start: ${message}`);
    this.name = 'SandboxStartError';
    this.code = code;
  }
}

export interface SandboxProcess {
  address: SandboxAddress;
  pid: number;
  /** Settles with how it ended; never rejects. */
  ended: Promise<string>;
  /** Settles when the process is gone. */
  stop(): Promise<void>;
}

/**
 * Starts a sandbox in a process of its own, which ends with this one, however that ends.
 * @param options as the sandbox takes them: `{ root, port, ... }`.
 * @throws SandboxStartError, CallError `internal` when it says nothing that is understood, the signal's reason when it is aborted;
 *   the process is gone then.
 */
export async function startSandboxProcess(
  entry: URL,
  options: Record<string, unknown>,
  signal: AbortSignal,
  fork: ForkProcess = forkNode,
): Promise<SandboxProcess> {
  signal.throwIfAborted();
  const child = fork({
    entry,
    args: [JSON.stringify(options)],
    env: listedEnvironment(process.env),
    name: 'Boxcar sandbox',
    inheritStderr: true,
  });
  const { ended } = child;
  const stop = async () => {
    const timer = setTimeout(() => child.kill('SIGKILL'), stopGraceMs);
    child.kill('SIGTERM');
    await ended;
    clearTimeout(timer);
  };
  const first = Promise.withResolvers<SandboxAddress>();
  child.link.onMessage((message) => {
    const parsed = messageSchema.safeParse(message);
    if (!parsed.success) {
      first.reject(new CallError('internal', 'The sandbox said something that is not understood.'));
    } else if (parsed.data.event === 'error') {
      first.reject(new SandboxStartError(parsed.data.code, parsed.data.message));
    } else {
      const { event: _event, ...address } = parsed.data;
      first.resolve(address);
    }
  });
  void ended.then((how) => first.reject(new SandboxStartError('internal', `it ended while starting: ${how}`)));
  const onAbort = () => first.reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort);
  try {
    return { address: await first.promise, pid: child.pid(), ended, stop };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
