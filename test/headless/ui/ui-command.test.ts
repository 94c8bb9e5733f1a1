import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { delimiter, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { boxcar, descendants, isAlive, type Command } from '../../support/boxcar-command.ts';
import { readLink, signInPage, type PageClient } from '../../support/page-client.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

function environment(home: string, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return { ...process.env, BOXCAR_HOME: home, BOXCAR_TOKEN: '', ...more };
}

async function pageOf(command: Command): Promise<PageClient> {
  const { url } = (await command.waitFor(({ event }) => event === 'ready')) as unknown as { url: string };
  const { origin, once: token } = readLink(url);
  return signInPage(origin, { once: token });
}

describe('boxcar ui', () => {
  test('says its link first, and ends within two seconds of Ctrl-C, engine and sandbox too', async () => {
    const command = boxcar(['ui', '--no-open', '--json'], environment(temporaryFolder()));
    const page = await pageOf(command);
    expect(command.events[0]).toMatchObject({
      v: 1,
      event: 'ready',
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/#t=[\w-]{43}$/) as unknown,
    });
    await page.remote.trySandbox({});
    const started = descendants(command.child.pid ?? 0);
    expect(started.length).toBeGreaterThanOrEqual(2);
    const at = performance.now();
    command.child.kill('SIGINT');
    expect(await command.exit).toBe(0);
    expect(performance.now() - at).toBeLessThan(2000);
    expect(started.filter(isAlive)).toEqual([]);
    expect(command.events.at(-1)).toMatchObject({ event: 'stopped', signal: 'SIGINT' });
    await page.closed;
  });

  test('killed, it leaves no process behind', async () => {
    const command = boxcar(['ui', '--no-open', '--json'], environment(temporaryFolder()));
    const page = await pageOf(command);
    await page.remote.trySandbox({});
    const started = descendants(command.child.pid ?? 0);
    command.child.kill('SIGKILL');
    await command.exit;
    await expect.poll(() => started.filter(isAlive), { timeout: 10_000 }).toEqual([]);
  });

  test('beside another one it shows the same, and a port that is taken is said', async () => {
    const home = temporaryFolder();
    const first = boxcar(['ui', '--no-open', '--json'], environment(home));
    const one = await pageOf(first);
    await one.remote.trySandbox({});
    const second = boxcar(['ui', '--no-open', '--json'], environment(home));
    const other = await pageOf(second);
    await other.waitForShell(({ phase, account }) => phase === 'ready' && account?.id === 'sandbox');
    expect(await other.remote.pairs({})).toEqual([]);

    const blocker = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void blocker.close());
    await once(blocker, 'listening');
    const { port } = blocker.address() as AddressInfo;
    const third = boxcar(['ui', '--no-open', '--json', '--port', String(port)], environment(temporaryFolder()));
    expect(await third.exit).toBe(1);
    expect(third.stderr()).toContain(`Port ${port} can't be used`);
    expect(third.stderr()).toContain('--port');
  });

  test('opens the browser; where there is none the link is enough', async () => {
    const folder = temporaryFolder();
    const opened = join(folder, 'opened');
    writeFileSync(
      join(folder, 'xdg-open'),
      `#!/bin/sh\nprintf %s "$1" > '${opened}.new' && mv '${opened}.new' '${opened}'\n`,
    );
    chmodSync(join(folder, 'xdg-open'), 0o755);
    const path = `${folder}${delimiter}${process.env['PATH']}`;
    const command = boxcar(['ui', '--json'], environment(temporaryFolder(), { PATH: path }));
    const ready = await command.waitFor(({ event }) => event === 'ready');
    await expect.poll(() => existsSync(opened)).toBe(true);
    expect(readFileSync(opened, 'utf8')).toBe(ready['url']);
    command.child.kill('SIGTERM');
    expect(await command.exit).toBe(0);

    // Neither a folder that is missing nor a file in its place ends the command.
    for (const PATH of [join(folder, 'missing'), opened]) {
      const without = boxcar(['ui', '--json'], environment(temporaryFolder(), { PATH }));
      await (await pageOf(without)).remote.shell({});
      without.child.kill('SIGTERM');
      expect(await without.exit).toBe(0);
    }
  });
});
