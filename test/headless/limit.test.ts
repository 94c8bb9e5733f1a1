// The limit by the built command over the real engine: what it says, what it keeps, and that it reaches a running app.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { content, TestBox, writeOld } from '../support/engine-fixture.ts';
import { boxcar, sandboxEnvironment } from '../support/boxcar-command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

async function scene() {
  const box = await TestBox.start();
  const env = sandboxEnvironment(box.sandbox.ready, temporaryFolder());
  const run = async (...args: string[]) => {
    const command = boxcar(args, env);
    const code = await command.exit;
    return { code, stdout: command.stdout(), stderr: command.stderr(), events: command.events };
  };
  return { box, env, run };
}

describe('boxcar limit', () => {
  test('sets, shows and lifts the limit and its schedule, without a running Boxcar', async () => {
    const { run } = await scene();
    expect(await run('limit')).toMatchObject({ code: 0, stdout: 'Limit: none\n', stderr: '' });
    expect((await run('limit', '5MB/s')).stdout).toBe('Limit: 5.0 MB/s\n');
    const rules = ['--schedule', 'daily 00:00-24:00 500kB/s', '--schedule', 'sat-sun 00:00-24:00 500kB/s'];
    expect((await run('limit', ...rules)).stdout).toBe(
      'Limit: 5.0 MB/s\nSchedule: daily 00:00-24:00 500 kB/s\nNow: 500 kB/s\n',
    );
    const shown = await run('limit', 'off', '--json');
    expect(shown.events).toEqual([
      {
        v: 1,
        event: 'limit',
        limitBytesPerSecond: null,
        schedule: ['daily 00:00-24:00 500 kB/s'],
        now: { bytesPerSecond: 500_000, paused: false, pausedBy: null, until: null },
      },
    ]);
    expect((await run('limit', '--schedule', 'off')).stdout).toBe('Limit: none\n');
  });

  test.each([
    [['fast'], /a rate such as 5MB\/s or 500kB\/s/],
    [['10'], /at least 1kB\/s/],
    [['--schedule', 'mon 8-18 1MB/s'], /--schedule "mon 8-18 1MB\/s": It must be days/],
  ])('%j is refused, and changes nothing', async (args, said) => {
    const { run } = await scene();
    const refused = await run('limit', ...args);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(said);
    expect((await run('limit')).stdout).toBe('Limit: none\n');
  });
});

test('limit, pause --all and resume --all reach the running Boxcar', async () => {
  const { box, env, run } = await scene();
  await run('limit', '1MB/s');
  const file = join(temporaryFolder(), 'big.bin');
  writeOld(file, content(24 * 2 ** 20));
  const uploading = boxcar(['upload', file, '--to', '0', '--json'], env);
  await uploading.waitFor(({ event, doneBytes }) => event === 'progress' && Number(doneBytes) > 0);
  expect(box.count('upload-part')).toBeLessThan(24);
  const paused = await run('pause', '--all', '--for', '1h', '--json');
  expect(paused.events).toMatchObject([{ event: 'paused', target: 'all' }]);
  expect(Number(paused.events[0]?.['until'])).toBeGreaterThan(Date.now() + 3_500_000);
  expect((await run('limit')).stdout).toMatch(/^Limit: 1\.0 MB\/s\nNow: paused by you until \d/);
  expect((await run('why', file)).stdout).toContain('everything is paused by you until');
  await run('limit', 'off');
  expect((await run('pause', 'j1', '--all')).code).toBe(2);
  expect(await run('resume', '--all')).toMatchObject({ code: 0, stdout: 'Everything goes on.\n' });
  expect(await uploading.exit).toBe(0);
  expect(box.count('create-session')).toBe(1);
});

test('a pause of everything is kept where no Boxcar runs, and the next upload waits for its end', async () => {
  const { box, env, run } = await scene();
  expect((await run('pause', '--all', '--for', '3s')).stdout).toMatch(/^Everything is paused until .*resume --all/);
  const file = join(temporaryFolder(), 'small.txt');
  writeFileSync(file, 'x');
  const startedAt = Date.now();
  const uploading = boxcar(['upload', file, '--to', '0', '--json'], env);
  expect(await uploading.exit).toBe(0);
  expect(Date.now() - startedAt).toBeGreaterThan(1000);
  expect(box.count('upload-file')).toBe(1);
});

test('while everything is paused what runs, status, pairs and why say so, and what runs says that it goes on', async () => {
  const { env, run } = await scene();
  await run('pause', '--all');
  const folder = temporaryFolder();
  const file = join(folder, 'small.txt');
  writeOld(file, content(10));
  await run('add', folder, '--to', '/Pair');
  const keeping = boxcar(['run', '--json'], env);
  await keeping.waitFor(({ event }) => event === 'paused');
  const uploading = boxcar(['upload', file, '--to', '/Job', '--json'], env);
  const told = await uploading.waitFor(({ event }) => event === 'paused');
  expect(told).toEqual({ v: 1, event: 'paused', target: 'all', until: null, pausedBy: 'you' });
  const lines = boxcar(['upload', file, '--to', '/Lines'], env);
  const line = 'Everything is paused by you (boxcar resume --all)';
  await vi.waitFor(() => expect(lines.stdout()).toContain(`${line}\n`), { timeout: 20_000 });
  expect((await run('status')).stdout).toContain(`\n${line}\n`);
  expect((await run('pairs')).stdout).toContain(`${line}\np1 `);
  expect((await run('status', '--json')).events.at(-1)).toMatchObject({ now: { paused: true, pausedBy: 'you' } });
  expect((await run('why', file)).stdout).toContain('It waits; everything is paused by you.');
  await run('resume', '--all');
  expect(await Promise.all([uploading.exit, lines.exit])).toEqual([0, 0]);
  expect(lines.stdout()).toContain('Everything goes on.\n');
  for (const { events } of [uploading, keeping]) {
    expect(events).toContainEqual({ v: 1, event: 'resumed', target: 'all' });
  }
});
