import type { TransferGroup } from '../../shared/list-model.ts';
import type { TransferRow } from '../../shared/model.ts';
import { ActiveRow } from './active-row.svelte.ts';
import type { App } from './app.ts';
import { fetchIds } from './fetch-ids.ts';
import type { GridKey } from './grid-keys.ts';
import { GridView } from './grid-view.svelte.ts';
import { Selection } from './selection.svelte.ts';
import { spaceAction, type AskedAction, type PrimaryAction } from './transfer-actions.ts';
import { TransferCommands, type On } from './transfer-commands.svelte.ts';
import { TransferList } from './transfer-list.svelte.ts';

interface Place {
  accountId: string | null;
  filter: TransferList['filter'];
  active: { index: number; id: number | null };
  scrollPx: number;
}

/** Where somebody was before a transfer was opened: going back leads there. */
const places = new WeakMap<App['session'], Place>();

/** The list of transfers as one person uses it: what is shown, where they are in it, what is chosen, what is done. */
export class TransfersScreen {
  readonly list: TransferList;
  readonly view: GridView;
  readonly active: ActiveRow;
  readonly selection = new Selection();
  readonly commands: TransferCommands;
  /** Whether somebody comes back to the list. */
  readonly isReturn: boolean;
  readonly #app: Pick<App, 'session' | 'toasts' | 'router'>;
  #range = 0;

  constructor(app: Pick<App, 'session' | 'toasts' | 'router'>) {
    this.#app = app;
    const kept = places.get(app.session);
    const place = kept?.accountId === this.#accountId ? kept : undefined;
    this.list = new TransferList(app.session, place?.filter, place?.active.index);
    this.view = new GridView(this.list, place?.scrollPx);
    this.active = new ActiveRow(this.list, place?.active);
    this.commands = new TransferCommands(app.session, app.toasts);
    this.isReturn = place !== undefined;
  }

  get #accountId(): string | null {
    return this.#app.session.shell?.account?.id ?? null;
  }

  /** The words or the group of the filter. What was chosen under another one would be done unseen. */
  filterBy(changes: { group?: TransferGroup | null; text?: string }): void {
    const filter = { ...this.list.filter, ...changes };
    if (filter.group === this.list.filter.group && filter.text === this.list.filter.text) return;
    this.selection.clear();
    this.active.index = 0;
    this.active.id = null;
    this.view.startOver();
    this.list.choose(filter);
  }

  /** Shows of a group only how many it has, or its rows again. */
  fold(group: TransferGroup): void {
    const { filter } = this.list;
    const folded = new Set(filter.folded);
    if (!folded.delete(group)) folded.add(group);
    // What was chosen in it would be done unseen.
    this.selection.clear();
    const box = this.view.layout.boxes.find((one) => one.group === group);
    this.view.stayAt(group);
    this.list.choose({ ...filter, folded: [...folded] }, Math.min(this.view.first, box?.first ?? 0));
  }

  /** What is chosen, or else the row that the keyboard is at; null when neither is there. */
  target(): On | null {
    const { now } = this.selection;
    if (now.kind === 'all') return { filter: this.list.filter, except: [...now.except] };
    if (now.ids.size > 0) return { ids: [...now.ids] };
    return this.active.confirm() && this.active.id !== null ? { ids: [this.active.id] } : null;
  }

  async act(action: AskedAction, on: On | null = this.target()): Promise<void> {
    if (on) await this.commands.act(action, on);
  }

  async primary(action: PrimaryAction, id: number): Promise<void> {
    if (action === 'open') this.open(id);
    else await this.commands.act(action, { ids: [id] });
  }

  open(id: number): void {
    this.#app.router.go('transfers', String(id));
  }

  /** One row into the selection or out of it. */
  toggle(index: number): void {
    this.active.moveTo(index);
    if (this.active.id !== null) this.selection.toggle(this.active.id);
    if (this.selection.count(this.list.total) === 0) this.selection.clear();
  }

  /** From the row that was chosen last to this one, whatever lies between. */
  async extendTo(index: number): Promise<void> {
    const { list, selection, active } = this;
    const anchorId = selection.anchorId ?? active.id;
    const from = anchorId === null ? -1 : list.indexOf(anchorId);
    const start = from >= 0 ? from : active.index;
    selection.anchorId = anchorId;
    active.moveTo(index);
    const range = { first: Math.min(start, active.index), last: Math.max(start, active.index), total: list.total };
    const known = list.known.ids.slice(Math.max(0, range.first - list.known.from), range.last - list.known.from + 1);
    const turn = (this.#range += 1);
    const isKnown = range.first >= list.known.from && known.length === range.last - range.first + 1;
    const ids = isKnown ? known : await fetchIds(this.#app.session, list.filter, range);
    // Another range may have been chosen while it was asked for.
    if (turn === this.#range) selection.put(ids);
  }

  /** Does what a key means; `pageRows` is how many rows are in sight. */
  async press(key: GridKey, pageRows: number): Promise<void> {
    const { active, selection } = this;
    switch (key.kind) {
      case 'move': {
        const steps = { row: 1, page: Math.max(1, pageRows - 1), end: this.list.total }[key.by];
        const before = active.index;
        if (key.extends) await this.extendTo(before + key.direction * steps);
        else active.moveBy(key.direction * steps);
        this.view.reveal(active.index);
        return;
      }
      case 'act':
        return this.act(key.action);
      case 'space':
        return this.#space();
      case 'open':
        if (active.confirm() && active.id !== null) this.open(active.id);
        return;
      case 'toggle':
        return this.toggle(active.index);
      case 'all':
        return selection.all();
      case 'escape':
        if (selection.isEmpty) this.filterBy({ text: '' });
        else selection.clear();
        return;
      case 'undo':
        this.commands.undoLast();
    }
  }

  close(): void {
    const { list, active, view } = this;
    const { filter } = list;
    const at = { index: active.index, id: active.id };
    places.set(this.#app.session, { accountId: this.#accountId, filter, active: at, scrollPx: view.scrollPx });
    list.close();
  }

  async #space(): Promise<void> {
    const target = this.target();
    if (!target) return;
    const rows = this.#rowsOf(target);
    const action = spaceAction(rows.map(({ state }) => state));
    if (action) return this.act(action, target);
    // Of one that failed there is nothing to pause: the key does what its button does.
    if (rows.length === 1 && rows[0]!.state === 'needs-you') return this.act('retry', target);
  }

  /** Those of a target that are known here. */
  #rowsOf(on: On): TransferRow[] {
    const ids = 'ids' in on ? on.ids : this.list.known.ids.filter((id) => !on.except?.includes(id));
    return ids.flatMap((id) => this.list.cell(id)?.row ?? []);
  }
}
