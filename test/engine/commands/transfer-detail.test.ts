import { join } from 'node:path';
import { expect, test } from 'vitest';
import { content, holdAt, openEngine, sessionMinimum, TestBox, writeOld } from '../../support/engine-fixture.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test('rows of parts come in stretches, the same as those of all', async () => {
  const box = await TestBox.start();
  const engine = await openEngine(box);
  const path = join(temporaryFolder(), 'file.bin');
  writeOld(path, content(sessionMinimum));
  const hold = holdAt('upload-part', 18);
  box.intercept = hold.intercept;
  const watch = await engine.start([path]);
  await hold.reached;
  const [row] = await engine.commands.transfers({ after: 0, limit: 1 });
  const transferId = row!.id;
  await engine.commands.pause({ target: { kind: 'transfer', id: transferId }, durationMs: null });
  hold.release();
  const { parts: all } = await engine.commands.parts({ transferId });
  expect(all.length).toBe(20);
  expect(new Set(all.map(({ state }) => state))).toEqual(new Set(['done', 'pending']));
  for (const [from, count] of [[0, 3], [4, 10], [18, 500], [20, 5], [99, 5]] as const) {
    const { total, parts } = await engine.commands.partRows({ transferId, from, count });
    expect([total, parts]).toEqual([20, all.slice(from, from + count)]);
  } // prettier-ignore
  await engine.commands.resume({ target: { kind: 'transfer', id: transferId } });
  await watch.rest(['done']);
  const none = async () => engine.commands.partRows({ transferId: 99, from: 0, count: 1 });
  await expect(none()).rejects.toMatchObject({
    code: 'usage',
  });
});

test('the timeline has the states, and what Box called the requests', async () => {
  const box = await TestBox.start();
  const home = temporaryFolder();
  const first = await openEngine(box, { home });
  const path = join(temporaryFolder(), 'file.txt');
  writeOld(path, 'x');
  const body = { type: 'error', status: 403, code: 'access_denied_insufficient_permissions', request_id: 'asked-7' };
  box.intercept = ({ route }) =>
    route === 'upload-file' ? { answer: { status: 403, body: JSON.stringify(body) } } : undefined;
  const { jobId } = await first.upload([path]);
  const [row] = await first.commands.transfers({ after: 0, limit: 1 });
  const asked = await first.commands.timeline({ transferId: row!.id });
  expect(asked.requests.filter(({ requestId }) => requestId === 'asked-7')).toHaveLength(1);
  // What stands in the ledger outlasts the engine.
  await first.close();
  const engine = await openEngine(box, { home });
  const failed = await engine.commands.timeline({ transferId: row!.id });
  expect(failed.states.map(({ state }) => state)).toEqual(expect.arrayContaining(['queued', 'needs-you']));
  expect(failed.requests.filter(({ requestId }) => requestId === 'asked-7')).toMatchObject([
    { operation: expect.stringContaining('upload') as string },
  ]);
  box.intercept = undefined;
  const watch = await engine.follow(jobId);
  await engine.commands.retry({ target: { kind: 'transfer', id: row!.id } });
  await watch.until(({ job }) => job.counts.sent === 1);
  const done = await engine.commands.timeline({ transferId: row!.id });
  expect(done.states.at(-1)).toMatchObject({ state: 'done' });
  expect(done.requests.length).toBeLessThanOrEqual(50);
});
