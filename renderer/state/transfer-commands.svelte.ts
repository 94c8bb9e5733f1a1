import type { ListFilter } from '../../shared/list-model.ts';
import type { TransferRow } from '../../shared/model.ts';
import { count } from '../text/format.ts';
import { text } from '../text/text.svelte.ts';
import { maxNamed } from './fetch-ids.ts';
import type { Session } from './session.svelte.ts';
import type { Toasts } from './toasts.svelte.ts';
import type { AskedAction } from './transfer-actions.ts';

/** What an action is done to: named transfers, or all that a filter lets through but for some. */
export type On = { ids: readonly number[] } | { filter: ListFilter; except?: readonly number[] };

type ActOn = Parameters<Session['commands']['act']>[0]['on'];

/** The actions on transfers, with what a person is told about them. */
export class TransferCommands {
  readonly #session: Pick<Session, 'commands'>;
  readonly #toasts: Toasts;
  #undo: { until: number; run: () => void } | null = null;

  constructor(session: Pick<Session, 'commands'>, toasts: Toasts) {
    this.#session = session;
    this.#toasts = toasts;
  }

  /** Does it and says what became of it; a single one that went well is seen in its row. */
  async act(action: AskedAction, on: On): Promise<void> {
    const parts = partsOf(on);
    if (parts.length === 0) return;
    const words = text.now.transfers;
    let [done, refusedCount] = [0, 0];
    let [undoUntil, firstRefusal]: [number | null, string | null] = [null, null];
    for (const part of parts) {
      const result = await this.#toasts.attempt(this.#session.commands.act({ action, on: part }));
      if (!result) return;
      done += result.done;
      refusedCount += result.refusedCount;
      undoUntil = result.undoUntil ?? undoUntil;
      firstRefusal ??= result.refused[0]?.message ?? null;
    }
    if (action === 'abort' && done > 0) this.#offerUndo(on, done, undoUntil);
    else if (done > 1 || (action === 'next' && done > 0)) this.#toasts.show(words.did[action](done, count(done)));
    if (refusedCount === 0) return;
    const refused = words.refused(refusedCount, count(refusedCount), firstRefusal ?? '');
    this.#toasts.show(refused, { tone: 'failure' });
  }

  /** Takes the last abort back while that can be done; false when there is none. */
  undoLast(): boolean {
    const undo = this.#undo;
    if (!undo || undo.until < Date.now()) return false;
    undo.run();
    return true;
  }

  /** Opens the page of a finished upload on Box. */
  async showOnBox({ path, jobId, pairId, sizeBytes }: TransferRow): Promise<void> {
    const { commands } = this.#session;
    const found = await this.#toasts.attempt(commands.history({ text: path.slice(-200), before: null, limit: 100 }));
    if (!found) return;
    const isIt = (receipt: (typeof found.receipts)[number]) =>
      receipt.path === path && receipt.jobId === jobId && receipt.pairId === pairId && receipt.sizeBytes === sizeBytes;
    const receipt = found.receipts.find(isIt) ?? found.receipts.find((one) => one.path === path);
    if (!receipt) return void this.#toasts.show(text.now.transfers.noReceipt);
    const page = await this.#toasts.attempt(commands.boxPage({ kind: 'file', id: receipt.fileId }));
    if (!page) return;
    if (page.url === null) this.#toasts.show(text.now.transfers.noBoxPage);
    else open(page.url, '_blank', 'noopener');
  }

  async showHere({ id }: TransferRow): Promise<void> {
    await this.#toasts.attempt(this.#session.commands.showHere({ transferId: id }));
  }

  #offerUndo(on: On, done: number, undoUntil: number | null): void {
    const words = text.now.transfers;
    const until = undoUntil ?? Date.now();
    const run = () => {
      this.#undo = null;
      this.#toasts.dismiss(toast);
      void this.act('undo', undoOf(on));
    };
    const toast = this.#toasts.show(words.aborted(done, count(done)), {
      action: { label: text.now.frame.undo, run },
      durationMs: Math.max(0, until - Date.now()),
      countdown: true,
    });
    this.#undo = { until, run };
  }
}

/** What is being aborted stands under way, wherever it stood before. */
function undoOf(on: On): On {
  return 'ids' in on ? on : { ...on, filter: { ...on.filter, group: 'under-way' } };
}

function partsOf(on: On): ActOn[] {
  if ('filter' in on) return [{ filter: on.filter, ...(on.except?.length ? { except: [...on.except] } : {}) }];
  const parts: ActOn[] = [];
  for (let from = 0; from < on.ids.length; from += maxNamed) {
    const targets = on.ids.slice(from, from + maxNamed).map((id) => ({ kind: 'transfer' as const, id }));
    parts.push({ targets });
  }
  return parts;
}
