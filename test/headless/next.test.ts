// "Upload next" by the built command.
import { expect, test } from 'vitest';
import { tellStub } from '../support/open-stub.ts';
import { runCli } from '../support/run-cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

function stubHome(transfer: number): string {
  const home = temporaryFolder();
  tellStub(home, { pairTransfer: transfer });
  return home;
}

test('boxcar next says what goes up next', async () => {
  const home = stubHome(41);
  expect(await runCli(['next', 't41'], { home })).toMatchObject({
    code: 0,
    stdout: 't41 goes up next, once a Boxcar runs.\n',
  });
  expect((await runCli(['next', 't41', '--json'], { home })).events).toMatchObject([{ event: 'next', target: 't41' }]);
});

test('what does not wait is refused with the reason, and what is no file as wrong usage', async () => {
  const home = stubHome(404);
  const refused = await runCli(['next', 't404'], { home });
  expect([refused.code, refused.stderr]).toEqual([1, 'boxcar: t404 does not wait: it is done.\n']);
  const job = await runCli(['next', 'j7'], { home });
  expect([job.code, job.stderr]).toEqual([2, expect.stringContaining('must be a transfer (t41)')]);
});
