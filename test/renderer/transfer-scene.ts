// A page with one transfer on it, over a link whose other end the test is.
import type { Component } from 'svelte';
import { render } from 'vitest-browser-svelte';
import '../../renderer/look/base.css';
import '../../renderer/look/tokens.css';
import type { Bridge, PageCommands } from '../../renderer/link.ts';
import Toasts from '../../renderer/frame/Toasts.svelte';
import Transfer from '../../renderer/screens/transfer/Transfer.svelte';
import { provideApp, type App } from '../../renderer/state/app.ts';
import { Session } from '../../renderer/state/session.svelte.ts';
import { Toasts as ToastList } from '../../renderer/state/toasts.svelte.ts';
import type { TransferBatch } from '../../shared/list-model.ts';
import type { PartRow, TransferRow } from '../../shared/model.ts';
import type { Problem } from '../../shared/problem.ts';
import type { Batch } from '../../shared/progress-contract.ts';

const partSizeBytes = 8_388_608;

export const stalled: Problem = {
  code: 'network.stalled',
  operation: 'PUT part 7',
  detail: 'No byte moved for 60 s',
  requestId: 'req-0815',
  at: Date.UTC(2026, 0, 2, 3, 4, 5),
};

export function rowOf(changes: Partial<TransferRow> = {}): TransferRow {
  return {
    id: 41,
    jobId: 7,
    pairId: null,
    path: 'Films/2026/holiday.mov',
    kind: 'session',
    state: 'sending',
    wait: null,
    sizeBytes: 160 * partSizeBytes,
    doneBytes: 80 * partSizeBytes,
    bytesPerSecond: 12_300_000,
    parts: { total: 160, done: 80, inFlight: 3 },
    commit: null,
    attempts: 1,
    problem: null,
    updatedAt: Date.now(),
    ...changes,
  };
}

export function batchOf(codes: string | null, changes: Partial<TransferBatch> = {}): TransferBatch {
  return {
    transfer: rowOf(),
    ...(codes === null ? {} : { map: { codes } }),
    origins: {
      onBoxBytes: 16 * partSizeBytes,
      resumedBytes: 24 * partSizeBytes,
      sentBytes: 40 * partSizeBytes,
      inFlightBytes: 2 * partSizeBytes,
    },
    session: {
      id: 'F971964745A5CD0C001BBE4E58196BFD',
      expiresAt: new Date(Date.now() + 6 * 86_400_000).toISOString(),
      partSizeBytes,
      totalParts: codes?.length ?? 160,
    },
    moving: [],
    throughput: { spanMs: 1000, bytes: [9e6, 11e6, 12e6, 4e6, 0, 8e6, 12.5e6, 12e6, 12.3e6, 3e6] },
    ...changes,
  };
}

/** What the engine would say of a part, by its code. */
export function partRowOf(index: number, code: string): PartRow {
  const states: Record<string, PartRow['state']> = {
    p: 'pending',
    h: 'hashing',
    s: 'sending',
    u: 'unsure',
    w: 'waiting',
  };
  const origins: Record<string, PartRow['origin']> = { d: 'sent', r: 'resumed', b: 'on-box' };
  const state = states[code] ?? 'done';
  return {
    index,
    offset: index * partSizeBytes,
    sizeBytes: partSizeBytes,
    state,
    origin: origins[code] ?? null,
    attempts: state === 'waiting' ? 3 : 1,
    sha1: state === 'done' ? index.toString(16).padStart(40, '0') : null,
    partId: null,
    sentBytes: 0,
    problem: state === 'waiting' ? stalled : null,
  };
}

export interface Scene {
  /** Every command that the page gave, in order. */
  given: { name: string; args: unknown }[];
  push: (batch: TransferBatch) => Promise<void>;
  /** What `partRows` answers from. */
  codes: string;
}

export type Answers = Partial<{ [Name in keyof PageCommands]: (args: never) => unknown }>;

/** Shows the transfer; resolves once its view is open. */
export async function showTransfer(answers: Answers = {}, transferId = 41): Promise<Scene> {
  const scene: Scene = { given: [], push: () => Promise.resolve(), codes: '' };
  const usual: Answers = {
    shell: () => ({ phase: 'ready', account: { id: 'a1', kind: 'sandbox', label: 'Sandbox', signIn: 'ok' } }),
    transfer: () => rowOf(),
    timeline: () => ({
      states: [
        { at: 1_770_000_000_000, state: 'queued', note: null },
        { at: 1_770_000_003_000, state: 'sending', note: 'resumed' },
      ],
      requests: [{ at: 1_770_000_004_000, operation: 'PUT part 7', requestId: 'req-0815' }],
    }),
    partRows: ({ from, count }: { from: number; count: number }) => ({
      total: scene.codes.length,
      parts: [...scene.codes.slice(from, from + count)].map((code, at) => partRowOf(from + at, code)),
    }),
    act: () => ({ done: 1, undoUntil: Date.now() + 5000, refused: [], refusedCount: 0 }),
    history: () => ({ receipts: [], total: 0, next: null }),
  };
  let opened: (onBatch: (batch: Batch) => void | Promise<void>) => void;
  const view = new Promise<(batch: Batch) => void | Promise<void>>((resolve) => (opened = resolve));
  const bridge: Bridge = {
    wholeFolders: false,
    connect: () =>
      Promise.resolve({
        commands: new Proxy({} as PageCommands, {
          get: (_, name: string) => async (args: never) => {
            scene.given.push({ name, args });
            const answer = (answers[name as keyof PageCommands] ?? usual[name as keyof PageCommands])?.(args);
            return (await answer) as never;
          },
        }),
        subscribe: (asked, onBatch) => {
          if (asked.kind === 'transfer') opened(onBatch);
          return Promise.resolve({ close: () => Promise.resolve() });
        },
        takeFiles: () => Promise.resolve([]),
        closed: new Promise<void>(() => undefined),
      }),
  };
  const session = new Session(bridge);
  void session.keep();
  const toasts = new ToastList();
  const app = { session, toasts, router: { go: (screen: string) => scene.given.push({ name: 'go', args: screen }) } };
  // Stands for the page's own root: gives both components the app.
  const host = ((...[anchor, props]: Parameters<Component<{ transferId: number }>>) => {
    provideApp(app as unknown as App);
    Toasts(anchor, {});
    return Transfer(anchor, props);
  }) as unknown as Component<{ transferId: number }>;
  await render(host, { transferId });
  scene.push = async (batch) => {
    if (batch.map && 'codes' in batch.map) scene.codes = batch.map.codes;
    await (
      await view
    )({ kind: 'transfer', ...batch });
  };
  return scene;
}
