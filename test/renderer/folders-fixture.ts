import { CallError } from '../../shared/call-error.ts';
import { pairOptionsSchema, type PairSummary, type Preview } from '../../shared/pair-model.ts';
import type { Batch, View } from '../../shared/progress-contract.ts';
import type { ShellState } from '../../shared/shell-model.ts';
import type { Bridge, PageCommands } from '../../renderer/link.ts';
import type { App } from '../../renderer/state/app.ts';
import { Router } from '../../renderer/state/router.svelte.ts';
import { Session } from '../../renderer/state/session.svelte.ts';
import { Toasts } from '../../renderer/state/toasts.svelte.ts';

export const shell: ShellState = {
  version: '0.1.0',
  kind: 'browser',
  platform: 'linux',
  nativeDialogs: false,
  dataFolder: '/home/ann/.local/share/boxcar',
  phase: 'ready',
  message: null,
  problem: null,
  account: { id: 'a1', kind: 'sandbox', label: 'Sandbox', signIn: 'ok' },
  accounts: [],
  lost: [],
  kept: [],
};

/** A shell at the other end of the bridge: it answers with the given commands and sends batches to open views. */
export function fakeShell(commands: Partial<PageCommands>, given: Partial<ShellState> = {}) {
  const state = { ...shell, ...given };
  const views = new Map<View['kind'], Set<(batch: Batch) => void | Promise<void>>>();
  const latest = new Map<View['kind'], Batch>();
  const answered = new Proxy({ shell: () => Promise.resolve(state), ...commands } as PageCommands, {
    get: (all, name: string) =>
      all[name as keyof PageCommands] ??
      (() => Promise.reject(new CallError('internal', `${name} is not expected in this test.`))),
  });
  const bridge: Bridge = {
    wholeFolders: false,
    connect: () =>
      Promise.resolve({
        commands: answered,
        closed: new Promise<void>(() => undefined),
        subscribe(view, onBatch) {
          const open = views.get(view.kind) ?? new Set();
          views.set(view.kind, open.add(onBatch));
          const batch = latest.get(view.kind);
          if (batch) void onBatch(batch);
          return Promise.resolve({ close: () => Promise.resolve(void open.delete(onBatch)) });
        },
        takeFiles: () => Promise.reject(new Error('no files here')),
      }),
  };
  return {
    bridge,
    send(batch: Batch) {
      latest.set(batch.kind, batch);
      for (const onBatch of views.get(batch.kind) ?? []) void onBatch(batch);
    },
    sendPairs(pairs: PairSummary[], rest: { bytesPerSecond?: number; etaMs?: number } = {}) {
      const { bytesPerSecond = null, etaMs = null } = rest;
      const rule = { bytesPerSecond: null, paused: false, pausedBy: null, until: null };
      this.send({ kind: 'pairs', progress: { pairs, bytesPerSecond, etaMs, active: [] }, rule });
    },
  };
}

/** The page's state over such a shell, its link open, at an address. */
export async function openApp(fake: ReturnType<typeof fakeShell>, address: string): Promise<App> {
  location.hash = address;
  const session = new Session(fake.bridge);
  const app = { session, router: new Router(), toasts: new Toasts() } as unknown as App;
  const isOpen = Promise.withResolvers<void>();
  const stop = session.watch({ kind: 'pair-events' }, () => undefined);
  void session.keep();
  const look = () => (session.link === 'open' ? isOpen.resolve() : queueMicrotask(look));
  look();
  await isOpen.promise;
  stop();
  return app;
}

export function pairSummary(changes: Partial<PairSummary> = {}): PairSummary {
  return {
    id: 1,
    path: '/home/ann/Documents',
    target: '/Team/Documents',
    targetFolderId: '200',
    state: 'synced',
    problem: null,
    pausedUntil: null,
    options: pairOptionsSchema.parse({}),
    counts: {
      files: 1204,
      folders: 80,
      synced: 1204,
      pending: 0,
      failed: 0,
      kept: 0,
      special: 0,
      left: 0,
      failedFolders: 0,
    },
    totalBytes: 2_100_000_000,
    syncedBytes: 2_100_000_000,
    scan: null,
    scannedAt: Date.now(),
    watch: { mode: 'watching', watches: 81, limit: 65_536, fallbackFolders: [], fallbackCount: 0 },
    questions: 0,
    createdAt: Date.now(),
    ...changes,
  };
}

export function preview(changes: Partial<Preview> = {}): Preview {
  return {
    files: 120,
    folders: 8,
    bytes: 5_000_000,
    onBox: { files: 20, bytes: 1_000_000 },
    toSend: { files: 97, bytes: 4_000_000 },
    conflicts: { files: 0, paths: [] },
    paceMs: 24_000,
    ignored: { entries: 0, examples: [] },
    names: { count: 0, findings: [] },
    unreadable: [],
    ...changes,
  };
}

/** Folders of this computer and of Box, as the pickers ask for them. */
export function fakeFolders() {
  const place = (path: string) => `place${btoa(path).replace(/[^\w-]/g, '_')}`.padEnd(16, '_');
  const here: Record<string, string[]> = {
    '/home/ann': ['Documents', 'Music', 'Pictures', 'Äpfel', '.config'],
    '/home/ann/Pictures': ['2023', '2024'],
    '/home/ann/Pictures/2024': [],
    '/home': ['ann'],
  };
  const paths = new Map(
    [
      ...Object.keys(here),
      ...Object.entries(here).flatMap(([path, names]) => names.map((name) => `${path}/${name}`)),
    ].map((path) => [place(path), path]),
  );
  const box = new Map([
    ['0', { name: 'All Files', parent: '' }],
    ['100', { name: 'Team', parent: '0' }],
    ['101', { name: 'Private', parent: '0' }],
    ['200', { name: 'Documents', parent: '100' }],
  ]);
  const refOf = (id: string) => ({ id, name: box.get(id)!.name });
  return {
    place,
    box,
    commands: {
      browse: ({ place: asked }) => {
        const path = asked === null ? '/home/ann' : paths.get(asked)!;
        const parent = path.slice(0, path.lastIndexOf('/'));
        return Promise.resolve({
          here: { place: place(path), path },
          parent: parent in here ? place(parent) : null,
          folders: (here[path] ?? []).map((name) => ({ name, place: place(`${path}/${name}`) })),
          more: false,
        });
      },
      boxFolders: ({ folderId }) => {
        const path: { id: string; name: string }[] = [];
        for (let id = box.get(folderId)!.parent; id !== ''; id = box.get(id)!.parent) path.unshift(refOf(id));
        const folders = [...box].filter(([, { parent }]) => parent === folderId).map(([id]) => refOf(id));
        return Promise.resolve({ folder: refOf(folderId), path, folders, more: false });
      },
      createBoxFolder: ({ parentId, name }) => {
        if ([...box.values()].some((one) => one.parent === parentId && one.name === name)) {
          return Promise.reject(new CallError('problem', `The name is already taken on Box: ${name}`));
        }
        const id = String(300 + box.size);
        box.set(id, { name, parent: parentId });
        return Promise.resolve({ id, name });
      },
    } satisfies Partial<PageCommands>,
  };
}
