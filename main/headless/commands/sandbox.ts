import { SandboxStartError, startSandboxProcess, type SandboxAddress } from '../../app/shell/sandbox-process.ts';
import { entryUrl } from '../../platform/entry-url.ts';
import { orAborted } from '../../platform/wait.ts';
import { CommandError, ExitCode } from '../exit-code.ts';
import { onInterrupt } from '../interrupt.ts';
import type { Output } from '../output.ts';

/** `boxcar sandbox --root DIR`: serves Box's API from a folder until Ctrl-C. It ends with this process, however that ends. */
export async function sandbox(options: Record<string, unknown>, output: Output): Promise<ExitCode> {
  const { json: _json, ...settings } = options;
  const interrupt = onInterrupt();
  const { signal } = interrupt;
  try {
    const running = await startSandboxProcess(output.io.entries?.sandbox ?? entryUrl('sandbox'), settings, signal);
    try {
      tellReady(running.address, output);
      const how = await orAborted(running.ended, signal);
      throw new CommandError(ExitCode.failed, `The sandbox ended unexpectedly: ${how}`);
    } catch (error) {
      // Ctrl-C is how a server is meant to end.
      if (signal.aborted) return ExitCode.ok;
      throw error;
    } finally {
      await running.stop();
    }
  } catch (error) {
    if (signal.aborted) return ExitCode.interrupted;
    if (!(error instanceof SandboxStartError)) throw error;
    throw new CommandError(error.code === 'bad-option' ? ExitCode.usage : ExitCode.failed, error.message);
  } finally {
    interrupt.dispose();
  }
}

function tellReady(ready: SandboxAddress, output: Output): void {
  output.event('ready', ready);
  const { api, upload, auth, authorize, token, port } = ready;
  output.line(`# A Box of its own on port ${port}, until Ctrl-C. Paste these lines into another shell:`);
  const variables = { API_URL: api, UPLOAD_URL: upload, AUTH_URL: auth, AUTHORIZE_URL: authorize, TOKEN: token };
  for (const [name, value] of Object.entries(variables)) {
    output.line(variableLine(`BOXCAR_${name}`, value));
  }
}

/** The line that sets a variable of the environment in the shell that people have: sh and its kin, or PowerShell on Windows. */
export function variableLine(name: string, value: string, platform: NodeJS.Platform = process.platform): string {
  if (platform === 'win32') return `$env:${name} = '${value.replaceAll("'", "''")}'`;
  return `export ${name}='${value.replaceAll("'", "'\\''")}'`;
}
