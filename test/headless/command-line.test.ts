import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isAlive, tellStub } from '../support/open-stub.ts';
import { runCli, startCli } from '../support/run-cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

function folderWithFile(): string {
  const path = join(temporaryFolder(), 'tree');
  mkdirSync(path);
  writeFileSync(join(path, 'a.txt'), 'a');
  return path;
}

/** A data folder with a stub engine that behaves like this. */
function stubHome(behaviour: Record<string, unknown> = {}): string {
  const home = temporaryFolder();
  tellStub(home, behaviour);
  return home;
}

/** The events of a run by their names; the version stands in each. */
const namesOf = (events: { event: string; v?: unknown }[]) =>
  events.map(({ event, v }) => (v === 1 ? event : 'no version'));

describe('wrong usage ends with 2 and says what is wrong', () => {
  const tree = '.';
  test.each([
    [['upload', tree], /required option '--to <folder>'/],
    [['upload', '--to', '0'], /missing required argument 'path'/],
    [['upload', tree, '--to', 'Backup'], /--to <folder>.*path on Box that begins with \//s],
    [['upload', tree, '--to', '0', '--if-exists', 'overwrite'], /--if-exists.*version, keep-both, skip/s],
    [['upload', tree, '--to', '0', '--parallel-parts', '6'], /--parallel-parts <n>.*from 1 to 5/s],
    [['upload', tree, '--to', '0', '--uploads-per-minute', '-3'], /--uploads-per-minute/],
    [['upload', tree, '--to', '0', '--calls-per-minute', '1e3'], /--calls-per-minute/],
    [['statsu'], /unknown command 'statsu'.*status/s],
    [['status', '--wach'], /unknown option '--wach'.*--watch/s],
    [['parts', 'j1'], /must be a transfer \(t41\)/],
    [['retry', '7'], /a job \(j7\) or a transfer \(t41\) or a part/],
    [['sandbox'], /--root <dir>/],
    [['sandbox', '--root', 'x', '--port', '70000'], /--port <n>.*65535/s],
    [['receipts', '--csv', '--json'], /--csv and --json/],
  ])('%j', async (args, said) => {
    const { code, stderr } = await runCli(args, { home: temporaryFolder() });
    expect(stderr).toMatch(said);
    expect(code).toBe(2);
  });

  test('missing paths are all named, and nothing is started', async () => {
    const home = stubHome();
    const { code, stderr } = await runCli(['upload', '/no/one', folderWithFile(), '/no/two', '--to', '0'], { home });
    expect(code).toBe(2);
    expect(stderr).toContain('/no/one');
    expect(stderr).toContain('/no/two');
    expect(stderr).toContain('Nothing was sent');
  });

  test('an empty path is not the working folder', async () => {
    const { code, stderr } = await runCli(['upload', '', folderWithFile(), '--to', '0'], { home: stubHome() });
    expect(stderr).toContain('one of the paths is empty');
    expect(code).toBe(2);
  });

  test('paths that would take one name on Box are both named', async () => {
    const folder = temporaryFolder();
    for (const name of ['a/Photos', 'b/photos']) mkdirSync(join(folder, name), { recursive: true });
    const paths = [join(folder, 'a/Photos'), join(folder, 'b/photos')];
    const { code, stderr } = await runCli(['upload', ...paths, '--to', '0'], { home: stubHome() });
    expect(code).toBe(2);
    for (const path of paths) expect(stderr).toContain(path);
  });

  test('addresses of Box that are none, or would show the token to everybody', async () => {
    const bad = await runCli(['status'], { home: stubHome(), env: { BOXCAR_UPLOAD_URL: 'box.com' } });
    expect([bad.code, bad.stderr]).toEqual([2, expect.stringContaining('BOXCAR_UPLOAD_URL')]);
    const plain = await runCli(['status'], { home: stubHome(), env: { BOXCAR_API_URL: 'http://example.com/2.0' } });
    expect([plain.code, plain.stderr]).toEqual([2, expect.stringContaining('https')]);
  });

  test('a data folder that cannot be used', async () => {
    const { code, stderr } = await runCli(['status', '--home', '/dev/null/home']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('/dev/null/home')]);
  });

  test('under --json it is an event too', async () => {
    const { code, events } = await runCli(['upload', '/no/one', '--to', '0', '--json'], { home: stubHome() });
    expect(code).toBe(2);
    expect(events).toMatchObject([{ v: 1, event: 'error', code: 'usage', exitCode: 2 }]);
    const line = await runCli(['upload', '--json', '--to'], { home: stubHome() });
    expect(line.events).toMatchObject([{ event: 'error', code: 'usage', exitCode: 2 }]);
  });
});

describe('upload', () => {
  test('ends with 0 when everything is there; JSON lines and nothing else on stdout', async () => {
    const home = stubHome({ files: 5 });
    const { code, events, stderr } = await runCli(['upload', folderWithFile(), '--to', '/in', '--json'], { home });
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const names = namesOf(events);
    expect(names.at(0)).toBe('started');
    expect(names.at(-1)).toBe('summary');
    expect(names.filter((name) => name === 'file')).toHaveLength(5);
    expect(events.at(-1)).toMatchObject({ job: 'j1', end: 'done', exitCode: 0, counts: { sent: 5 } });
  });

  test('plain lines carry no control characters', async () => {
    const home = stubHome({ files: 3, failing: 1 });
    const { stdout, stderr } = await runCli(['upload', folderWithFile(), '--to', '/in'], { home });
    // eslint-disable-next-line no-control-regex -- control characters are what is looked for
    expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
    expect(stdout).toMatch(/2 files sent.*1 file failed/);
    expect(stdout).toContain('Receipts: boxcar receipts');
  });

  test('ends with 1 when files failed, each named with its reason on stderr', async () => {
    const home = stubHome({ files: 30, tickMs: 1, failing: 25 });
    const { code, stderr } = await runCli(['upload', folderWithFile(), '--to', '/in'], { home });
    expect(code).toBe(1);
    for (const index of [6, 15, 30]) expect(stderr).toContain(`/stub/file-${index}\n`);
    expect(stderr).toContain('The file cannot be read (25)');
    expect(stderr).toContain('-> Give your user read permission');
  });

  test('special files fail it only with --strict', async () => {
    const args = ['upload', folderWithFile(), '--to', '/in'];
    const lax = await runCli(args, { home: stubHome({ special: 2 }) });
    expect(lax.code).toBe(0);
    expect(lax.stderr).toContain('2 special files skipped');
    expect(lax.stderr).toContain('/stub/link-1: symbolic link');
    expect((await runCli([...args, '--strict'], { home: stubHome({ special: 2 }) })).code).toBe(1);
  });

  test('ends with 3 without a token, and says how to sign in', async () => {
    const args = ['upload', folderWithFile(), '--to', '/in', '--json'];
    const { code, events, stderr } = await runCli(args, { home: stubHome(), env: { BOXCAR_TOKEN: '' } });
    expect(code).toBe(3);
    expect(stderr).toContain('BOXCAR_TOKEN');
    expect(events).toMatchObject([
      { event: 'error', code: 'problem', exitCode: 3, problem: { code: 'account.sign-in' } },
    ]);
  });

  test.each(['locked', 'newer-ledger', 'internal'])('an engine that cannot start ends it with 1: %s', async (code) => {
    const home = stubHome({ refuse: { code, message: 'because of this' } });
    const ran = await runCli(['upload', folderWithFile(), '--to', '/in'], { home });
    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(code === 'locked' ? /Another Boxcar holds/ : /because of this/);
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s ends it with 130; the same command goes on',
    async (signal) => {
      const home = stubHome({ files: 60, tickMs: 500 });
      const args = ['upload', folderWithFile(), '--to', '/in', '--json'];
      const running = startCli(args, { home });
      await running.said('"event":"file"');
      running.child.kill(signal);
      const first = await running.ended;
      expect(first.code).toBe(130);
      expect(first.stderr).toContain('The same command goes on');
      expect(first.events.at(-1)).toMatchObject({ event: 'summary', end: 'interrupted', exitCode: 130 });
      tellStub(home, { files: 60, tickMs: 1 });
      const second = await runCli(args, { home });
      expect(second.code).toBe(0);
      expect(second.events[0]).toMatchObject({ event: 'started', job: 'j1', resumed: true });
      expect(second.events.at(-1)).toMatchObject({ counts: { sent: 60 } });
    },
  );

  test('a stubborn engine does not keep Ctrl-C from ending it', async () => {
    const home = stubHome({ files: 1000, stubborn: true });
    const running = startCli(['upload', folderWithFile(), '--to', '/in', '--json'], { home });
    await running.said('"event":"file"');
    running.child.kill('SIGINT');
    expect((await running.ended).code).toBe(130);
  });

  test('when the app it is attached to ends, it becomes the app and goes on', async () => {
    // Slow until the second command is there, however long that takes to start; the engine of the second is quick.
    const home = stubHome({ files: 40, tickMs: 1000 });
    const args = ['upload', folderWithFile(), '--to', '/in', '--json'];
    const app = startCli(args, { home });
    await app.said('"event":"file"');
    const attached = startCli(args, { home });
    await attached.said('A Boxcar already runs on this data folder');
    tellStub(home, { files: 40, tickMs: 1 });
    app.child.kill('SIGKILL');
    const { code, events, stderr } = await attached.ended;
    expect(stderr).toContain('goes on by itself');
    expect(code).toBe(0);
    expect(events.at(-1)).toMatchObject({ end: 'done', counts: { sent: 40 } });
  });

  test('kill -9 of the engine is told, and the upload goes on', async () => {
    const home = stubHome({ files: 40, tickMs: 500 });
    const running = startCli(['upload', folderWithFile(), '--to', '/in', '--json'], { home });
    await running.said('"event":"file"');
    tellStub(home, { files: 40, tickMs: 1 });
    const engine = engineOf(running.child.pid!);
    process.kill(engine, 'SIGKILL');
    const { code, events } = await running.ended;
    expect(namesOf(events)).toContain('restart');
    expect(code).toBe(0);
    expect(events.at(-1)).toMatchObject({ counts: { sent: 40 } });
    expect(isAlive(engine)).toBe(false);
  });
});

describe('the other commands', () => {
  test('help and version end with 0', async () => {
    const help = await runCli(['--help']);
    expect([help.code, help.stderr]).toEqual([0, '']);
    for (const word of [
      'upload',
      'status',
      'parts',
      'why',
      'pause',
      'resume',
      'abort',
      'retry',
      'receipts',
      'doctor',
      'sandbox',
    ]) {
      expect(help.stdout).toContain(word);
    }
    expect(await runCli(['--version'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
    });
    expect(await runCli(['upload', '--help'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('--if-exists') as string,
    });
  });

  test('status shows the live job of the running app, and the ledger when none runs', async () => {
    const home = stubHome({ files: 1000, tickMs: 20 });
    const before = await runCli(['status'], { home });
    expect(before.stdout).toContain('No Boxcar is running');
    const running = startCli(['upload', folderWithFile(), '--to', '/in', '--json'], { home });
    await running.said('"event":"file"');
    const during = await runCli(['--home', home, 'status']);
    expect(during.stdout).toContain(`Boxcar is running (process ${running.child.pid})`);
    expect(during.stdout).toContain('j1  uploading');
    const json = await runCli(['status', '--json'], { home });
    expect(json.events).toMatchObject([
      { event: 'job', job: 'j1', state: 'active' },
      { event: 'status', jobs: 1 },
    ]);
    running.child.kill('SIGINT');
    await running.ended;
    expect((await runCli(['status'], { home })).stdout).toContain('j1  unfinished, not running');
  });

  test('commands take effect in the running app', async () => {
    const home = stubHome({ files: 1000, tickMs: 20 });
    const running = startCli(['upload', folderWithFile(), '--to', '/in', '--json'], { home });
    await running.said('"event":"file"');
    expect(await runCli(['pause', 'j1', '--json'], { home })).toMatchObject({
      code: 0,
      events: [{ event: 'paused', target: 'j1' }],
    });
    expect(await runCli(['resume', 'j1'], { home })).toMatchObject({ code: 0, stdout: 'j1 goes on.\n' });
    expect(await runCli(['retry', 't1:4'], { home })).toMatchObject({ code: 0 });
    expect((await runCli(['abort', 'j1'], { home })).stdout).toContain('boxcar resume j1');
    expect(await runCli(['parts', 't9'], { home })).toMatchObject({ code: 2, stdout: '' });
  });

  test('receipts as CSV have a head, lines end with CRLF', async () => {
    const { code, stdout } = await runCli(['receipts', '--csv'], { home: stubHome() });
    expect(code).toBe(0);
    expect(stdout).toBe('path,size_bytes,sha1,box_sha1,file_id,version_id,etag,how,sent_bytes,job,at\r\n');
  });

  test('why of a path that no upload covers ends with 1', async () => {
    expect(await runCli(['why', '/nowhere'], { home: stubHome() })).toMatchObject({ code: 1, stdout: '' });
  });

  test('doctor fails without a token and names the remedy', async () => {
    const bad = await runCli(['doctor', '--json'], { home: stubHome(), env: { BOXCAR_TOKEN: '' } });
    expect(bad.code).toBe(1);
    expect(bad.events.find(({ name }) => name === 'sign-in')).toMatchObject({
      result: 'failure',
      remedy: expect.any(String) as string,
    });
    expect((await runCli(['doctor'], { home: stubHome() })).code).toBe(0);
  });

  test('a reader that has gone is no failure', async () => {
    const running = startCli(['--help']);
    running.child.stdout?.destroy();
    expect((await running.ended).code).toBe(0);
  });
});

/** The engine of a command, by its parent. */
function engineOf(parent: number): number {
  const stats = readdirSync('/proc').flatMap((name) => {
    try {
      return /^\d+$/.test(name) ? [readFileSync(`/proc/${name}/stat`, 'utf8')] : [];
    } catch {
      return [];
    }
  });
  const line = stats.find((stat) => stat.replace(/^.*\) \S /, '').startsWith(`${parent} `));
  return Number(line?.split(' ')[0]);
}
