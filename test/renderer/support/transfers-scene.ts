// The list of transfers on a page, over a link whose other end the test is.
import type { Component } from 'svelte';
import { render } from 'vitest-browser-svelte';
import '../../../renderer/look/base.css';
import '../../../renderer/look/tokens.css';
import Shortcuts from '../../../renderer/frame/Shortcuts.svelte';
import ToastList from '../../../renderer/frame/Toasts.svelte';
import Transfers from '../../../renderer/screens/transfers/Transfers.svelte';
import { provideApp, type App } from '../../../renderer/state/app.ts';
import { Toasts } from '../../../renderer/state/toasts.svelte.ts';
import type { Overview } from '../../../shared/list-model.ts';
import type { ShellState } from '../../../shared/shell-model.ts';
import { FakeTransfers } from './fake-transfers.ts';

export interface Given {
  name: string;
  args: unknown;
}

export interface Scene {
  transfers: FakeTransfers;
  /** Every command that the page gave, in order. */
  given: Given[];
  /** Ids of transfers that were opened. */
  opened: string[];
  /** Puts the list on the page; the second time it is the same person who comes back. */
  show(): Promise<Awaited<ReturnType<typeof render>>>;
}

// The screen fills what it stands in, which is the window here.
const style = document.createElement('style');
style.textContent = '.transfers { height: 100dvh !important; }';
document.head.append(style);

/** Nothing goes on. */
export const quiet: Overview = {
  counts: { 'needs-you': 0, 'under-way': 0, waiting: 0, done: 0 },
  left: { files: 0, bytes: 0 },
  bytesPerSecond: null,
  etaMs: null,
  problem: null,
  pairs: 0,
  questions: 0,
  problems: 0,
  continued: 0,
  rule: { bytesPerSecond: null, paused: false, pausedBy: null, until: null },
};

type Answers = Record<string, (args: never) => unknown>;

export function makeScene(answers: Answers = {}, overview: Partial<Overview> = {}): Scene {
  const transfers = new FakeTransfers();
  const given: Given[] = [];
  const opened: string[] = [];
  const usual: Answers = {
    act: ({ action }: { action: string }) => ({
      done: 1,
      undoUntil: action === 'abort' ? Date.now() + 5000 : null,
      refused: [],
      refusedCount: 0,
    }),
  };
  const commands = new Proxy({} as App['session']['commands'], {
    get: (_, name: string) => async (args: never) => {
      given.push({ name, args });
      return await (answers[name] ?? usual[name])?.(args);
    },
  });
  const shell = { kind: 'browser', nativeDialogs: false, account: { id: 'ann' } } as unknown as ShellState;
  const app = {
    session: { watch: transfers.watch, commands, shell },
    router: { go: (_: string, detail: string) => opened.push(detail) },
    toasts: new Toasts(),
    overview: { now: { ...quiet, ...overview } },
    drops: {},
  } as unknown as App;
  const hostOf = (Part: typeof Transfers) =>
    ((anchor: never) => {
      provideApp(app);
      return Part(anchor, {});
    }) as unknown as Component;
  let isFramed = false;
  return { transfers, given, opened, show };

  async function show() {
    if (!isFramed) for (const part of [ToastList, Shortcuts]) await render(hostOf(part));
    isFramed = true;
    return await render(hostOf(Transfers));
  }
}
