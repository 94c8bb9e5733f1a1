import { chmodSync, chownSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { TestBox, writeTree } from '../../support/engine-fixture.ts';
import { forkEngine, type EngineProcess } from '../../support/engine-process.ts';
import { boxTree, localTree } from '../../support/pair-fixture.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** Who may not read everything: root hands over to "nobody". */
const reader = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

function give(path: string): void {
  if (reader.uid === undefined) return;
  chownSync(path, reader.uid, reader.gid);
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const below = join(path, entry.name);
    if (entry.isDirectory()) give(below);
    else chownSync(below, reader.uid, reader.gid);
  }
}

/** Does something that leads to a walk, and resolves when nothing is left to do after it. */
async function walked({ commands }: EngineProcess, pairId: number, act: () => Promise<unknown>) {
  const before = (await commands.pair({ pairId })).scannedAt;
  await act();
  for (;;) {
    const pair = await commands.pair({ pairId });
    if (pair.scannedAt !== before && pair.state === 'synced') return pair;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test.skipIf(process.platform === 'win32')(
  'what cannot be read is listed, is never a deletion, and goes up once it can be',
  async () => {
    const box = await TestBox.start();
    const base = temporaryFolder();
    const [home, folder] = [join(base, 'home'), join(base, 'pair')];
    const path = (name: string) => join(folder, name);
    mkdirSync(home);
    writeTree(folder, { 'a.txt': 'a', 'later/b.txt': 'b', 'later/deep/c.txt': 'c', 'never/d.txt': 'd', 'e.txt': 'e' });
    give(base);
    const open = () => {
      for (const name of ['later', 'never']) chmodSync(path(name), 0o755);
      chmodSync(path('e.txt'), 0o644);
    };
    // As somebody who is not root it can't be removed otherwise.
    onTestFinished(open);
    for (const name of ['never', 'e.txt']) chmodSync(path(name), 0);

    const engine = await forkEngine(box, home, reader);
    const { commands } = engine;
    const options = { settleMs: 100, deletions: 'trash' as const };
    const { pairId } = await commands.addPair({ path: folder, target: '/Pair', options });
    const problems = async () => {
      const failures = await commands.failures({ ownerId: pairId, after: 0, limit: 10 });
      return failures.map((failure) => [failure.path, failure.problem.code]).sort();
    };
    const first = await walked(engine, pairId, () => commands.startPairs({}));
    const fromTheStart = [path('e.txt'), path('never')].map((name) => [name, 'local.unreadable']);
    expect(await problems()).toEqual(fromTheStart);
    expect(first.counts).toMatchObject({ failed: 1, failedFolders: 1 });
    const known = ['a.txt', 'later', 'later/b.txt', 'later/deep', 'later/deep/c.txt'];
    expect([...(await boxTree(box)).keys()].filter((name) => name !== 'never').sort()).toEqual(known);

    writeTree(folder, { 'later/new.txt': 'new' });
    give(folder);
    chmodSync(path('later'), 0);
    box.requests = [];
    const second = await walked(engine, pairId, () => commands.rescan({ pairId }));
    expect(await problems()).toEqual([[path('later'), 'local.unreadable'], ...fromTheStart].sort());
    expect(second.counts).toMatchObject({ failedFolders: 2, left: 0 });
    expect(box.requests.filter(({ method }) => method === 'DELETE')).toEqual([]);
    expect([...(await boxTree(box)).keys()].filter((name) => name !== 'never').sort()).toEqual(known);

    open();
    await walked(engine, pairId, () => commands.rescan({ pairId }));
    expect(await problems()).toEqual([]);
    expect(await boxTree(box)).toEqual(localTree(folder));
    expect(await box.versions('Pair/later/b.txt')).toHaveLength(1);
  },
);

test.skipIf(process.platform === 'win32')(
  'what cannot be read at the start is told to whoever watches, and is read and watched whole once a look finds that it can be',
  async () => {
    const box = await TestBox.start();
    const base = temporaryFolder();
    const [home, folder] = [join(base, 'home'), join(base, 'pair')];
    const secret = join(folder, 'secret');
    mkdirSync(home);
    writeTree(folder, { 'a.txt': 'a', 'secret/b.txt': 'b', 'secret/deep/c.txt': 'c' });
    give(base);
    onTestFinished(() => chmodSync(secret, 0o755));
    const options = { settleMs: 100 };
    const first = await forkEngine(box, home, reader);
    const { pairId } = await first.commands.addPair({ path: folder, target: '/Pair', options });
    await walked(first, pairId, () => first.commands.startPairs({}));
    await first.kill();

    // It and what is in it are known; what changes there meanwhile is not.
    writeTree(folder, { 'secret/deep/d.txt': 'd' });
    give(folder);
    chmodSync(secret, 0);
    const watched = new Set<string>();
    const engine = await forkEngine(box, home, reader, (folders) => folders.forEach((path) => watched.add(path)));
    await walked(engine, pairId, () => engine.commands.startPairs({}));
    expect(watched).toEqual(new Set([folder, secret]));
    await engine.commands.hints({ pairId, folders: [secret], overflow: false });
    chmodSync(secret, 0o755);
    await engine.commands.hints({ pairId, folders: [secret], overflow: false });
    await expect.poll(() => boxTree(box)).toEqual(localTree(folder));
    expect(watched).toEqual(new Set([folder, secret, join(secret, 'deep')]));
    expect(await engine.commands.failures({ ownerId: pairId, after: 0, limit: 10 })).toEqual([]);
  },
);
