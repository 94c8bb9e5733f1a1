import { EventEmitter } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { DirectoryWatches } from '../../../main/app/watch/directory-watches.ts';
import type { WatchEvent } from '../../../main/app/watch/protocol.ts';
import { WatchTree, watchesTrees, type WatchAll } from '../../../main/app/watch/watch-tree.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { quickLimits } from './mirror.ts';

test('Windows and macOS watch a root as a whole, Linux each directory', () => {
  const systems = ['win32', 'darwin', 'linux'] as const;
  expect(systems.map((platform) => watchesTrees(platform))).toEqual([true, true, false]);
});

describe('one watch for all directories of a root', () => {
  /** A system whose events the test makes. */
  function scene() {
    const root = temporaryFolder();
    for (const name of ['a/b', 'c']) mkdirSync(join(root, name), { recursive: true });
    const events = new EventEmitter();
    const system = { opened: 0, closed: 0, tell: (_kind: string, _name: string | null): void => undefined };
    const watchAll: WatchAll = (path, onEvent) => {
      expect(path).toBe(root);
      system.opened += 1;
      system.tell = onEvent;
      return Object.assign(events, { close: () => void (system.closed += 1) });
    };
    const onOverflow = vi.fn();
    const tree = new WatchTree(root, onOverflow, watchAll);
    const begin = async (...names: string[]) => {
      const told: unknown[] = [];
      const group = tree.group(
        names.map((name) => join(root, name)),
        {
          onEvent: (directory, kind, name) => told.push([directory.slice(root.length), kind, name]),
          onError: (path, code) => told.push([path?.slice(root.length), code]),
          timeoutMs: 1000,
        },
      );
      const failures = await group.start();
      return { group, told, failures };
    };
    return { root, events, system, onOverflow, begin };
  }

  test('each event goes to the group of its directory, and to none where nobody asked for it', async () => {
    const { system, begin } = scene();
    const one = await begin('', 'a');
    const two = await begin('c');
    system.tell('rename', 'new');
    system.tell('change', join('a', 'file'));
    system.tell('rename', join('c', 'file'));
    system.tell('change', join('a', 'b', 'file'));
    expect(one.told).toEqual([
      ['', 'rename', 'new'],
      ['/a', 'change', 'file'],
    ]);
    expect(two.told).toEqual([['/c', 'rename', 'file']]);
    expect(system.opened).toBe(1);
  });

  test('that a directory has changed means what is in it, and not the one that it lies in', async () => {
    const { system, begin } = scene();
    const { told } = await begin('', 'a');
    system.tell('change', 'a');
    system.tell('rename', 'a');
    expect(told).toEqual([
      ['/a', 'change', null],
      ['', 'rename', 'a'],
    ]);
  });

  test('events that were lost are an overflow', async () => {
    const { system, begin, onOverflow } = scene();
    const { told } = await begin('');
    system.tell('change', null);
    expect(onOverflow).toHaveBeenCalledOnce();
    expect(told).toEqual([]);
  });

  test('it ends with the last directory; one that went over to another group stays watched', async () => {
    const { system, begin, root } = scene();
    const first = await begin('', 'a');
    const second = await begin('a');
    await first.group.close();
    expect(system.closed).toBe(0);
    system.tell('change', join('a', 'file'));
    expect(second.told).toEqual([['/a', 'change', 'file']]);
    second.group.release(join(root, 'a'));
    expect(system.closed).toBe(1);
    await begin('');
    expect(system.opened).toBe(2);
  });

  test('an end of the watch fails the root, as missing where it is gone, and the next try opens another', async () => {
    const { system, begin, root, events } = scene();
    const one = await begin('', 'a');
    events.emit('error', Object.assign(new Error('EPERM: operation not permitted, watch'), { code: 'EPERM' }));
    rmSync(root, { recursive: true });
    const two = await begin('');
    events.emit('error', Object.assign(new Error('EPERM: operation not permitted, watch'), { code: 'EPERM' }));
    expect([one.told, two.told]).toEqual([[['', 'EPERM']], [['', 'ENOENT']]]);
    expect([system.opened, system.closed]).toEqual([2, 2]);
  });

  test('where the system refuses, all directories have failed with its code', async () => {
    const root = temporaryFolder();
    const refuse: WatchAll = () => {
      throw Object.assign(new Error('EMFILE'), { code: 'EMFILE' });
    };
    const group = new WatchTree(root, () => undefined, refuse).group([root, join(root, 'a')], {
      onEvent: () => undefined,
      onError: () => undefined,
      timeoutMs: 1000,
    });
    expect([...(await group.start())]).toEqual([
      [root, 'EMFILE'],
      [join(root, 'a'), 'EMFILE'],
    ]);
    expect(group.size).toBe(0);
  });
});

test('on the disk: what is written, made and removed is hinted at by its folder, and what went away is known', async () => {
  const root = temporaryFolder();
  for (const name of ['a/b', 'left-out']) mkdirSync(join(root, name), { recursive: true });
  const events: WatchEvent[] = [];
  const waiting = new Set<() => void>();
  const watches = new DirectoryWatches({
    limits: quickLimits,
    asTree: true,
    emit: (event) => {
      events.push(event);
      for (const tell of waiting) tell();
    },
  });
  onTestFinished(() => watches.close());
  const until = (isSo: () => boolean) =>
    new Promise<void>((resolve) => {
      const check = () => isSo() && resolve();
      waiting.add(check);
      check();
    });
  const hinted = () => new Set(events.flatMap((event) => (event.event === 'hints' ? event.folders : [])));
  const state = () => events.findLast((event) => event.event === 'state');
  const directories = ['', 'a', 'a/b'].map((name) => join(root, name));
  await watches.obey({ id: 1, do: 'watch', root, directories, isHinted: false });
  expect(state()).toMatchObject({ watches: 3, failed: [] });
  writeFileSync(join(root, 'left-out/file'), 'x');
  writeFileSync(join(root, 'a/b/file'), 'x');
  await until(() => hinted().has(join(root, 'a/b')));
  expect(hinted()).not.toContain(join(root, 'left-out'));
  rmSync(join(root, 'a'), { recursive: true });
  await until(() => hinted().has(root) && state()?.watches === 1);
  rmSync(root, { recursive: true });
  await watches.obey({ id: 2, do: 'watch', root, directories: [root], isHinted: false });
  expect(state()).toMatchObject({ watches: 0, failed: [{ path: root, code: 'ENOENT' }] });
  mkdirSync(root);
  await watches.obey({ id: 3, do: 'watch', root, directories: [root], isHinted: false });
  expect(state()).toMatchObject({ watches: 1, cleared: [root] });
});
