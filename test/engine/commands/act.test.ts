import { join } from 'node:path';
import { expect, test } from 'vitest';
import { laneCapacities } from '../../../main/engine/engine.ts';
import {
  content,
  holdAt,
  openEngine,
  sessionMinimum,
  TestBox,
  writeOld,
  writeTree,
} from '../../support/engine-fixture.ts';
import { pairScene } from '../../support/pair-fixture.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const all = { group: null, text: '', ownerId: null };
const transfer = (id: number) => ({ kind: 'transfer', id }) as const;
const refusing = {
  answer: {
    status: 403,
    body: JSON.stringify({ type: 'error', status: 403, code: 'access_denied_insufficient_permissions' }),
  },
};

/** Small files of which the first ones stand still on their way, so that the others wait. */
async function waiting(files: number, nameOf = (n: number) => `file-${String(n).padStart(6, '0')}.txt`) {
  const box = await TestBox.start();
  const engine = await openEngine(box);
  const folder = join(temporaryFolder(), 'tree');
  writeTree(folder, Object.fromEntries(Array.from({ length: files }, (_, n) => [nameOf(n), `${n}`])));
  const gate = Promise.withResolvers<undefined>();
  box.intercept = ({ route }) => (route === 'upload-file' ? gate.promise : undefined);
  const watch = await engine.start([folder]);
  await watch.until(({ job }) => job.state === 'active' && job.counts.pending === files);
  const rows = () => engine.ledger.transfers.list({ ownerId: null, states: null, after: 0, limit: -1 });
  // Until all are planned and the lane is full (it is filled up when a quarter is free): else what is put first begins at once.
  const isAtRest = () => {
    const begun = rows().filter(({ state }) => state !== 'queued').length;
    return rows().length === files && begun > (laneCapacities[0] * 3) / 4;
  };
  while (!isAtRest()) await new Promise((turn) => setTimeout(turn, 10));
  return { box, engine, folder, watch, rows, release: () => gate.resolve(undefined) };
}

/** What each turn of the event loop costs this thread: other work of the machine does not count. */
function measureTurns(): { end: () => number[] } {
  const turnsMs: number[] = [];
  const cpuMs = () => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  };
  let last = cpuMs();
  let ended = false;
  const look = () => {
    const now = cpuMs();
    turnsMs.push(now - last);
    last = now;
    if (!ended) setImmediate(look);
  };
  setImmediate(look);
  return {
    end: () => {
      ended = true;
      return turnsMs.sort((a, b) => a - b);
    },
  };
}

test('all that a filter lets through is paused and goes on, what runs included', async () => {
  const { engine, watch, rows, release, box } = await waiting(120);
  const paused = await engine.commands.act({ action: 'pause', on: { filter: all } });
  expect(paused).toEqual({ done: 120, undoUntil: null, refused: [], refusedCount: 0 });
  expect(new Set(rows().map(({ state }) => state))).toEqual(new Set(['paused']));
  release();
  expect(await engine.commands.act({ action: 'resume', on: { filter: all } })).toMatchObject({ done: 120 });
  expect((await watch.rest(['done'])).summary.counts).toMatchObject({ sent: 120 });
  expect((await box.tree()).size).toBe(121);
});

test('a filter names files by a part of their name in any case', async () => {
  const { engine, rows, release, watch } = await waiting(60, (n) => (n % 2 ? `Übersicht-${n}.txt` : `other-${n}.txt`));
  // As the list does, however the accent is written and whatever stands around the words.
  const text = ` ${'üBER'.normalize('NFD')} `;
  const { done } = await engine.commands.act({ action: 'pause', on: { filter: { ...all, text } } });
  expect(done).toBe(30);
  expect(
    rows()
      .filter(({ state }) => state === 'paused')
      .every(({ name }) => name.startsWith('Übersicht')),
  ).toBe(true);
  release();
  await watch.until(({ job }) => job.counts.sent === 30);
});

test('what a folded group holds, and what is named as an exception, is left as it is', async () => {
  const { engine, rows, release, watch } = await waiting(60);
  const except = rows()
    .slice(-2)
    .map(({ id }) => id);
  const { done } = await engine.commands.act({ action: 'pause', on: { filter: all, except } });
  expect(done).toBe(58);
  const running = rows().filter(({ state }) => state !== 'paused');
  expect(running.map(({ id }) => id)).toEqual(except);
  const folded = { ...all, folded: ['waiting' as const] };
  expect(await engine.commands.act({ action: 'resume', on: { filter: folded } })).toMatchObject({ done: 0 });
  release();
  await engine.commands.act({ action: 'resume', on: { filter: all } });
  await watch.rest(['done']);
});

test('an abort of many is taken back as a whole, and what was paused before is paused again', async () => {
  const { engine, rows, release, watch } = await waiting(80);
  const [first, second] = rows().slice(-2);
  await engine.commands.act({ action: 'pause', on: { targets: [transfer(first!.id), transfer(second!.id)] } });
  const { done, undoUntil } = await engine.commands.act({ action: 'abort', on: { filter: all } });
  expect(done).toBe(80);
  expect(undoUntil).toBeGreaterThan(Date.now());
  expect(new Set(rows().map(({ state }) => state))).toEqual(new Set(['aborting']));
  release();
  const undone = await engine.commands.act({ action: 'undo', on: { filter: { ...all, group: 'waiting' } } });
  expect(undone).toMatchObject({ done: 80, refusedCount: 0 });
  await watch.until(({ job }) => job.counts.sent === 78);
  expect(
    rows()
      .filter(({ state }) => state === 'paused')
      .map(({ id }) => id),
  ).toEqual([first!.id, second!.id]);
});

test('what was aborted one by one is not sent by a retry of its job, but by a retry of its own', async () => {
  const { engine, box, rows, release, watch } = await waiting(60);
  const given = rows()
    .slice(-3)
    .map(({ id }) => id);
  await engine.commands.act({ action: 'abort', on: { targets: given.map(transfer) } });
  release();
  expect((await watch.rest(['done'])).summary.counts).toMatchObject({ sent: 57, aborted: 3 });

  const again = await engine.follow(watch.jobId);
  await engine.commands.retry({ target: { kind: 'job', id: watch.jobId } });
  expect((await again.rest(['done'])).summary.counts).toMatchObject({ aborted: 3, pending: 0 });
  expect((await box.tree()).size).toBe(58);

  const third = await engine.follow(watch.jobId);
  const retried = await engine.commands.act({ action: 'retry', on: { targets: [transfer(given[0]!)] } });
  expect(retried).toMatchObject({ done: 1, refusedCount: 0 });
  await third.until(({ job }) => job.state === 'done' && job.counts.aborted === 2 && job.counts.pending === 0);
  expect((await box.tree()).size).toBe(59);

  const rest = await engine.follow(watch.jobId);
  await engine.commands.act({ action: 'retry', on: { filter: { ...all, group: 'done' } } });
  await rest.until(({ job }) => job.state === 'done' && job.counts.aborted === 0 && job.counts.pending === 0);
  expect((await box.tree()).size).toBe(61);
});

test('what cannot be done to one is told and does not stop the others', async () => {
  const { engine, rows, release, watch } = await waiting(60);
  const last = rows().at(-1)!.id;
  const targets = [
    transfer(9999),
    { kind: 'pair', id: 8 } as const,
    { kind: 'job', id: 77 } as const,
    { kind: 'part', id: last, part: 0 } as const,
    transfer(last),
  ];
  const { done, refused, refusedCount } = await engine.commands.act({ action: 'abort', on: { targets } });
  expect(done).toBe(1);
  expect(refusedCount).toBe(4);
  const messages = refused.map(({ message }) => message).join('\n');
  expect(messages).toContain('There is no transfer t9999');
  expect(messages).toContain('p8 is no upload');
  expect(messages).toContain('There is no job j77');
  expect(messages).toContain(`t${last}:0 is no upload`);
  release();
  await watch.rest(['done']);
  const ended = await engine.commands.act({ action: 'pause', on: { targets: [{ kind: 'job', id: watch.jobId }] } });
  expect(ended).toMatchObject({ done: 0, refused: [{ message: expect.stringContaining('has ended') as string }] });
});

test('next goes up before all that wait, several in the order in which they stood', async () => {
  const { engine, rows, release, watch } = await waiting(90);
  const chosen = rows().slice(-4);
  await engine.commands.act({ action: 'next', on: { targets: [transfer(chosen[3]!.id)] } });
  const { done, refused } = await engine.commands.act({
    action: 'next',
    on: { targets: [transfer(chosen[2]!.id), transfer(chosen[0]!.id), transfer(9999)] },
  });
  expect([done, refused.length]).toEqual([2, 1]);
  const queue = engine.ledger.transfers.nextIds(watch.jobId, 0, 90);
  expect(queue.slice(0, 3)).toEqual([chosen[0]!.id, chosen[2]!.id, chosen[3]!.id]);
  expect(queue.at(-1)).toBe(chosen[1]!.id);
  release();
  await watch.rest(['done']);
  const none = await engine.commands.act({ action: 'next', on: { targets: [transfer(chosen[0]!.id)] } });
  expect(none.refused).toMatchObject([{ message: `t${chosen[0]!.id} does not wait: it is done.` }]);
});

test('next goes up before what other jobs have waiting, too', async () => {
  const box = await TestBox.start();
  const engine = await openEngine(box);
  const folder = temporaryFolder();
  for (const name of ['a/1', 'a/2', 'a/3', 'b/1']) writeOld(join(folder, name), content(sessionMinimum));
  const gate = Promise.withResolvers<undefined>();
  const begun = [1, 2, 3, 4].map(() => Promise.withResolvers<void>());
  box.intercept = ({ route, count }) => {
    if (route === 'create-session') begun[count - 1]?.resolve();
    return route === 'upload-part' ? gate.promise : undefined;
  };
  const first = await engine.start([join(folder, 'a')]);
  await Promise.all(begun.slice(0, 2).map(({ promise }) => promise));
  const second = await engine.start([join(folder, 'b')]);
  const waits = () => engine.ledger.transfers.nextIds(second.jobId, 1, 1).length > 0;
  while (!waits()) await new Promise((turn) => setImmediate(turn));
  const [one, , last] = engine.ledger.transfers.list({ ownerId: first.jobId, states: null, after: 0, limit: 9 });
  await engine.commands.act({ action: 'next', on: { targets: [transfer(last!.id)] } });
  // A place comes free: the other job has nothing under way, and it would be its turn.
  await engine.commands.act({ action: 'abort', on: { targets: [transfer(one!.id)] } });
  await begun[2]!.promise;
  expect((await engine.commands.transfer({ transferId: last!.id })).state).not.toBe('queued');
  gate.resolve(undefined);
  await Promise.all([first.rest(['done']), second.rest(['done'])]);
}, 60_000);

test('10,000 at once hold nobody up for long', async () => {
  const { engine, rows } = await waiting(10_000);
  const targets = rows().map(({ id }) => transfer(id));
  for (const action of ['next', 'abort', 'resume', 'pause'] as const) {
    const turns = measureTurns();
    const { done } = await engine.commands.act({ action, on: { targets } });
    const turnsMs = turns.end();
    expect(done).toBeGreaterThan(9900);
    expect(turnsMs.at(-1), action).toBeLessThan(20);
  }
}, 120_000);

test('of a pair, an abort gives up this revision and no other, also over a walk', async () => {
  const { box, engine, folder, pairId } = await pairScene({ 'a.txt': 'a' });
  const hold = holdAt('upload-part', 4);
  box.intercept = hold.intercept;
  writeOld(join(folder, 'big.bin'), content(sessionMinimum));
  await engine.commands.rescan({ pairId });
  await hold.reached;
  const [row] = await engine.commands.transfers({ states: ['sending'], after: 0, limit: 1 });
  const synced = engine.synced();
  await engine.commands.act({ action: 'abort', on: { targets: [transfer(row!.id)] } });
  hold.release();
  await engine.told((event) => event.type === 'file' && event.outcome.outcome === 'aborted');
  await synced;

  const after = engine.synced();
  await engine.commands.rescan({ pairId });
  await after;
  expect(box.count('create-session')).toBe(1);
  expect((await engine.commands.pair({ pairId })).counts).toMatchObject({ kept: 1, pending: 0 });

  const sha1 = writeOld(join(folder, 'big.bin'), content(sessionMinimum), new Date());
  await engine.commands.rescan({ pairId });
  await engine.told((event) => event.type === 'file' && event.outcome.sha1 === sha1);
  expect((await box.tree()).get('Pair/big.bin')).toBe(sha1);
}, 60_000);

test('of a pair, a file that changes while its abort can be taken back goes up as it is then', async () => {
  const { box, engine, folder, pairId } = await pairScene({ 'a.txt': 'a' });
  const hold = holdAt('upload-part', 4);
  box.intercept = hold.intercept;
  writeOld(join(folder, 'big.bin'), content(sessionMinimum));
  await engine.commands.rescan({ pairId });
  await hold.reached;
  const [row] = await engine.commands.transfers({ states: ['sending'], after: 0, limit: 1 });
  await engine.commands.act({ action: 'abort', on: { targets: [transfer(row!.id)] } });
  hold.release();
  const sha1 = writeOld(join(folder, 'big.bin'), content(sessionMinimum), new Date(Date.now() - 60_000));
  await engine.commands.rescan({ pairId });
  await engine.told((event) => event.type === 'file' && event.outcome.sha1 === sha1);
  expect(await engine.commands.transfer({ transferId: row!.id })).toMatchObject({ state: 'aborted' });
  expect((await box.tree()).get('Pair/big.bin')).toBe(sha1);
}, 60_000);

test('of a pair, paused and failed transfers go on', async () => {
  const { box, engine, folder, pairId } = await pairScene({ 'a.txt': 'a' });
  box.intercept = ({ route }) => (route === 'upload-file' ? refusing : undefined);
  const sha1 = writeOld(join(folder, 'b.txt'), 'b');
  await engine.commands.rescan({ pairId });
  await engine.told((event) => event.type === 'file' && event.outcome.outcome === 'failed');
  const [row] = await engine.commands.transfers({ states: ['needs-you'], after: 0, limit: 1 });
  box.intercept = undefined;
  await engine.commands.pause({ target: { kind: 'pair', id: pairId }, durationMs: null });
  const held = await engine.commands.act({ action: 'retry', on: { targets: [transfer(row!.id)] } });
  expect(held.refused).toMatchObject([{ message: expect.stringContaining(`p${pairId}, which is paused`) as string }]);
  await engine.commands.resume({ target: { kind: 'pair', id: pairId } });
  await engine.commands.act({ action: 'retry', on: { targets: [transfer(row!.id)] } });
  await engine.told((event) => event.type === 'file' && event.outcome.sha1 === sha1);
});
