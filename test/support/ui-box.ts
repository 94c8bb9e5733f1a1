// A sandbox in the test's own process, whose faults the test decides.
import type { Intercept } from '../../main/sandbox/http/intercept.ts';
import type { SandboxOptions } from '../../main/sandbox/options.ts';
import { startSandbox, type SandboxReady } from '../../main/sandbox/server.ts';

export interface UiBox {
  ready: SandboxReady;
  /** The folder that holds its files. */
  root: string;
  /** Names of the routes that were asked, in order. */
  asked: string[];
  /** Parts that were begun more than once, as `session start`. */
  sentAgain(): string[];
  /** What happens to requests from now on. */
  intercept(intercept: Intercept | undefined): void;
  /** A request of somebody else at the same Box; resolves with the answer's JSON. */
  call(method: string, path: string, body?: object): Promise<{ entries?: { id: string; name: string }[] }>;
  /** The id of an item by its path from the top. */
  idOf(path: string): Promise<string>;
  /** Nobody listens any more. */
  close(): Promise<void>;
  /** It answers again, at the same address, with all that it had. */
  reopen(): Promise<void>;
}

/** Parts of 1 MiB: a file of 21 MB has twenty. */
export async function startUiBox(root: string, options: Partial<SandboxOptions> = {}): Promise<UiBox> {
  let current: Intercept | undefined;
  const asked: string[] = [];
  const begun = new Map<string, number>();
  const open = (port: number) =>
    startSandbox({
      root,
      port,
      partSize: '1MiB',
      ...options,
      intercept: (request) => {
        if (request.route) asked.push(request.route);
        if (request.route === 'upload-part') {
          const part = `${request.params['session_id']} ${request.headers['content-range']}`;
          begun.set(part, (begun.get(part) ?? 0) + 1);
        }
        return current?.(request);
      },
    });
  let sandbox = await open(0);
  const { ready } = sandbox;
  const call: UiBox['call'] = async (method, path, body) => {
    const headers = { authorization: `Bearer ${ready.token}`, 'content-type': 'application/json' };
    const answer = await fetch(`${ready.api}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.status === 204 ? {} : ((await answer.json()) as Awaited<ReturnType<UiBox['call']>>);
  };
  return {
    call,
    idOf: async (path) => {
      let id = '0';
      for (const name of path.split('/')) {
        const { entries = [] } = await call('GET', `/folders/${id}/items?limit=1000`);
        const entry = entries.find((one) => one.name === name);
        if (!entry) throw new Error(`${path} is not on Box`);
        id = entry.id;
      }
      return id;
    },
    ready,
    root,
    asked,
    sentAgain: () => [...begun].flatMap(([part, times]) => (times > 1 ? [part] : [])),
    intercept: (intercept) => {
      current = intercept;
    },
    close: () => sandbox.close(),
    reopen: async () => {
      sandbox = await open(ready.port);
    },
  };
}
