import { randomBytes } from 'node:crypto';
import { copyFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { openEngine, sha1Of, TestBox, writeTree } from '../../support/engine-fixture.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** How much of each file, by its inode, is known to be on the disk: all that a power cut leaves of it. */
const synced = vi.hoisted(() => new Map<number, number>());

vi.mock(import('node:fs'), async (load) => {
  const fs = await load();
  const fdatasync = (fd: number, done: (error: NodeJS.ErrnoException | null) => void) => {
    const { ino, size } = fs.fstatSync(fd);
    fs.fdatasync(fd, (error) => {
      if (!error) synced.set(ino, size);
      done(error);
    });
  };
  const fdatasyncSync = (fd: number) => {
    fs.fdatasyncSync(fd);
    const { ino, size } = fs.fstatSync(fd);
    synced.set(ino, size);
  };
  return { ...fs, fdatasync, fdatasyncSync } as typeof fs;
});

test('a copy whose answer is lost in a power cut is known by its name, and there is no second one', async () => {
  const box = await TestBox.start();
  const [home, afterCut] = [temporaryFolder(), temporaryFolder()];
  const root = join(temporaryFolder(), 'tree');
  writeTree(root, { 'a.txt': 'ours', 'sub/b.txt': 'b' });
  const tree = await box.makeFolder('0', 'tree');
  await box.put(tree, 'a.txt', 'somebody else wrote this');
  const sub = await box.makeFolder(tree, 'sub');
  const engine = await openEngine(box, { home });
  const cut = Promise.withResolvers<void>();
  let isCut = false;
  box.intercept = ({ route, path }) => {
    // The folder beside it is still being placed: nothing else waits for the disk meanwhile.
    if (path.endsWith(`/folders/${sub}/items`)) return { delayMs: 1500 };
    if (path.endsWith(`/folders/${tree}/items`)) return { delayMs: 300 };
    if (route !== 'upload-file' || isCut) return undefined;
    isCut = true;
    const afterEffect = () => {
      cutPower(home, afterCut);
      cut.resolve();
      return undefined;
    };
    return { afterEffect };
  };
  await engine.start([root], { ifExists: 'keep-both' });
  await cut.promise;
  await engine.close();
  box.intercept = undefined;
  const again = await openEngine(box, { home: afterCut });
  await again.upload([root], { ifExists: 'keep-both' });
  const names = [...(await box.tree()).keys()].filter((name) => name.startsWith('tree/a'));
  expect(names).toHaveLength(2);
});

test.each(['lost', 'given'] as const)(
  'a part that arrived before a power cut is found on Box and not sent again, its answer %s',
  async (answer) => {
    const box = await TestBox.start();
    const [home, afterCut] = [temporaryFolder(), temporaryFolder()];
    const file = join(temporaryFolder(), 'large.bin');
    const bytes = randomBytes(21 * 2 ** 20);
    writeFileSync(file, bytes);
    const engine = await openEngine(box, { home });
    const arrived = Promise.withResolvers<string>();
    let isFirst = true;
    box.intercept = ({ route, params, headers }) => {
      if (route !== 'upload-part') return undefined;
      if (!isFirst) return { drop: true };
      isFirst = false;
      const afterEffect = () => {
        const offset = /\d+/.exec(headers['content-range'] ?? '')?.[0];
        arrived.resolve(`${params['session_id']}@${offset}`);
        if (answer === 'given') return undefined;
        cutPower(home, afterCut);
        return 'drop' as const;
      };
      return { afterEffect };
    };
    await engine.start([file]);
    const part = await arrived.promise;
    if (answer === 'given') {
      await vi.waitFor(() => expect(engine.ledger.parts.list(1).map(({ state }) => state)).toContain('done'), 10_000);
      cutPower(home, afterCut);
    }
    await engine.close();
    box.intercept = undefined;
    box.requests = [];
    const again = await openEngine(box, { home: afterCut });
    await again.upload([file]);
    expect(await box.tree()).toEqual(new Map([['large.bin', sha1Of(bytes)]]));
    expect(box.count('create-session')).toBe(0);
    expect(box.partPuts().size).toBe(20);
    expect([...box.partPuts().keys()]).not.toContain(part);
  },
);

/** Copies what a power cut would leave of a ledger. */
function cutPower(from: string, to: string): void {
  for (const name of ['ledger.db', 'ledger.db-wal']) copyFileSync(join(from, name), join(to, name));
  truncateSync(join(to, 'ledger.db-wal'), onDisk(join(from, 'ledger.db-wal')));
}

function onDisk(path: string): number {
  return synced.get(statSync(path).ino) ?? 0;
}
