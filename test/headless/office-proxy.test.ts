// Behind a proxy that opens TLS, as offices have them: Box's own hosts, a certificate of the office, and nothing set for Boxcar.
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startSandbox } from '../../main/sandbox/server.ts';
import { boxcar } from '../support/boxcar-command.ts';
import { writeTree } from '../support/engine-fixture.ts';
import { officeAuthority, startOfficeProxy } from '../support/office-proxy.ts';
import { localTree, pairFolder } from '../support/pair-fixture.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

async function office() {
  const root = temporaryFolder();
  const sandbox = await startSandbox({ root, port: 0, partSize: 2 ** 20 });
  onTestFinished(() => sandbox.close());
  const proxy = await startOfficeProxy(sandbox.ready);
  onTestFinished(() => proxy.close());
  const folder = pairFolder();
  writeTree(folder, { 'a.txt': 'hello', 'deep/b.bin': Buffer.alloc(22 * 2 ** 20, 7) });
  const usual = Object.entries(process.env).filter(([name]) => !/proxy|^BOXCAR_|^NODE_EXTRA/i.test(name));
  const env = (set: Record<string, string>) => ({
    ...Object.fromEntries(usual),
    BOXCAR_HOME: temporaryFolder(),
    BOXCAR_TOKEN: sandbox.ready.token,
    ...set,
  });
  return { root, proxy, folder, env };
}

test('files go up through it, small ones and those in parts, where its certificate is trusted', async () => {
  const { root, proxy, folder, env } = await office();
  const set = env({ HTTPS_PROXY: proxy.url, NODE_EXTRA_CA_CERTS: officeAuthority });
  const command = boxcar(['upload', folder, '--to', '/Office', '--json'], set);
  expect(await command.exit, command.stderr()).toBe(0);
  expect(localTree(join(root, 'Office', folder.split('/').at(-1)!))).toEqual(localTree(folder));
  expect(new Set(proxy.asked)).toEqual(new Set(['api.box.com:443', 'upload.box.com:443']));
});

test('without its certificate the error says what to do, and nothing is lost', async () => {
  const { proxy, folder, env } = await office();
  const set = env({ HTTPS_PROXY: proxy.url });
  const command = boxcar(['upload', folder, '--to', '/Office'], set);
  expect(await command.exit).not.toBe(0);
  expect(command.stderr() + command.stdout()).toContain('NODE_EXTRA_CA_CERTS');
  // The certificate comes, and the same command goes on.
  const again = boxcar(['upload', folder, '--to', '/Office'], { ...set, NODE_EXTRA_CA_CERTS: officeAuthority });
  expect(await again.exit, again.stderr()).toBe(0);
});

test('a proxy that cannot be reached is named', async () => {
  const { proxy, folder, env } = await office();
  await proxy.close();
  const command = boxcar(['upload', folder, '--to', '/Office'], env({ HTTPS_PROXY: proxy.url }));
  expect(await command.exit).not.toBe(0);
  expect(command.stderr() + command.stdout()).toContain(new URL(proxy.url).host);
});
