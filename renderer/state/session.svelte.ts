import { CallError } from '../../shared/call-error.ts';
import type { Show } from '../../shared/page-contract.ts';
import type { Batch, View } from '../../shared/progress-contract.ts';
import type { ShellState } from '../../shared/shell-model.ts';
import type { Bridge, Link, PageCommands } from '../link.ts';

const firstRetryMs = 500;
const lastRetryMs = 10_000;

interface OpenView {
  view: View;
  onBatch: (batch: Batch) => void | Promise<void>;
  opened: { close(): Promise<void> } | undefined;
}

/**
 * The page's link to its shell, kept: when it drops, it is opened again with growing pauses and every open view with it. Commands
 * given meanwhile are refused at once, so that a person sees it.
 */
export class Session {
  /** connecting: not once open yet; lost: open before, and tried again; refused: this page's link isn't valid any more. */
  link = $state<'connecting' | 'open' | 'lost' | 'refused'>('connecting');
  shell = $state.raw<ShellState | null>(null);
  /** When it is tried again, while it is lost. */
  retryAt = $state<number | null>(null);
  /** What the shell asks to bring up. */
  onShow: (what: Show) => void = () => undefined;
  readonly commands: PageCommands;
  readonly wholeFolders: boolean;
  readonly #bridge: Bridge;
  readonly #views = new Set<OpenView>();
  #open: Link | undefined;
  /** The account whose engine the views are of; null while there is none. */
  #engine: string | null = null;
  /** Another one with each link and engine: what was asked of an earlier one is not kept. */
  #turn = 0;
  #retryNow: () => void = () => undefined;

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
    this.wholeFolders = bridge.wholeFolders;
    // One object for all links, so that whoever holds it needn't know when the link changed.
    this.commands = new Proxy({} as PageCommands, {
      get: (_, name: string) => (args: never) => {
        const link = this.#open;
        if (!link) return Promise.reject(new CallError('link-lost', 'Boxcar does not answer at the moment.'));
        return (link.commands[name as keyof PageCommands] as (args: never) => Promise<unknown>)(args);
      },
    });
  }

  /** Opens the link and keeps it; returns only when the shell refuses this page. */
  async keep(): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        const link = await this.#bridge.connect({
          onShell: (shell) => this.#take(shell),
          onShow: (what) => this.onShow(what),
        });
        attempt = 0;
        const shell = await link.commands.shell({});
        this.#open = link;
        // What was told before the link stood here has opened no view.
        this.#engine = null;
        this.#take(shell);
        this.link = 'open';
        this.retryAt = null;
        await link.closed;
      } catch (error) {
        if (error instanceof CallError && error.code === 'refused') {
          this.link = 'refused';
          return;
        }
      }
      this.#open = undefined;
      if (this.link === 'open') this.link = 'lost';
      this.#engine = null;
      for (const view of this.#views) view.opened = undefined;
      await this.#pause(Math.min(lastRetryMs, firstRetryMs * 2 ** attempt));
    }
  }

  /** Tries the lost link again now. */
  retry(): void {
    this.#retryNow();
  }

  takeFiles: Link['takeFiles'] = (files, options) => {
    if (!this.#open) return Promise.reject(new CallError('link-lost', 'Boxcar does not answer at the moment.'));
    return this.#open.takeFiles(files, options);
  };

  /** Opens a view until the returned function is called; it is opened again with each new link. */
  watch(view: View, onBatch: (batch: Batch) => void | Promise<void>): () => void {
    const open: OpenView = { view, onBatch, opened: undefined };
    this.#views.add(open);
    if (this.#open && this.#engine !== null) void this.#subscribe(open, this.#open);
    return () => {
      this.#views.delete(open);
      void open.opened?.close();
    };
  }

  /** Views are of one engine: with another account, or the first, they are opened anew. */
  #take(shell: ShellState): void {
    this.shell = shell;
    const engine = shell.phase === 'ready' || shell.phase === 'restarting' ? (shell.account?.id ?? null) : null;
    if (engine === this.#engine) return;
    this.#engine = engine;
    this.#turn += 1;
    for (const view of this.#views) {
      void view.opened?.close();
      view.opened = undefined;
      if (engine !== null && this.#open) void this.#subscribe(view, this.#open);
    }
  }

  async #subscribe(open: OpenView, link: Link): Promise<void> {
    const turn = this.#turn;
    const isCurrent = () => this.#views.has(open) && this.#open === link && this.#turn === turn;
    try {
      const opened = await link.subscribe(open.view, (batch) => {
        if (isCurrent()) return open.onBatch(batch);
      });
      // It may have been closed, or opened anew in another engine, while it was being opened.
      if (isCurrent()) open.opened = opened;
      else await opened.close();
    } catch (error) {
      // What it shows is gone (another account, a removed pair), or the link is: the next link opens it again.
      if (!(error instanceof CallError)) throw error;
    }
  }

  #pause(delayMs: number): Promise<void> {
    this.retryAt = Date.now() + delayMs;
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, delayMs);
      this.#retryNow = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
