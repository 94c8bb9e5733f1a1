import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startSandbox } from '../../main/sandbox/server.ts';
import { boxcar, descendants, isAlive, sandboxEnvironment } from '../support/boxcar-command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const partBytes = 1024 * 1024;
const fileBytes = 60 * partBytes + 12_345;

/** A sandbox that counts the PUTs of each part and lets them wait, and a file of 61 parts to send there. */
async function scene(delayMs: number) {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'box'));
  const puts = new Map<string, number>();
  const reached: { parts: number; tell: () => void }[] = [];
  const sandbox = await startSandbox({
    root: join(folder, 'box'),
    port: 0,
    partSize: partBytes,
    intercept: ({ route, headers }) => {
      if (route !== 'upload-part') return undefined;
      const range = String(headers['content-range']);
      puts.set(range, (puts.get(range) ?? 0) + 1);
      for (const { parts, tell } of reached) if (puts.size >= parts) tell();
      // Slow enough that a kill finds parts on their way.
      return { delayMs };
    },
  });
  onTestFinished(() => sandbox.close());
  const file = join(folder, 'film.bin');
  const bytes = randomBytes(fileBytes);
  writeFileSync(file, bytes);
  utimesSync(file, new Date(1.6e12), new Date(1.6e12));
  const env = sandboxEnvironment(sandbox.ready, join(folder, 'home'));
  const upload = () => boxcar(['upload', file, '--to', '/Films', '--json'], env);
  const sha1 = createHash('sha1').update(bytes).digest('hex');
  const arrived = join(folder, 'box', 'Films', 'film.bin');
  /** Resolves when so many parts have begun to arrive. */
  const begun = (parts: number) => new Promise<void>((tell) => reached.push({ parts, tell }));
  return { sandbox, env, file, upload, sha1, puts, begun, arrived };
}

test.each([0, 1, 2])('kill -9 of every process at a random point, the same command again (%i)', async () => {
  const { upload, sha1, puts, begun, arrived, sandbox } = await scene(20);
  const point = 1 + Math.floor(Math.random() * 60);
  const first = upload();
  await begun(point);
  first.killAll();
  await first.exit;

  const second = upload();
  expect(await second.exit, `killed at part ${point}: ${second.stderr()}`).toBe(0);
  expect(createHash('sha1').update(readFileSync(arrived)).digest('hex')).toBe(sha1);
  const again = [...puts.values()].filter((count) => count > 1);
  // At most the four that were in flight, each once more.
  expect(again.length, `killed at part ${point}`).toBeLessThanOrEqual(4);
  expect(again.every((count) => count === 2)).toBe(true);

  const items = await fetchJson(sandbox.ready.api, sandbox.ready.token, '/folders/0/items');
  const [films] = items.entries;
  const inside = await fetchJson(
    sandbox.ready.api,
    sandbox.ready.token,
    `/folders/${films!.id}/items?fields=sha1,name`,
  );
  expect(inside.entries.map(({ name, sha1: onBox }) => [name, onBox])).toEqual([['film.bin', sha1]]);
  const versions = await fetchJson(sandbox.ready.api, sandbox.ready.token, `/files/${inside.entries[0]!.id}/versions`);
  expect(versions.entries).toEqual([]);

  // And once more: nothing is sent, nothing is left to do.
  const total = [...puts.values()].reduce((sum, count) => sum + count, 0);
  const third = upload();
  expect(await third.exit).toBe(0);
  expect((await third.waitFor(({ event }) => event === 'summary'))['sentBytes']).toBe(0);
  expect([...puts.values()].reduce((sum, count) => sum + count, 0)).toBe(total);
});

test('kill -9 of the app alone leaves no engine behind, and of the engine alone is a pause', async () => {
  const { upload, sha1, begun, arrived } = await scene(40);
  const first = upload();
  await begun(5);
  const engines = descendants(first.child.pid!);
  expect(engines.length).toBeGreaterThan(0);
  first.child.kill('SIGKILL');
  await first.exit;
  await expect.poll(() => engines.filter(isAlive), { timeout: 5000 }).toEqual([]);

  const second = upload();
  await begun(25);
  process.kill(descendants(second.child.pid!).at(-1)!, 'SIGKILL');
  expect(await second.exit, second.stderr()).toBe(0);
  expect(second.events.some(({ event }) => event === 'restart')).toBe(true);
  expect(createHash('sha1').update(readFileSync(arrived)).digest('hex')).toBe(sha1);
});

test('a second terminal sees the live transfer and its parts', async () => {
  const { upload, begun, env } = await scene(200);
  const first = upload();
  await begun(8);
  const status = boxcar(['status', '--json'], env);
  expect(await status.exit, status.stderr()).toBe(0);
  const transfer = await status.waitFor(({ event }) => event === 'transfer');
  expect(transfer).toMatchObject({ state: 'sending', parts: { total: 61 } });
  const parts = boxcar(['parts', String(transfer['transfer'] ?? transfer['id']), '--json'], env);
  expect(await parts.exit, parts.stderr()).toBe(0);
  expect(parts.events.filter(({ event, state }) => event === 'part' && state === 'done').length).toBeGreaterThan(0);
  expect(await first.exit).toBe(0);
});

interface Listing {
  entries: { id: string; name: string; sha1: string }[];
}

async function fetchJson(api: string, token: string, path: string): Promise<Listing> {
  const answer = await fetch(`${api}${path}`, { headers: { authorization: `Bearer ${token}` } });
  return (await answer.json()) as Listing;
}
