import { CallError } from '../../../shared/call-error.ts';
import type { View } from '../../../shared/progress-contract.ts';
import type { Boxcar } from '../open-boxcar.ts';
import type { Current, Shell } from './shell.ts';

const mostViews = 100;

interface OpenView {
  view: View;
  accountId: string | undefined;
  /** The Boxcar that it is open in, or being opened. */
  boxcar: Boxcar | undefined;
  opened: { close(): Promise<void> } | undefined;
}

/** Whether a view means the same in another account: it names nothing of one. */
function isOfAnyAccount(view: View): boolean {
  if (view.kind === 'list') return view.filter.ownerId === null;
  return view.kind === 'overview' || view.kind === 'pairs' || view.kind === 'pair-events';
}

/**
 * The views of one page. They outlive the Boxcar that they were opened in: where another takes its place they go on in that,
 * with a first batch that is whole; those that name something of an account that was left end silently.
 */
export class PageViews {
  readonly #shell: Shell;
  readonly #send: (subscription: number, batch: unknown) => Promise<void>;
  readonly #views = new Map<number, OpenView>();
  readonly #endListening: () => void;
  #last = 0;
  #isOver = false;

  /** @param send settles when the page has taken the batch; the next one of that view leaves only then. */
  constructor(shell: Shell, send: (subscription: number, batch: unknown) => Promise<void>) {
    this.#shell = shell;
    this.#send = send;
    this.#endListening = shell.onBoxcar((current) => this.#moveTo(current));
  }

  async open(view: View): Promise<number> {
    if (this.#views.size >= mostViews) throw new CallError('refused', `A page has at most ${mostViews} views.`);
    const subscription = (this.#last += 1);
    const entry: OpenView = { view, accountId: undefined, boxcar: undefined, opened: undefined };
    this.#views.set(subscription, entry);
    try {
      const boxcar = await this.#shell.boxcar();
      entry.accountId ??= this.#shell.account()?.id;
      if (entry.boxcar === undefined) await this.#openIn(boxcar, subscription, entry);
      return subscription;
    } catch (error) {
      this.#views.delete(subscription);
      throw error;
    }
  }

  async close(subscription: number): Promise<void> {
    const entry = this.#views.get(subscription);
    this.#views.delete(subscription);
    await entry?.opened?.close();
  }

  /** The page is gone. */
  async end(): Promise<void> {
    this.#isOver = true;
    this.#endListening();
    await Promise.allSettled([...this.#views.keys()].map((subscription) => this.close(subscription)));
  }

  async #openIn(boxcar: Boxcar, subscription: number, entry: OpenView): Promise<void> {
    entry.boxcar = boxcar;
    const isCurrent = () => !this.#isOver && entry.boxcar === boxcar && this.#views.get(subscription) === entry;
    const opened = await boxcar.subscribe(entry.view, async (batch) => {
      if (isCurrent()) await this.#send(subscription, batch);
    });
    if (isCurrent()) entry.opened = opened;
    else await opened.close();
  }

  #moveTo({ accountId, boxcar }: Current): void {
    for (const [subscription, entry] of this.#views) {
      if (entry.boxcar === undefined || entry.boxcar === boxcar) continue;
      if (entry.accountId !== accountId && !isOfAnyAccount(entry.view)) {
        this.#views.delete(subscription);
        continue;
      }
      entry.accountId = accountId;
      entry.opened = undefined;
      // What it named may be gone with the Boxcar it was in.
      this.#openIn(boxcar, subscription, entry).catch(() => this.#views.delete(subscription));
    }
  }
}
