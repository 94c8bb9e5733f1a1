import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startEngineHost, type EngineHostSettings } from '../../main/app/engine-host.ts';
import { listedEnvironment } from '../../main/app/fork-process.ts';
import { environmentTokens } from '../../main/app/token-provider.ts';
import { systemClock } from '../../main/platform/clock.ts';
import { silentLogger } from '../../main/platform/log.ts';
import { batchSchema, type Batch } from '../../shared/progress-contract.ts';
import { endpoints, isAlive, stubEntry, tellStub, until } from '../support/open-stub.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

function settings(home: string, more: Partial<EngineHostSettings> = {}): EngineHostSettings {
  return {
    entry: stubEntry,
    options: { home, endpoints, readOnly: false, logLevel: 'silent' },
    tokens: environmentTokens({ BOXCAR_TOKEN: 'stub-token' }),
    logger: silentLogger(),
    env: process.env,
    baseDelayMs: 1,
    ...more,
  };
}

async function start(home: string, more: Partial<EngineHostSettings> = {}) {
  const host = await startEngineHost(settings(home, more)).ready;
  onTestFinished(() => host.close());
  return host;
}

const upload = { paths: ['/stub'], target: '0', ifExists: 'version' as const };
/** Exists while its process does, a zombie's too; without that system always "gone". */
const environmentOf = (pid: number) => readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');

describe('the engine process', () => {
  test('gets a listed environment and never a token', () => {
    const env = {
      PATH: '/bin',
      HTTPS_PROXY: 'p',
      no_proxy: 'n',
      LC_ALL: 'C',
      BOXCAR_TOKEN: 's',
      NODE_OPTIONS: 'x',
      A: 'b',
    };
    expect(listedEnvironment(env)).toEqual({ PATH: '/bin', HTTPS_PROXY: 'p', no_proxy: 'n', LC_ALL: 'C' });
  });

  test.runIf(process.platform === 'linux')('sees no secret in its own environment', async () => {
    const host = await start(temporaryFolder(), { env: { ...process.env, BOXCAR_TOKEN: 'secret' } });
    expect(environmentOf(host.pid()!).some((entry) => /token|secret/i.test(entry))).toBe(false);
  });

  test('answers commands, and is gone after close', async () => {
    const host = await start(temporaryFolder());
    const pid = host.pid()!;
    expect(await host.commands.jobs({})).toEqual([]);
    await expect(host.commands.job({ jobId: 9 })).rejects.toMatchObject({ code: 'usage' });
    await host.close();
    expect(isAlive(pid)).toBe(false);
    await expect(host.commands.jobs({})).rejects.toMatchObject({ code: 'link-lost' });
  });

  test('one that will not end is killed', async () => {
    const home = temporaryFolder();
    tellStub(home, { stubborn: true });
    const host = await start(home);
    const pid = host.pid()!;
    await host.close(50);
    expect(isAlive(pid)).toBe(false);
  });

  test.each(['locked', 'newer-ledger', 'home'])('says why it cannot start: %s', async (code) => {
    const home = temporaryFolder();
    tellStub(home, { refuse: { code, message: 'because' } });
    await expect(startEngineHost(settings(home)).ready).rejects.toMatchObject({ code, message: 'because' });
  });

  test('a crash at the start is told with its last words', async () => {
    const home = temporaryFolder();
    tellStub(home, { dieAtStart: true });
    const starting = startEngineHost(settings(home)).ready;
    await expect(starting).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringMatching(/the stub dies at start/) as string,
    });
  });

  test('a token that is missing or refused asks for sign-in', async () => {
    const none = environmentTokens({});
    expect(none.hasToken()).toBe(false);
    const asked = { code: 'problem', problem: { code: 'account.sign-in' } };
    await expect(none.accessToken({})).rejects.toMatchObject(asked);
    const one = environmentTokens({ BOXCAR_TOKEN: ' t1\n' });
    expect(await one.accessToken({ refused: 'older' })).toBe('t1');
    // One 401 may be a proxy's; the same token refused twice in a row is not.
    expect(await one.accessToken({ refused: 't1' })).toBe('t1');
    await expect(one.accessToken({ refused: 't1', twice: true })).rejects.toMatchObject(asked);
    const host = await start(temporaryFolder(), { tokens: none });
    await expect(host.commands.upload(upload)).rejects.toMatchObject(asked);
  });
});

describe('kill -9 of the engine', () => {
  test('the job goes on in the next one, and the views stay open', async () => {
    const home = temporaryFolder();
    tellStub(home, { files: 30, tickMs: 5 });
    const restarts: string[] = [];
    const host = await start(home, { onRestart: ({ reason }) => restarts.push(reason) });
    const { jobId } = await host.commands.upload(upload);
    const batches: Batch[] = [];
    const done = Promise.withResolvers<void>();
    let outcomes = 0;
    await host.subscribe({ kind: 'outcomes', jobId }, () => void (outcomes += 1));
    await host.subscribe({ kind: 'job', jobId }, (batch) => {
      const parsed = batchSchema.parse(batch);
      batches.push(parsed);
      if (parsed.kind !== 'job') return;
      if (parsed.progress.job.counts.sent === 10 && restarts.length === 0) process.kill(host.pid()!, 'SIGKILL');
      if (parsed.progress.job.state === 'done') done.resolve();
    });
    const first = host.pid();
    await done.promise;
    expect(host.pid()).not.toBe(first);
    expect(restarts).toEqual(['SIGKILL']);
    expect(outcomes).toBeGreaterThanOrEqual(29);
    expect(await host.commands.job({ jobId })).toMatchObject({ state: 'done', counts: { sent: 30 } });
  });

  test('commands that it cuts off are given to the next one', async () => {
    const host = await start(temporaryFolder());
    process.kill(host.pid()!, 'SIGKILL');
    expect(await host.commands.jobs({})).toEqual([]);
  });

  test('a suspended job stays where it is', async () => {
    const home = temporaryFolder();
    tellStub(home, { files: 1000, tickMs: 5 });
    const host = await start(home);
    const { jobId } = await host.commands.upload(upload);
    await host.commands.suspend({ jobId });
    process.kill(host.pid()!, 'SIGKILL');
    expect(await host.commands.job({ jobId })).toMatchObject({ state: 'stopped' });
  });

  test('an engine that keeps dying is given up with a reason', async () => {
    const home = temporaryFolder();
    const host = await start(home, { maxRestarts: 2 });
    tellStub(home, { dieAtStart: true });
    process.kill(host.pid()!, 'SIGKILL');
    await expect(host.over).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringMatching(/the stub dies at start/) as string,
    });
    await expect(host.commands.jobs({})).rejects.toMatchObject({ code: 'internal' });
  });

  test('close while it is being restarted leaves no process', async () => {
    const home = temporaryFolder();
    const host = await start(home, { baseDelayMs: 60_000 });
    const pid = host.pid()!;
    process.kill(pid, 'SIGKILL');
    await until('the host has noticed', () => host.pid() === undefined);
    const pending = host.commands.jobs({});
    await Promise.all([host.close(), expect(pending).rejects.toMatchObject({ code: 'link-lost' })]);
    expect(host.pid()).toBeUndefined();
  });
});

describe('folder pairs', () => {
  const callsOf = (home: string, name: string): Record<string, unknown>[] => {
    const path = join(home, 'stub-calls.jsonl');
    if (!existsSync(path)) return [];
    const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
    const calls = lines.map((line) => JSON.parse(line) as { name: string; args: Record<string, unknown> });
    return calls.filter((call) => call.name === name).map(({ args }) => args);
  };

  async function withPair() {
    const home = temporaryFolder();
    const folder = join(temporaryFolder(), 'pair');
    mkdirSync(join(folder, 'deep'), { recursive: true });
    const host = await start(home);
    const { pairId } = await host.commands.addPair({ path: folder, target: '/in' });
    const isWatched = async () => (await host.commands.pair({ pairId })).watch?.mode === 'watching';
    const isTold = (file: string) => {
      const before = callsOf(home, 'hints').length;
      writeFileSync(join(folder, file), 'x');
      return until(`${file} is told`, () =>
        callsOf(home, 'hints')
          .slice(before)
          .some(({ folders }) => (folders as string[]).includes(join(folder, 'deep'))),
      );
    };
    return { home, host, isWatched, isTold };
  }

  test('are watched for the engine, and again for the next one', async () => {
    const { home, host, isWatched, isTold } = await withPair();
    await host.commands.startPairs({});
    await until('it is watched', isWatched);
    await isTold('deep/one');
    const pid = host.pid()!;
    process.kill(pid, 'SIGKILL');
    await until('the host has noticed', () => host.pid() !== pid);
    await until('it is watched again', isWatched);
    expect(callsOf(home, 'startPairs')).toHaveLength(2);
    await isTold('deep/two');
  });

  test('stay as they are in the next engine where nobody had them kept', async () => {
    const { home, host } = await withPair();
    process.kill(host.pid()!, 'SIGKILL');
    expect(await host.commands.pairs({})).toMatchObject([{ state: 'stopped', watch: null }]);
    expect(callsOf(home, 'startPairs')).toHaveLength(0);
  });

  test('the engine is told that the machine was asleep', async () => {
    const home = temporaryFolder();
    let aheadMs = 0;
    const clock = { ...systemClock, now: () => systemClock.now() + aheadMs };
    await start(home, { sleepWatch: { clock, tickMs: 5 } });
    aheadMs = 60_000;
    await until('it is told', () => callsOf(home, 'wokeUp').length === 1);
  });
});
