import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Question } from '../../shared/pair-model.ts';
import { isAlive, tellStub } from '../support/open-stub.ts';
import { runCli, startCli, type Ran } from '../support/run-cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

function tree(...files: string[]): string {
  const path = join(temporaryFolder(), 'tree');
  mkdirSync(join(path, 'deep'), { recursive: true });
  for (const file of files) writeFileSync(join(path, file), 'x');
  return path;
}

/** A data folder with a stub engine that behaves like this. */
function stubHome(behaviour: Record<string, unknown> = {}): string {
  const home = temporaryFolder();
  tellStub(home, behaviour);
  return home;
}

const question = (id: number, more: Partial<Question> = {}): Question => ({
  id,
  pairId: 1,
  kind: 'conflict',
  path: `/stub/asked-${id}`,
  text: 'Somebody changed it on Box.',
  answers: ['replace', 'keep-copy', 'take-box'],
  askedAt: 1,
  ...more,
});

async function add(home: string, path: string, ...more: string[]): Promise<Ran> {
  const ran = await runCli(['add', path, '--to', '/in', ...more], { home });
  expect(ran.stderr).toBe('');
  expect(ran.code).toBe(0);
  return ran;
}

/** What the stub engine was asked. */
function callsOf(home: string, name: string): Record<string, unknown>[] {
  const path = join(home, 'stub-calls.jsonl');
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  const calls = lines.map((line) => JSON.parse(line) as { name: string; args: Record<string, unknown> });
  return calls.filter((call) => call.name === name).map(({ args }) => args);
}

describe('wrong usage ends with 2 and says what is wrong', () => {
  test.each([
    [['add', '.'], /required option '--to <folder>'/],
    [['add', '.', '--to', 'Backup'], /path on Box that begins with \//],
    [['add', '', '--to', '/in'], /path of the folder is empty/],
    [['add', '/no/such', '--to', '/in'], /\/no\/such does not exist/],
    [['add', '/dev/null', '--to', '/in'], /not a folder.*boxcar upload/s],
    [['add', '.', '--to', '/in', '--conflicts', 'overwrite'], /--conflicts.*version, keep-both, skip/s],
    [['add', '.', '--to', '/in', '--deletions', 'delete'], /--deletions.*keep, trash/s],
    [['add', '.', '--to', '/in', '--removed-on-box', 'x'], /--removed-on-box.*ask, upload, leave/s],
    [['add', '.', '--to', '/in', '--settle', '2'], /--settle.*such as 2s/s],
    [['add', '.', '--to', '/in', '--settle', '2h'], /--settle.*from 0s to 1h/s],
    [['add', '.', '--to', '/in', '--scrub-days', 'never'], /--scrub-days.*from 0 to 3650/s],
    [['add', '.', '--to', '/in', '--ignore-from', '/no/rules'], /rules in \/no\/rules cannot be read: ENOENT/],
    [['set', 'p1'], /Nothing was changed: name an option/],
    [['set', 'j1', '--deletions', 'trash'], /must be a pair \(p3\)/],
    [['set', 'p9', '--deletions', 'trash'], /There is no pair p9/],
    [['remove', 'p1'], /no terminal to ask on: add --yes/],
    [['remove', 'p1', '--json'], /add --yes/],
    [['preview', '/no/such', '--to', '/in'], /does not exist/],
    [['pause'], /There are no folder pairs.*j7 or t41/],
    [['pause', 'p1', '--for', '30'], /--for.*such as 2s, 30m/s],
    [['pause', 'p1', '--until', '25:00'], /--until.*such as 18:00/s],
    [['pause', 'p1', '--until', '2001-01-01T00:00'], /in the past/],
    [['pause', 'p1', '--for', '1h', '--until', '18:00'], /cannot be used with/],
    [['resume', 't1:4'], /a pair \(p3\) or a job \(j7\) or a transfer/],
    [['verify', 't1'], /must be a pair/],
    [['answer', '12', 'replace'], /must be a question \(q12\)/],
    [['answer', 'q12', 'replace'], /There is no open question q12/],
  ])('%j', async (args, said) => {
    const { code, stderr } = await runCli(args, { home: stubHome() });
    expect(stderr).toMatch(said);
    expect(code).toBe(2);
  });
});

describe('a pair', () => {
  test('is added with its options, listed, changed and removed', async () => {
    const [home, path] = [stubHome(), tree('a', 'deep/b')];
    const rules = join(temporaryFolder(), 'rules');
    writeFileSync(rules, '\ufeff*.tmp\n# why\n!keep.tmp\n');
    const options = ['--conflicts', 'skip', '--deletions', 'trash', '--removed-on-box', 'leave', '--settle', '500ms'];
    const ignore = ['--scrub-days', '0', '--ignore', '/build/', '--ignore', '*.o', '--ignore-from', rules];
    const added = await add(home, path, ...options, ...ignore, '--no-built-in-rules');
    expect(added.stdout).toContain(`p1: ${path} -> /in\n`);
    expect(added.stdout).toContain('boxcar run');
    const chosen = {
      conflicts: 'skip', deletions: 'trash', removedOnBox: 'leave', settleMs: 500, scrubDays: 0, useBuiltInRules: false,
      rules: '*.tmp\n# why\n!keep.tmp\n/build/\n*.o',
    }; // prettier-ignore
    expect(callsOf(home, 'addPair')).toEqual([{ options: chosen }]);
    const listed = await runCli(['pairs', '--json'], { home });
    expect(listed.events).toMatchObject([
      { event: 'pair', pair: 'p1', path, target: '/in', options: chosen, watch: null },
    ]);
    expect((await runCli(['pairs'], { home })).stdout).toMatch(/^p1 .* -> \/in\n.*not kept up to date now/);
    const set = await runCli(['set', 'p1', '--settle', '5s', '--built-in-rules', '--json'], { home });
    expect(set.events).toMatchObject([{ event: 'set', options: { ...chosen, settleMs: 5000, useBuiltInRules: true } }]);
    expect(callsOf(home, 'setPair')).toEqual([{ options: { settleMs: 5000, useBuiltInRules: true } }]);
    const removed = await runCli(['remove', 'p1', '--yes', '--json'], { home });
    expect(removed.events).toMatchObject([{ event: 'removed', pair: 'p1', path }]);
    expect(removed.code).toBe(0);
    expect((await runCli(['pairs'], { home })).stdout).toContain('boxcar add DIR --to FOLDER');
  });

  test('that the engine refuses ends with 1 and its reason', async () => {
    const [home, path] = [stubHome(), tree()];
    expect((await add(home, path, '--json')).events).toMatchObject([{ event: 'added', pair: 'p1', kept: false }]);
    const again = await runCli(['add', path, '--to', '/in', '--json'], { home });
    expect(again.code).toBe(1);
    expect(again.events).toMatchObject([{ event: 'error', code: 'refused', exitCode: 1 }]);
    expect(again.stderr).toContain('p1 already');
  });

  test('its preview says what would happen, and Ctrl-C ends it with 130', async () => {
    const [home, path] = [stubHome(), tree()];
    const shown = await runCli(['preview', path, '--to', '/in'], { home });
    expect(shown.code).toBe(0);
    expect(shown.stdout).toContain('To send: 3 files (3.0 kB), which takes at least 750 ms');
    expect(shown.stdout).toContain('a backslash; proposed: a_b');
    expect(shown.stdout).toContain('Nothing was sent, and nothing was changed.');
    const json = await runCli(['preview', path, '--to', '/in', '--settle', '1s', '--json'], { home });
    expect(json.events).toMatchObject([{ event: 'preview', path, target: '/in', files: 5, toSend: { files: 3 } }]);
    expect(callsOf(home, 'preview')).toEqual([{ options: {} }, { options: { settleMs: 1000 } }]);
    tellStub(home, { slowMs: 600_000 });
    const slow = startCli(['preview', path, '--to', '/in', '--json'], { home });
    await called(home, 'preview', 3);
    slow.child.kill('SIGINT');
    expect((await slow.ended).code).toBe(130);
  });

  test('its verification fails with 1 where anything differs, each named', async () => {
    const [home, path] = [stubHome(), tree()];
    expect((await runCli(['verify'], { home })).stderr).toContain('no folder pairs');
    await add(home, path);
    const same = await runCli(['verify', 'p1', '--json'], { home });
    expect([same.code, same.events]).toMatchObject([0, [{ event: 'verified', pair: 'p1', missing: 0 }]]);
    tellStub(home, { differences: [{ path: join(path, 'gone'), what: 'missing', detail: 'not on Box' }] });
    const differs = await runCli(['verify', '--full', '--json'], { home });
    expect(differs.code).toBe(1);
    expect(differs.events).toMatchObject([
      { event: 'difference', pair: 'p1', path: join(path, 'gone'), what: 'missing' },
      { event: 'verified', pair: 'p1', missing: 1 },
    ]);
    expect(callsOf(home, 'verify')).toEqual([
      { pairId: 1, full: false },
      { pairId: 1, full: true },
    ]);
    expect((await runCli(['verify', 'p1'], { home })).stdout).toMatch(
      /^missing +\S+gone +not on Box\np1 .*1 missing on Box/,
    );
    tellStub(home, { slowMs: 600_000 });
    const slow = startCli(['verify'], { home });
    await called(home, 'verify', 4);
    slow.child.kill('SIGINT');
    expect((await slow.ended).code).toBe(130);
  });

  test('its questions are listed and answered from their own list', async () => {
    const home = stubHome({
      questions: [question(4), question(12), question(13, { kind: 'root', answers: ['accept'] })],
    });
    await add(home, tree());
    const listed = await runCli(['questions', '--json'], { home });
    expect(listed.events.map(({ question: id }) => id)).toEqual(['q4', 'q12', 'q13']);
    expect(listed.events[1]).toMatchObject({
      event: 'question',
      pair: 'p1',
      answers: ['replace', 'keep-copy', 'take-box'],
    });
    const text = (await runCli(['questions'], { home })).stdout;
    expect(text).toContain('q12  /stub/asked-12  (p1)');
    expect(text).toContain('3 open questions');
    const wrong = await runCli(['answer', 'q13', 'replace'], { home });
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('q13: it takes accept.')]);
    const answered = await runCli(['answer', 'Q4', 'Replace', '--all', '--json'], { home });
    expect(answered.events).toMatchObject([
      { event: 'answered', question: 'q4', answer: 'replace', all: true, answered: 2 },
    ]);
    expect(callsOf(home, 'answer')).toEqual([{ questionId: 4, answer: 'replace', all: true }]);
    expect((await runCli(['answer', 'q5', 'replace'], { home })).code).toBe(2);
  });
});

describe('pause and resume', () => {
  test('of all pairs, for a while and until a time', async () => {
    const home = stubHome();
    await add(home, tree());
    await add(home, tree());
    const paused = await runCli(['pause', '--for', '30m', '--json'], { home });
    expect(paused.events).toMatchObject([{ event: 'paused', target: 'p1' }, { target: 'p2' }]);
    const until = paused.events[0]?.['until'] as number;
    expect(callsOf(home, 'pause')).toEqual([
      { pairId: 1, durationMs: 1_800_000 },
      { pairId: 2, durationMs: 1_800_000 },
    ]);
    expect((await runCli(['pairs', '--json'], { home })).events[0]).toMatchObject({ state: 'paused' });
    expect(until).toBeGreaterThan(Date.now());
    const later = new Date(Date.now() + 7_200_000).toISOString();
    expect((await runCli(['pause', 'p2', '--until', later], { home })).stdout).toMatch(
      /p2 is paused until .*boxcar resume p2/,
    );
    expect(callsOf(home, 'pause').at(-1)?.['durationMs']).toBeLessThanOrEqual(7_200_000);
    const resumed = await runCli(['resume'], { home });
    expect(resumed.stdout).toMatch(/p1 goes on\.\np2 goes on\..*boxcar run/s);
    expect((await runCli(['pause', 'p1'], { home })).stdout).toContain('p1 is paused. Go on with');
    expect(callsOf(home, 'pause').at(-1)).toEqual({ pairId: 1, durationMs: null });
  });

  test('what belongs to a pair only changes the ledger where no app runs', async () => {
    const home = stubHome({ pairTransfer: 41 });
    await add(home, tree());
    for (const [action, said] of [
      ['resume', 't41 goes on.'],
      ['retry', 't41 is tried again.'],
    ] as const) {
      const ran = await runCli([action, 't41'], { home });
      expect([ran.code, ran.stderr]).toEqual([0, '']);
      expect(ran.stdout).toContain(said);
      expect(ran.stdout).toContain('boxcar run');
    }
    expect((await runCli(['retry', 'p1', '--json'], { home })).events).toMatchObject([
      { event: 'retried', target: 'p1' },
    ]);
  });
});

describe('run', () => {
  test('says when all is watched, then each round; follows what changes until Ctrl-C', async () => {
    const [home, path, other] = [stubHome(), tree('a', 'deep/b'), tree('c')];
    await add(home, path);
    await add(home, other);
    const running = startCli(['run', '--json'], { home });
    await running.said('"event":"watching"');
    await running.said('"event":"synced"');
    writeFileSync(join(path, 'deep/new'), 'x');
    await running.said('"files":3');
    const status = await runCli(['status', '--json'], { home });
    expect(status.events[0]).toMatchObject({ event: 'pair', pair: 'p1', watch: { mode: 'watching', watches: 2 } });
    expect(status.events.at(-1)).toMatchObject({ event: 'status', app: running.child.pid, pairs: 2 });
    expect((await runCli(['pairs'], { home })).stdout).toContain('watching 2 folders');
    running.child.kill('SIGINT');
    const { code, events, stderr } = await running.ended;
    expect([code, stderr]).toEqual([130, expect.stringContaining('The same command goes on')]);
    const watching = events.filter(({ event }) => event === 'watching');
    expect(watching).toMatchObject([
      {
        pairs: [
          { pair: 'p1', path, mode: 'watching', watches: 2 },
          { pair: 'p2', path: other, mode: 'watching' },
        ],
      },
    ]);
    expect(events.filter(({ event }) => event === 'watch').map(({ pair }) => pair)).toEqual(
      expect.arrayContaining(['p1', 'p2']),
    );
    expect(events.find(({ event }) => event === 'scanned')).toMatchObject({ pair: 'p1', files: 2, folders: 1 });
    expect(events.at(-1)).toMatchObject({ event: 'stopped', signal: 'SIGINT', exitCode: 130 });
    expect((await runCli(['pairs'], { home })).stdout).toContain('No Boxcar is running');
  });

  test('SIGTERM is a clean end', async () => {
    const home = stubHome();
    await add(home, tree());
    const running = startCli(['run', '--json'], { home });
    await running.said('"event":"watching"');
    running.child.kill('SIGTERM');
    const { code, events } = await running.ended;
    expect(code).toBe(0);
    expect(events.at(-1)).toMatchObject({ event: 'stopped', signal: 'SIGTERM', exitCode: 0 });
  });

  test('without pairs it says so, and keeps those that are added meanwhile', async () => {
    const home = stubHome();
    const running = startCli(['run', '--json'], { home });
    await running.said('"event":"no-pairs"');
    const added = await add(home, tree('a'));
    expect(added.stdout).not.toContain('boxcar run');
    await running.said('"event":"watching"');
    await running.said('"event":"synced"');
    running.child.kill('SIGTERM');
    expect((await running.ended).stderr).toContain('boxcar add DIR --to FOLDER');
  });

  test('a paused pair is not waited for', async () => {
    const home = stubHome();
    await add(home, tree());
    await add(home, tree());
    await runCli(['pause', 'p2'], { home });
    const running = startCli(['run', '--json'], { home });
    await running.said('"event":"watching"');
    running.child.kill('SIGTERM');
    const { events } = await running.ended;
    const watching = events.find(({ event }) => event === 'watching');
    expect(watching?.['pairs']).toMatchObject([{ mode: 'watching' }, { pair: 'p2', state: 'paused', mode: null }]);
  });

  test('every event has its line, plain ones carry no control characters', async () => {
    const path = '/stub/\u001b[2J\u202ename';
    const problem = { code: 'local.unreadable', operation: 'open', detail: 'no access', at: 1 };
    const outcome = {
      path, outcome: 'sent', sizeBytes: 2000, transferId: 41, sha1: 'a'.repeat(40), fileId: '9', versionId: null,
      sentBytes: 2000, boxName: null, problem: null,
    }; // prettier-ignore
    const pairEvents = [
      { type: 'file', pairId: 1, outcome },
      { type: 'file', pairId: 1, outcome: { ...outcome, outcome: 'failed', problem } },
      { type: 'moved', pairId: 1, kind: 'file', from: path, to: `${path}-2` },
      { type: 'trashed', pairId: 1, kind: 'folder', path },
      { type: 'left', pairId: 1, path },
      { type: 'question', question: question(12, { path }) },
      { type: 'problem', pairId: 1, problem },
    ];
    const home = stubHome({ pairEvents });
    await add(home, tree());
    const json = startCli(['run', '--json'], { home });
    await json.said('"event":"synced"');
    json.child.kill('SIGTERM');
    const { events } = await json.ended;
    const of = (name: string) => events.find(({ event }) => event === name);
    expect(of('file')).toMatchObject({ pair: 'p1', path, transfer: 't41', outcome: 'sent', sizeBytes: 2000 });
    expect(of('moved')).toMatchObject({ pair: 'p1', kind: 'file', from: path });
    expect(of('trashed')).toMatchObject({ pair: 'p1', kind: 'folder', path });
    expect(of('left')).toMatchObject({ pair: 'p1', path });
    expect(of('question')).toMatchObject({
      pair: 'p1',
      question: 'q12',
      answers: ['replace', 'keep-copy', 'take-box'],
    });
    expect(of('problem')).toMatchObject({ pair: 'p1', problem: { code: 'local.unreadable' } });
    expect(events.every(({ v }) => v === 1)).toBe(true);
    const plain = startCli(['run'], { home });
    await plain.said('Up to date');
    await plain.said('Keeping 1 folder pair');
    plain.child.kill('SIGTERM');
    const { stdout, stderr } = await plain.ended;
    // eslint-disable-next-line no-control-regex -- control characters are what is looked for
    expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f\u202e]/);
    for (const text of [
      'sent: /stub/',
      'failed: ',
      'moved: ',
      "moved to Box's trash: ",
      'left on Box: ',
      'boxcar answer q12',
    ]) {
      expect(stdout).toContain(text);
    }
  });

  test('beside a running one it follows that, and takes its place when it is killed', async () => {
    const [home, path] = [stubHome(), tree()];
    await add(home, path);
    const app = startCli(['run', '--json'], { home });
    await app.said('"event":"watching"');
    const beside = startCli(['run', '--json'], { home });
    await beside.said('A Boxcar already runs on this data folder');
    await beside.said('"event":"watching"');
    await beside.said('"event":"synced"');
    expect((await runCli(['rescan', 'p1', '--json'], { home })).events).toMatchObject([
      { event: 'rescanning', pair: 'p1' },
    ]);
    expect((await runCli(['rescan'], { home })).stdout).toContain('All folders are being read again');
    expect(callsOf(home, 'rescan')).toEqual([{ pairId: 1 }, { pairId: null }]);
    app.child.kill('SIGKILL');
    await beside.said('goes on by itself');
    await untilApp(home, beside.child.pid!);
    writeFileSync(join(path, 'deep/one'), 'x');
    await beside.said('"files":1');
    beside.child.kill('SIGINT');
    const { code, events } = await beside.ended;
    expect(code).toBe(130);
    expect(events.filter(({ event }) => event === 'watching')).toHaveLength(1);
  });

  test('rescan without a running Boxcar says what reads the folders', async () => {
    const ran = await runCli(['rescan'], { home: stubHome() });
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('boxcar run')]);
  });

  test('an engine that cannot start ends it with 1', async () => {
    const home = stubHome({ refuse: { code: 'internal', message: 'because of this' } });
    const ran = await runCli(['run'], { home });
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('because of this')]);
  });

  test('no engine outlives it', async () => {
    const home = stubHome({ stubborn: true });
    await add(home, tree());
    const running = startCli(['run', '--json'], { home });
    await running.said('"event":"watching"');
    running.child.kill('SIGINT');
    expect((await running.ended).code).toBe(130);
    expect(isAlive(running.child.pid!)).toBe(false);
  });
});

/** Waits until the stub engine was asked so often. */
async function called(home: string, name: string, times: number): Promise<void> {
  await expect.poll(() => callsOf(home, name).length, { timeout: 30_000, interval: 20 }).toBe(times);
}

async function untilApp(home: string, pid: number): Promise<void> {
  const app = async () => (await runCli(['status', '--json'], { home })).events.at(-1)?.['app'];
  await expect.poll(app, { timeout: 30_000 }).toBe(pid);
}
