// Questions on a terminal, with keys as a terminal sends them.
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { ask } from '../../main/headless/ask.ts';
import { ExitCode } from '../../main/headless/exit-code.ts';
import { Output, type Io } from '../../main/headless/output.ts';

function terminal() {
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
  const stdout = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
  let shown = '';
  stdout.on('data', (text: Buffer) => (shown += text.toString()));
  const io = { stdin, stdout, stderr: new PassThrough(), env: {} } as unknown as Io;
  return { stdin, output: new Output(io, false), shown: () => shown };
}

test.each([
  ['y\r', true],
  ['YES\r', true],
  ['n\r', false],
  ['\r', false],
  ['yesterday\r', false],
  ['\u0004', false],
])('%j is a yes: %s', async (keys, isYes) => {
  const { stdin, output } = terminal();
  const answer = ask('Abort it?', output);
  stdin.write(keys);
  expect(await answer).toBe(isYes);
});

test('Ctrl-C at a question is an interruption that changed nothing, and does not say that something was aborted', async () => {
  const { stdin, output, shown } = terminal();
  const answer = ask('Abort it?', output);
  stdin.write('\u0003');
  await expect(answer).rejects.toMatchObject({
    exitCode: ExitCode.interrupted,
    message: 'Interrupted; nothing was changed.',
  });
  expect(shown()).toMatch(/Abort it\? \[y\/N\].*\n$/s);
});
