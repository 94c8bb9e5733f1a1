import { fork } from 'node:child_process';
import { z } from 'zod';
import { entryUrl } from '../../platform/entry-url.ts';
import { CommandError, ExitCode } from '../exit-code.ts';
import { onInterrupt } from '../interrupt.ts';
import type { Output } from '../output.ts';

const stopGraceMs = 3000;

/** What the sandbox's process tells; its own wire format, so it is parsed. */
const messageSchema = z.discriminatedUnion('event', [
  z.looseObject({
    event: z.literal('ready'),
    api: z.string(),
    upload: z.string(),
    auth: z.string(),
    authorize: z.string(),
    token: z.string(),
    port: z.number(),
  }),
  z.object({ event: z.literal('error'), code: z.string(), message: z.string() }),
]);
type Message = z.infer<typeof messageSchema>;

/** `boxcar sandbox --root DIR`: serves Box's API from a folder until Ctrl-C. It ends with this process, however that ends. */
export async function sandbox(options: Record<string, unknown>, output: Output): Promise<ExitCode> {
  const { json: _json, ...settings } = options;
  const interrupt = onInterrupt();
  const child = fork(output.io.entries?.sandbox ?? entryUrl('sandbox'), [JSON.stringify(settings)], {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  const first = new Promise<Message>((resolve, reject) => {
    child.once('message', (message) => {
      const parsed = messageSchema.safeParse(message);
      if (parsed.success) resolve(parsed.data);
      else reject(new CommandError(ExitCode.failed, 'The sandbox said something that is not understood.'));
    });
    void ended.then((how) => reject(new CommandError(ExitCode.failed, `The sandbox ended while starting: ${how}`)));
  });
  const interrupted = new Promise<'interrupted'>((resolve) => {
    interrupt.signal.addEventListener('abort', () => resolve('interrupted'));
  });
  try {
    const started = await Promise.race([first, interrupted]);
    if (started === 'interrupted') return ExitCode.interrupted;
    if (started.event === 'error') {
      const exitCode = started.code === 'bad-option' ? ExitCode.usage : ExitCode.failed;
      throw new CommandError(exitCode, `The sandbox cannot start: ${started.message}`);
    }
    tellReady(started, output);
    const how = await Promise.race([ended, interrupted]);
    // Ctrl-C is how a server is meant to end.
    if (how === 'interrupted') return ExitCode.ok;
    throw new CommandError(ExitCode.failed, `The sandbox ended unexpectedly: ${how}`);
  } finally {
    const timer = setTimeout(() => child.kill('SIGKILL'), stopGraceMs);
    child.kill('SIGTERM');
    await ended;
    clearTimeout(timer);
    interrupt.dispose();
  }
}

function tellReady({ event: _event, ...ready }: Extract<Message, { event: 'ready' }>, output: Output): void {
  output.event('ready', ready);
  const { api, upload, auth, authorize, token, port } = ready;
  output.line(`# A Box of its own on port ${port}, until Ctrl-C. Paste these lines into another shell:`);
  const variables = { API_URL: api, UPLOAD_URL: upload, AUTH_URL: auth, AUTHORIZE_URL: authorize, TOKEN: token };
  for (const [name, value] of Object.entries(variables)) {
    output.line(`export BOXCAR_${name}='${value.replaceAll("'", "'\\''")}'`);
  }
}
