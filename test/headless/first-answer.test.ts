import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { boxcar, sandboxEnvironment } from '../support/boxcar-command.ts';
import { TestBox } from '../support/engine-fixture.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test.each(['upload', 'add'])('%s says that it waits when Box is slow to answer first, and goes on', async (verb) => {
  const box = await TestBox.start();
  const answer = Promise.withResolvers<void>();
  box.intercept = async ({ route }) => {
    if (route === 'current-user') await answer.promise;
    return undefined;
  };
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'a.txt'), 'a');
  const command = boxcar([verb, folder, '--to', '0'], sandboxEnvironment(box.sandbox.ready, temporaryFolder()));
  await expect.poll(() => command.stderr()).toMatch(/^Waiting for Box's first answer/m);
  answer.resolve();
  expect(await command.exit).toBe(0);
  expect(command.stderr().match(/Waiting for Box's first answer/g)).toHaveLength(1);
});
