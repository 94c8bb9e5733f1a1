// What passes by itself at calls about folders: a folder takes all that is in it along, so that it is waited for like a file.
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { once, openEngine, TestBox, writeTree } from '../../support/engine-fixture.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const files = { 'a/1.txt': '1', 'a/deep/2.txt': '2', 'b/3.txt': '3' };
const html = { answer: { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Sign in</html>' } };
const slowDown = (seconds: string) => ({ answer: { status: 429, headers: { 'retry-after': seconds } } });

async function tree() {
  const box = await TestBox.start();
  const root = join(temporaryFolder(), 'tree');
  const sha1s = writeTree(root, files);
  const arrived = async () => {
    const onBox = await box.tree();
    return [...sha1s].every(([path, sha1]) => onBox.get(`tree/${path}`) === sha1);
  };
  return { box, root, arrived };
}

describe('trouble at a call about a folder', () => {
  // More often than one call is repeated: 5 times.
  test.each([
    ['create-folder', 'resets', { drop: true }, 17],
    ['create-folder', '503', { answer: { status: 503 } }, 17],
    ['create-folder', 'a page of HTML', html, 17],
    // Each is waited for twice as long as the one before.
    ['create-folder', '429', slowDown('0'), 9],
    ['list-items', 'resets', { drop: true }, 17],
    ['list-items', '503', { answer: { status: 503 } }, 17],
    ['list-items', '429', slowDown('0'), 9],
  ] as const)('%s that meets %s for a while is waited for, and everything arrives', async (route, _, fault, times) => {
    const { box, root, arrived } = await tree();
    const engine = await openEngine(box);
    // So that there is something to list.
    await box.makeFolder('0', 'tree');
    box.intercept = once(route, fault, times);
    const { summary, outcomes } = await engine.upload([root]);
    expect(summary).toMatchObject({ state: 'done', counts: { sent: 3, failed: 0, failedFolders: 0 }, problem: null });
    expect(outcomes.every(({ outcome }) => outcome === 'sent')).toBe(true);
    expect(await arrived()).toBe(true);
  });

  test('what one folder waits for is told, and others go on meanwhile', async () => {
    const { box, root, arrived } = await tree();
    const engine = await openEngine(box, { timings: { callRetries: { attempts: 1 } } });
    let isOver = false;
    let asked = 0;
    // The first is the root of the tree, the second `a` or `b`.
    box.intercept = ({ route }) => {
      if (route !== 'create-folder' || isOver) return undefined;
      asked += 1;
      return asked === 2 ? { answer: { status: 503, headers: { 'retry-after': '1' } } } : undefined;
    };
    const job = await engine.start([root]);
    const waiting = await job.until(({ job: { problem } }) => problem !== null);
    expect(waiting.job).toMatchObject({ problem: { code: 'box.unavailable', operation: 'create folder' } });
    await job.until(({ job: { problem, counts } }) => problem !== null && counts.sent > 0);
    isOver = true;
    const { summary } = await job.rest();
    expect(summary).toMatchObject({ state: 'done', counts: { sent: 3, failed: 0 }, problem: null });
    expect(await arrived()).toBe(true);
  });

  test('a wait that Box asks for counts no try, however often', async () => {
    const { box, root, arrived } = await tree();
    const callRetries = { attempts: 1, backoffBaseMs: 1 };
    const engine = await openEngine(box, { timings: { callRetries, backoffBaseMs: 1 } });
    // A file gets 9 tries.
    box.intercept = once('create-folder', slowDown('0'), 12);
    const { summary } = await engine.upload([root]);
    expect(summary.counts).toMatchObject({ sent: 3, failed: 0 });
    expect(await arrived()).toBe(true);
  });

  test('trouble that stays fails that folder and what is in it after as many tries as a file gets', async () => {
    const { box, root } = await tree();
    await box.makeFolder('0', 'tree');
    const below = await box.makeFolder(await box.idOf('tree'), 'a');
    const engine = await openEngine(box, { timings: { callRetries: { attempts: 1 }, backoffBaseMs: 1 } });
    box.intercept = ({ route, params }) =>
      route === 'list-items' && params['folder_id'] === below ? { answer: { status: 503 } } : undefined;
    const { summary, outcomes } = await engine.upload([root]);
    expect(summary).toMatchObject({ state: 'done', counts: { sent: 1, failed: 2, failedFolders: 2 }, problem: null });
    expect(outcomes.filter(({ problem }) => problem?.code === 'box.unavailable').length).toBeGreaterThan(0);
    expect(box.requests.filter(({ params }) => params['folder_id'] === below)).toHaveLength(9);
  });

  test('a job that waits is stopped at once', async () => {
    const { box, root } = await tree();
    const engine = await openEngine(box);
    box.intercept = once('create-folder', slowDown('3600'));
    const job = await engine.start([root]);
    await job.until(({ job: { problem } }) => problem?.code === 'box.rate-limit');
    await engine.commands.suspend({ jobId: job.jobId });
    const { summary } = await job.rest();
    expect(summary).toMatchObject({ state: 'stopped', problem: null, counts: { failed: 0, pending: 3 } });
  });
});

describe('before a job begins', () => {
  test.each(['current-user', 'get-folder'])('%s waits as long as Box asks', async (route) => {
    const { box, root } = await tree();
    // A wait that no call would be repeated after by itself.
    const engine = await openEngine(box, { timings: { callRetries: { backoffBaseMs: 1, withinMs: 500 } } });
    const target = await box.makeFolder('0', 'target');
    box.intercept = once(route, slowDown('1'));
    const { summary } = await engine.upload([root], { target });
    expect(summary.counts).toMatchObject({ sent: 3, failed: 0 });
    expect(box.count(route)).toBe(2);
  });
});

// Full while the tree is read, and while transfers are written down.
test.each([0, 20, 60])(
  'a full disk under the ledger (room for %i pages) stops the job and is told as that',
  async (room) => {
    const { box } = await tree();
    const root = join(temporaryFolder(), 'many');
    writeTree(
      root,
      Object.fromEntries(Array.from({ length: 600 }, (_, n) => [`${n % 9}/${n}-${'x'.repeat(80)}.txt`, `${n}`])),
    );
    const engine = await openEngine(box, { roomForPages: room });
    const failed = await engine.upload([root]).then(
      ({ summary }) => summary,
      (error: unknown) => error,
    );
    expect(failed).toMatchObject({ problem: { code: 'local.data-folder-full', detail: 'database or disk is full' } });
  },
);
