import { join } from 'node:path';
import { randomInt } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Interception } from '../../../main/sandbox/http/intercept.ts';
import {
  content,
  mebibyte,
  openEngine,
  sessionMinimum,
  sha1Of,
  TestBox,
  writeOld,
  writeTree,
} from '../../support/engine-fixture.ts';
import { forkEngine, type EngineProcess } from '../../support/engine-process.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const parallelParts = 4;
const parts = 22;

/** The engine is killed when its `at`-th request comes in, or once that has had its effect; later ones find nobody. */
function killAt(box: TestBox, at: number, when: 'before' | 'after', kill: () => Promise<unknown>): void {
  const base = box.requests.length;
  box.intercept = (): Interception | undefined | Promise<Interception> => {
    if (box.requests.length - base < at) return undefined;
    if (box.requests.length - base > at) return { drop: true };
    if (when === 'before') return kill().then(() => ({ drop: true }));
    return { afterEffect: () => kill().then(() => 'drop') };
  };
}

/** PUTs of each part, whatever its session. */
function putsByOffset(box: TestBox): Map<string, number> {
  const puts = new Map<string, number>();
  for (const [key, count] of box.partPuts()) {
    const offset = key.split('@')[1]!;
    puts.set(offset, (puts.get(offset) ?? 0) + count);
  }
  return puts;
}

describe('an engine that is killed, and the same upload again', () => {
  test.each(
    Array.from({ length: 12 }, (_, n) => ({ at: 3 + n * 3 + randomInt(3), when: n % 2 ? 'after' : 'before' }) as const),
  )(
    'at request $at, $when it takes effect: re-sends what was in flight at most, and nothing comes twice',
    async ({ at, when }) => {
      const box = await TestBox.start();
      const home = temporaryFolder();
      const root = join(temporaryFolder(), 'tree');
      const sha1s = writeTree(root, {
        'large.bin': content(parts * mebibyte - 5),
        'a.txt': 'a', 'b.txt': 'b', 'empty': '', 'd/c.txt': 'c',
      }); // prettier-ignore
      const first = await forkEngine(box, home);
      killAt(box, at, when, () => first.kill());
      await Promise.race([first.ended, first.upload([root]).catch(() => undefined)]);
      await first.kill();
      box.intercept = undefined;
      const before = box.requests.length;

      const second = await forkEngine(box, home);
      const { summary, outcomes } = await second.upload([root]);
      expect(summary).toMatchObject({ state: 'done', counts: { files: 5, failed: 0, pending: 0 } });
      const tree = await box.tree();
      for (const [path, sha1] of sha1s) {
        expect(tree.get(`tree/${path}`)).toBe(sha1);
        expect(await box.versions(`tree/${path}`)).toEqual([sha1]);
      }
      expect([...tree.values()].filter((sha1) => sha1 !== null)).toHaveLength(5);
      expect(outcomes.map(({ path }) => path.slice(root.length + 1)).sort()).toEqual([...sha1s.keys()].sort());
      const puts = putsByOffset(box);
      expect(puts.size).toBe(parts);
      const again = [...puts.values()].reduce((sum, count) => sum + count - 1, 0);
      expect(again, `${box.requests.length} requests, ${before} before the kill`).toBeLessThanOrEqual(parallelParts);
      await second.commands.shutDown({});
      await second.ended;
    },
  );

  test('between the commit and its answer, the file unchanged: done without a second version', async () => {
    const { box, path, home, sha1 } = await killedAtCommit();
    const second = await forkEngine(box, home);
    box.requests = [];
    const { summary } = await second.upload([path]);
    expect(summary).toMatchObject({ state: 'done', counts: { sent: 1, failed: 0 } });
    expect(await box.versions('file.bin')).toEqual([sha1]);
    expect(box.count('upload-part', 'commit-session', 'create-session')).toBe(0);
  });

  test('between the commit and its answer, the file edited: two versions and no conflict', async () => {
    const { box, path, home, sha1 } = await killedAtCommit();
    const edited = writeOld(path, content(sessionMinimum), new Date(Date.now() - 600_000));
    const second = await forkEngine(box, home);
    const { summary } = await second.upload([path], { ifExists: 'keep-both' });
    expect(summary).toMatchObject({ state: 'done', counts: { sent: 1, failed: 0 } });
    expect(await box.versions('file.bin')).toEqual([edited, sha1]);
    expect([...(await box.tree()).keys()]).toEqual(['file.bin']);
  });

  test.each(['before', 'after'] as const)(
    '%s the effect of a commit, the file deleted: the outcome is still found',
    async (when) => {
      const { box, path, home, sha1 } = await killedAtCommit(when);
      const { rmSync } = await import('node:fs');
      rmSync(path);
      writeOld(join(path, '../other.txt'), 'other');
      const second = await forkEngine(box, home);
      const { summary } = await second.upload([path]);
      expect(summary.state).toBe('done');
      // Its bytes are all on Box, so the commit is sent again where it had not arrived.
      expect(await box.versions('file.bin')).toEqual([sha1]);
    },
  );

  test('before its commit takes effect, the file edited: what was sent is committed, then the edit follows', async () => {
    const { box, path, home, sha1 } = await killedAtCommit('before');
    const edited = writeOld(path, content(sessionMinimum + 5), new Date(Date.now() - 600_000));
    const second = await forkEngine(box, home);
    const { summary } = await second.upload([path]);
    expect(summary).toMatchObject({ state: 'done', counts: { sent: 1, failed: 0 } });
    expect(await box.versions('file.bin')).toEqual([edited, sha1]);
  });

  test('a small file that arrived, its answer lost: known again, and a copy of keep-both too', async () => {
    const box = await TestBox.start();
    const home = temporaryFolder();
    const path = join(temporaryFolder(), 'file.txt');
    writeOld(path, 'mine');
    await box.put('0', 'file.txt', 'theirs');
    const first = await forkEngine(box, home);
    box.intercept = ({ route }) =>
      route === 'upload-file' ? { afterEffect: () => first.kill().then(() => 'drop') } : undefined;
    await Promise.race([first.ended, first.upload([path], { ifExists: 'keep-both' }).catch(() => undefined)]);
    box.intercept = undefined;
    const edited = writeOld(path, 'mine, edited', new Date(Date.now() - 600_000));
    const second = await forkEngine(box, home);
    const { summary } = await second.upload([path], { ifExists: 'keep-both' });
    expect(summary.counts).toMatchObject({ sent: 1, failed: 0 });
    const names = [...(await box.tree()).keys()];
    expect(names).toHaveLength(2);
    const copy = names.find((name) => name !== 'file.txt')!;
    expect(await box.versions(copy)).toEqual([edited, sha1Of(Buffer.from('mine'))]);
  });

  async function killedAtCommit(when: 'before' | 'after' = 'after') {
    const box = await TestBox.start();
    const home = temporaryFolder();
    const path = join(temporaryFolder(), 'file.bin');
    const sha1 = writeOld(path, content(sessionMinimum));
    const first: EngineProcess = await forkEngine(box, home);
    box.intercept = ({ route }) => {
      if (route !== 'commit-session') return undefined;
      return when === 'before'
        ? first.kill().then(() => ({ drop: true }))
        : { afterEffect: () => first.kill().then(() => 'drop') };
    };
    await Promise.race([first.ended, first.upload([path]).catch(() => undefined)]);
    await first.kill();
    box.intercept = undefined;
    return { box, path, home, sha1 };
  }
});

describe('a sandbox that comes back on another port', () => {
  async function stoppedAfterParts() {
    const box = await TestBox.start();
    const home = temporaryFolder();
    const path = join(temporaryFolder(), 'file.bin');
    const sha1 = writeOld(path, content(sessionMinimum));
    const first = await openEngine(box, { home });
    const reached = Promise.withResolvers<void>();
    box.intercept = ({ route, count }) => {
      if (route !== 'upload-part' || count <= 8) return undefined;
      if (count === 12) reached.resolve();
      return new Promise(() => undefined);
    };
    await first.start([path]);
    await reached.promise;
    await first.close();
    await box.close();
    box.intercept = undefined;
    await box.open();
    return { box, home, path, sha1 };
  }

  test('goes on with its session where it stood', async () => {
    const { box, home, path, sha1 } = await stoppedAfterParts();
    box.requests = [];
    const second = await openEngine(box, { home });
    const { summary } = await second.upload([path]);
    expect(summary).toMatchObject({ state: 'done', counts: { sent: 1 } });
    expect(await box.versions('file.bin')).toEqual([sha1]);
    expect(box.count('create-session')).toBe(0);
    expect(box.count('upload-part')).toBe(12);
  });

  test('that no longer knows the session gets a new one', async () => {
    const { box, home, path, sha1 } = await stoppedAfterParts();
    const [transfer] = box.requests.filter(({ route }) => route === 'upload-part');
    await fetch(`${box.sandbox.ready.upload}/files/upload_sessions/${transfer!.params['session_id']}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${box.sandbox.ready.token}`, 'user-agent': 'test' },
    });
    box.requests = [];
    const second = await openEngine(box, { home });
    const { summary } = await second.upload([path]);
    expect(summary).toMatchObject({ state: 'done', counts: { sent: 1 } });
    expect(await box.versions('file.bin')).toEqual([sha1]);
    expect(box.count('create-session')).toBe(1);
  });
});
