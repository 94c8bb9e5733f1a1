// A real engine in a process of its own, forked as the app forks it, so that a test can kill it.
import { fork, type ChildProcess } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { ipcLink } from '../../main/platform/link.ts';
import { openRpc } from '../../main/platform/rpc.ts';
import type { Remote } from '../../shared/contract.ts';
import { engineContract, engineHostContract } from '../../shared/engine-contract.ts';
import { progressContract } from '../../shared/progress-contract.ts';
import { JobWatch, type JobResult, type TestBox, type UploadOptions } from './engine-fixture.ts';

export interface EngineProcess {
  commands: Remote<typeof engineContract>;
  start(paths: string[], options?: UploadOptions): Promise<JobWatch>;
  upload(paths: string[], options?: UploadOptions): Promise<JobResult>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  ended: Promise<unknown>;
}

/**
 * Forks an engine on a data folder, as another user where one is given; killed when the test ends.
 * @param onWatch told of folders that are to be watched
 */
export async function forkEngine(
  box: TestBox,
  home: string,
  user: { uid?: number; gid?: number } = {},
  onWatch: (folders: readonly string[]) => void = () => undefined,
): Promise<EngineProcess> {
  const { api, upload, auth, authorize, token } = box.sandbox.ready;
  const options = { home, endpoints: { api, upload, auth, authorize }, readOnly: false, logLevel: 'silent' };
  const child: ChildProcess = fork(new URL('../../main/engine/index.ts', import.meta.url), [JSON.stringify(options)], {
    ...user,
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  onTestFinished(kill);
  const ready = Promise.withResolvers<void>();
  const watches = new Map<number, JobWatch>();
  const { remote } = openRpc({
    link: ipcLink(child),
    local: {
      contract: { ...engineHostContract, ...progressContract },
      handlers: {
        accessToken: () => Promise.resolve({ token }),
        watch: ({ folders }) => {
          onWatch(folders);
          return Promise.resolve({});
        },
        unwatch: () => Promise.resolve({}),
        proxyFor: () => Promise.resolve({ proxy: null }),
        ready: (state) => {
          if (state.ok) ready.resolve();
          else ready.reject(new Error(`${state.code}: ${state.message}`));
          return Promise.resolve({});
        },
        batch: ({ subscription, batch }) => {
          watches.get(subscription)?.take(batch);
          return Promise.resolve({});
        },
      },
    },
    remote: engineContract,
    timeoutMs: 30_000,
  });
  await ready.promise;
  const start = async (paths: string[], { target = '0', ifExists = 'version', ...rest }: UploadOptions = {}) => {
    const { jobId } = await remote.upload({ paths, target, ifExists, ...rest });
    const watch = new JobWatch(jobId);
    for (const kind of ['outcomes', 'job'] as const) {
      const { subscription } = await remote.subscribe({ view: { kind, jobId } });
      watches.set(subscription, watch);
    }
    return watch;
  };
  return {
    commands: remote,
    start,
    upload: async (paths, uploadOptions) => (await start(paths, uploadOptions)).rest(),
    kill,
    ended,
  };
}
