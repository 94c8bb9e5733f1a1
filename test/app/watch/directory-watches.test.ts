import { chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { DirectoryWatches } from '../../../main/app/watch/directory-watches.ts';
import type { Hints } from '../../../main/app/watch/hint-batch.ts';
import type { WatchEvent } from '../../../main/app/watch/protocol.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { quickLimits } from './mirror.ts';

/** The watching thread's work in this thread, so that a test can hold it up. */
function watchHere(networkFileSystemOf?: (path: string) => string | null) {
  const events: WatchEvent[] = [];
  const waiting = new Set<() => void>();
  const watches = new DirectoryWatches({
    limits: quickLimits,
    emit: (event) => {
      events.push(event);
      for (const tell of waiting) tell();
    },
    ...(networkFileSystemOf && { networkFileSystemOf }),
  });
  onTestFinished(() => watches.close());
  const until = async (isSo: () => boolean) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const check = () => isSo() && resolve();
    waiting.add(check);
    check();
    await promise;
    waiting.delete(check);
  };
  const hints = (): Hints[] => events.filter((event) => event.event === 'hints');
  const state = () => events.findLast((event) => event.event === 'state');
  return { watches, events, until, hints, state };
}

test.runIf(process.platform === 'linux')(
  'when the system may have dropped events, all is looked at again',
  async () => {
    const root = temporaryFolder();
    for (const name of ['busy', 'lost/deep']) mkdirSync(join(root, name), { recursive: true });
    const [one, two] = ['1', '2'].map((name) => join(root, 'busy', name));
    for (const path of [one!, two!]) writeFileSync(path, 'x');
    const { watches, until, hints, state } = watchHere();
    const directories = [root, join(root, 'busy'), join(root, 'lost'), join(root, 'lost/deep')];
    await watches.obey({ id: 1, do: 'watch', root, directories, isHinted: false });
    // Equal events in a row are one, so two files take turns. The queue holds 16,384; what comes then is dropped.
    for (let n = 0; n < 9000; n++) {
      chmodSync(one!, 0o644);
      chmodSync(two!, 0o644);
    }
    rmSync(join(root, 'lost'), { recursive: true });
    await until(() => hints().some(({ overflow }) => overflow) && state()?.watches === 2);
    expect(hints().flatMap(({ folders }) => folders)).not.toContain(join(root, 'lost'));
  },
);

test('a folder of a network file system is watched and stands in the report', async () => {
  const root = temporaryFolder();
  mkdirSync(join(root, 'a'));
  const { watches, until, hints, state } = watchHere(() => 'NFS');
  await watches.obey({ id: 1, do: 'watch', root, directories: [root, join(root, 'a')], isHinted: false });
  expect(state()).toMatchObject({
    watches: 2,
    failed: [
      { path: root, code: 'network:NFS' },
      { path: join(root, 'a'), code: 'network:NFS' },
    ],
  });
  writeFileSync(join(root, 'a/file'), 'x');
  await until(() => hints().some(({ folders }) => folders.includes(join(root, 'a'))));
});

test('a folder replaced between two looks is watched instead of the old one, and so are those below it', async () => {
  const [root, aside] = [temporaryFolder(), temporaryFolder()];
  const deep = join(root, 'a/deep');
  mkdirSync(deep, { recursive: true });
  const { watches, events, until, hints } = watchHere();
  for (const directory of [root, join(root, 'a'), deep]) {
    await watches.obey({ id: 1, do: 'watch', root, directories: [directory], isHinted: false });
  }
  renameSync(join(root, 'a'), join(aside, 'a'));
  mkdirSync(deep, { recursive: true });
  await until(() => hints().some(({ folders }) => folders.includes(deep)));
  events.length = 0;
  writeFileSync(join(aside, 'a/deep/file'), 'x');
  writeFileSync(join(root, 'file'), 'x');
  await until(() => hints().some(({ folders }) => folders.includes(root)));
  expect(hints().flatMap(({ folders }) => folders)).not.toContain(deep);
  writeFileSync(join(deep, 'file'), 'x');
  await until(() => hints().some(({ folders }) => folders.includes(deep)));
});

test('a folder moved to another root is watched there and no more here', async () => {
  const [one, two] = [temporaryFolder(), temporaryFolder()];
  mkdirSync(join(one, 'a'));
  const { watches, events, until } = watchHere();
  await watches.obey({ id: 1, do: 'watch', root: one, directories: [one, join(one, 'a')], isHinted: false });
  await watches.obey({ id: 2, do: 'watch', root: two, directories: [two], isHinted: false });
  renameSync(join(one, 'a'), join(two, 'a'));
  const hinted = (root: string, folder: string) =>
    events.some((event) => event.event === 'hints' && event.root === root && event.folders.includes(folder));
  await until(() => hinted(one, one) && hinted(two, two));
  await watches.obey({ id: 3, do: 'watch', root: two, directories: [join(two, 'a')], isHinted: false });
  events.length = 0;
  writeFileSync(join(two, 'a/file'), 'x');
  await until(() => hinted(two, join(two, 'a')));
  expect(events.some((event) => event.event === 'hints' && event.root === one)).toBe(false);
});
