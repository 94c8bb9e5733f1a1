import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { Mirror } from './mirror.ts';

const child = fileURLToPath(new URL('../../support/watch-limits-child.ts', import.meta.url));

function tree(count: number): { root: string; folders: string[] } {
  const root = temporaryFolder();
  const folders = Array.from({ length: count }, (_, n) => join(root, `f${n}`));
  for (const folder of folders) mkdirSync(folder);
  return { root, folders };
}

test('folders beyond the limit of watches are rescanned, told with the remedy, and watched once there is room', async () => {
  const { root, folders } = tree(120);
  const capacity = new Int32Array(new SharedArrayBuffer(4));
  capacity[0] = 70;
  const mirror = new Mirror(root, { capacity, times: { rescanMs: 20, retryMs: 20 } });
  await mirror.watcher.watch(root, [root, ...folders]);
  const report = mirror.watcher.report(root);
  expect(report).toMatchObject({ mode: 'partly', watches: 70, fallbackCount: 51 });
  expect(report.fallbackFolders[0]).toMatchObject({ path: folders[69] });
  if (report.limit !== null) {
    expect(report.fallbackFolders[0]!.remedy).toContain(`at least ${report.limit + 51} are needed`);
  }
  // The hint of the start, for all of it.
  await mirror.until(() => mirror.hinted().has(root));
  mirror.hints.length = 0;
  await mirror.until(() => mirror.hinted().size >= 51);
  expect(mirror.hinted()).toEqual(new Set(folders.slice(69)));

  Atomics.store(capacity, 0, 1000);
  await mirror.until(() => mirror.watcher.report(root).mode === 'watching');
  mirror.hints.length = 0;
  writeFileSync(join(folders[119]!, 'file'), 'x');
  await mirror.until(() => mirror.hinted().has(folders[119]!));
});

test('where there is no watch to be had the mode is polling', async () => {
  const { root, folders } = tree(3);
  const mirror = new Mirror(root, { capacity: new Int32Array(new SharedArrayBuffer(4)), times: { rescanMs: 20 } });
  await mirror.watcher.watch(root, [root, ...folders]);
  expect(mirror.watcher.report(root)).toMatchObject({ mode: 'polling', watches: 0, fallbackCount: 4 });
  await mirror.until(() => mirror.hinted().has(folders[2]!));
});

test('names that the watcher cannot be given are rescanned', async () => {
  const { root } = tree(0);
  const [slashed, replaced, quoted] = ['back\\slash', 'replaced\ufffd', 'quoted‛E9'].map((name) => join(root, name));
  mkdirSync(slashed!);
  const mirror = new Mirror(root, { times: { rescanMs: 20 } });
  await mirror.watcher.watch(root, [root, slashed!, replaced!, quoted!]);
  expect(mirror.watcher.report(root)).toMatchObject({ mode: 'partly', watches: 1, fallbackCount: 3 });
  mirror.hints.length = 0;
  await mirror.until(() => mirror.hints.length >= 2);
  expect([...mirror.hinted()]).toEqual(expect.arrayContaining([slashed, replaced, quoted]));
});

/** A process whose own limits are low, so that nobody else's are. */
function runChild(command: string, mode: string, root: string): { status: number | null; output: string } {
  const script = `${command} exec "$@"`;
  const result = spawnSync('sh', ['-c', script, 'sh', process.execPath, child, mode, root], { encoding: 'utf8' });
  return { status: result.status, output: result.stdout + result.stderr };
}

test.runIf(process.platform === 'linux')(
  "the system's own limit of open files is met and left behind",
  () => {
    const { root } = tree(3);
    const { output } = runChild('ulimit -n 64;', 'open-files', root);
    expect(output).toContain('failed EMFILE');
    expect(output).toContain('watches 4');
  },
  30_000,
);

// A user namespace has limits of its own, where it may be made: https://docs.kernel.org/admin-guide/sysctl/user.html
const hasNamespaces =
  process.platform === 'linux' &&
  spawnSync('unshare', ['-Ur', 'sh', '-c', 'echo 9 > /proc/sys/user/max_inotify_watches']).status === 0;

test.runIf(hasNamespaces)(
  "the system's own limit of watches is met",
  () => {
    const { root } = tree(20);
    const low = 'echo 9 > /proc/sys/user/max_inotify_watches;';
    const namespaced = `exec unshare -Ur sh -c '${low} exec "$@"' sh "$@";`;
    const { output } = runChild(namespaced, 'watches', root);
    expect(output).toContain('failed ENOSPC');
    expect(output).toContain('watches 9');
  },
  30_000,
);
