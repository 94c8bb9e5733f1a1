import { beforeEach, describe, expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import type { TransferRow } from '../../shared/model.ts';
import { makeScene, type Scene } from './support/transfers-scene.ts';

const acts = (scene: Scene) => scene.given.filter(({ name }) => name === 'act').map(({ args }) => args);
const on = (action: string, ...ids: number[]) => ({
  action,
  on: { targets: ids.map((id) => ({ kind: 'transfer', id })) },
});
const grid = () => page.getByRole('grid');
const shownNames = () => [...document.querySelectorAll('[role=row][id]')].map((row) => row.id);
const activeRow = () => grid().element().getAttribute('aria-activedescendant');
const selected = () => [...document.querySelectorAll('[role=row][aria-selected=true]')].map((row) => row.id);

function fill(scene: Scene, count: number, row: (id: number) => Partial<TransferRow> = () => ({})): Scene {
  for (let id = 1; id <= count; id += 1) scene.transfers.add({ id, ...row(id) });
  return scene;
}

async function shown(scene: Scene): Promise<{ unmount: () => Promise<void> | void }> {
  const shown = await scene.show();
  await expect.poll(() => shownNames().length).toBeGreaterThan(0);
  (grid().element() as HTMLElement).focus();
  return shown;
}

beforeEach(() => page.viewport(1280, 800));

describe('the list', () => {
  test('ten thousand rows: few of them in the page, all of them counted', async () => {
    const scene = fill(makeScene(), 10_000, (id) => ({ state: id <= 3 ? 'sending' : id <= 9000 ? 'queued' : 'done' }));
    await shown(scene);
    expect(document.querySelectorAll('[role=row]').length).toBeLessThan(60);
    const element = grid().element();
    // Three groups have a header each.
    expect(element.getAttribute('aria-rowcount')).toBe('10003');
    await userEvent.keyboard('{End}');
    await expect.poll(() => activeRow()).toBe('t10000');
    expect(document.getElementById('t10000')!.getAttribute('aria-rowindex')).toBe('10003');
    expect(document.querySelectorAll('[role=row]').length).toBeLessThan(60);
  });

  test('groups stand in their order with their counts, and the chips show one alone', async () => {
    const scene = fill(makeScene(), 6, (id) => ({ state: (['done', 'queued', 'needs-you'] as const)[id % 3]! }));
    await shown(scene);
    const groups = () => [...document.querySelectorAll('[role=rowgroup]')].map((one) => one.getAttribute('aria-label'));
    expect(groups()).toEqual(['Needs you, 2', 'Waiting, 2', 'Done, 2']);
    await page.getByRole('button', { name: 'Waiting 2', exact: true }).click();
    await expect.poll(shownNames).toEqual(['t1', 't4']);
    await expect.element(page.getByRole('button', { name: 'Done 2', exact: true })).toBeVisible();
    await page.getByRole('button', { name: 'Under way 0', exact: true }).click();
    await expect.element(page.getByText('Nothing is under way.')).toBeVisible();
    await page.getByRole('button', { name: 'Show all' }).click();
    await expect.poll(() => shownNames().length).toBe(6);
  });

  test('a group folds to its header and unfolds again; what is chosen and done means what is shown', async () => {
    const scene = fill(makeScene(), 9000, (id) => ({ state: (['done', 'queued', 'needs-you'] as const)[id % 3]! }));
    await shown(scene);
    const header = page.getByRole('button', { name: 'Rows of Waiting 3,000' });
    grid().element().scrollTop = 3000 * 64 + 5000;
    await expect.poll(() => Number(shownNames()[0]!.slice(1)) % 3).toBe(1);
    await header.click();
    await expect.element(header).toHaveAttribute('aria-expanded', 'false');
    // Its header stays where it can be clicked again, and what follows is the next group.
    await expect.poll(() => grid().element().getAttribute('aria-rowcount')).toBe('6003');
    await expect.element(header).toBeInViewport();
    await expect.poll(() => shownNames().some((id) => Number(id.slice(1)) % 3 === 0)).toBe(true);
    await userEvent.keyboard('{Control>}a{/Control}');
    await expect.element(page.getByText('6,000 selected')).toBeVisible();
    await header.click();
    await expect.poll(() => grid().element().getAttribute('aria-rowcount')).toBe('9003');
    expect(selected()).toEqual([]);
  });

  test('a row says its state and why', async () => {
    const scene = makeScene();
    const inAMinute = { reason: 'rate' as const, startedAt: Date.now(), lengthMs: 30_000 };
    scene.transfers.add({ id: 1, state: 'sending', doneBytes: 1e8, parts: { total: 1000, done: 333, inFlight: 3 } });
    scene.transfers.add({ id: 2, state: 'committing', commit: { processed: 455, total: 1000 } });
    scene.transfers.add({ id: 3, state: 'waiting', wait: inAMinute });
    scene.transfers.add({
      id: 4,
      state: 'needs-you',
      problem: { code: 'name.taken', operation: 'commit', detail: '', at: 0 },
    });
    await shown(scene);
    await expect.element(page.getByText(/Sending: 333 of 1,000 parts/)).toBeVisible();
    await expect.element(page.getByText(/Finishing on Box: 455 of 1,000 parts/)).toBeVisible();
    await expect.element(page.getByText(/Waiting because Box asked to slow down, goes on in \d\d s/)).toBeVisible();
    await expect.element(page.getByText(/The name is already taken on Box/)).toBeVisible();
  });

  test('what is dropped in a browser shows no path of the spool', async () => {
    const scene = makeScene();
    scene.transfers.add({ id: 1, path: `/data/spool/drop-${'0af4'.repeat(8)}/files/Photos/2026/a.jpg` });
    await shown(scene);
    await expect.element(page.getByRole('link', { name: 'a.jpg' })).toHaveAttribute('title', 'Photos/2026/a.jpg');
  });

  test('the one button keeps its place while it turns, and its label follows', async () => {
    const scene = fill(makeScene(), 1, () => ({ state: 'sending' }));
    await shown(scene);
    const button = () => document.querySelector<HTMLElement>('#t1 .action')!;
    const place = button().getBoundingClientRect().x;
    for (const [state, label] of [
      ['paused', 'Resume'],
      ['needs-you', 'Retry'],
      ['aborting', 'Undo the abort'],
      ['done', 'Open'],
    ] as const) {
      scene.transfers.change(1, { state });
      scene.transfers.deliver();
      await expect.poll(() => button().getAttribute('aria-label')).toBe(`${label}: film-00001.mp4`);
      expect(button().getBoundingClientRect().x).toBe(place);
    }
  });

  test('a row that did not change is left alone, ten updates a second or not', async () => {
    const scene = fill(makeScene(), 8, () => ({ state: 'sending' }));
    await shown(scene);
    const touched = new Set<string>();
    const observer = new MutationObserver((records) => {
      for (const { target, type } of records) {
        const row = (target instanceof Element ? target : target.parentElement)?.closest('[role=row]');
        touched.add(row?.id ?? `${type} outside`);
      }
    });
    observer.observe(grid().element(), { subtree: true, childList: true, characterData: true, attributes: true });
    scene.transfers.change(3, { doneBytes: 1.5e8, bytesPerSecond: 4e6 });
    scene.transfers.deliver();
    await expect.element(page.getByText('4.0 MB/s', { exact: true })).toBeVisible();
    observer.disconnect();
    expect([...touched]).toEqual(['t3']);
  });

  test('what is read stays in its place when rows go away above it', async () => {
    const scene = fill(makeScene(), 1000);
    await shown(scene);
    const element = grid().element();
    element.scrollTop = 6400;
    await expect.poll(() => document.getElementById('t104')).not.toBeNull();
    const before = document.getElementById('t104')!.getBoundingClientRect().y;
    for (let id = 1; id <= 5; id += 1) scene.transfers.change(id, { state: 'done' });
    scene.transfers.deliver();
    await expect.poll(() => document.getElementById('t104')!.getAttribute('aria-rowindex')).toBe('100');
    expect(document.getElementById('t104')!.getBoundingClientRect().y).toBe(before);
    expect(element.scrollTop).toBe(6400 - 5 * document.getElementById('t104')!.offsetHeight);
  });

  test('nothing yet: the place to drop files, and the way to choose them', async () => {
    const scene = makeScene();
    await scene.show();
    await expect.element(page.getByText('Drop files or folders here')).toBeVisible();
    await expect.element(page.getByRole('button', { name: 'Choose files…' })).toBeVisible();
  });

  test('after a restart it is said what went on, until it is dismissed', async () => {
    await shown(fill(makeScene({}, { continued: 3 }), 3));
    await expect.element(page.getByText('3 uploads continued from before')).toBeVisible();
    await page.getByRole('button', { name: 'Dismiss' }).click();
    await expect.element(page.getByText('3 uploads continued from before')).not.toBeInTheDocument();
  });
});

describe('the keyboard', () => {
  test('moves through the list, and the row is scrolled into sight', async () => {
    await shown(fill(makeScene(), 500));
    expect(activeRow()).toBe('t1');
    await userEvent.keyboard('{ArrowDown}{ArrowDown}{ArrowUp}');
    expect(activeRow()).toBe('t2');
    await userEvent.keyboard('{PageDown}');
    const far = Number(activeRow()!.slice(1));
    expect(far).toBeGreaterThan(3);
    const [row, box] = [document.getElementById(`t${far}`)!, grid().element()].map((one) =>
      one.getBoundingClientRect(),
    );
    expect(row!.bottom).toBeLessThanOrEqual(box!.bottom + 1);
    await userEvent.keyboard('{Home}');
    expect(activeRow()).toBe('t1');
  });

  test('each key does its action to the row that it is at', async () => {
    const scene = fill(makeScene(), 3, (id) => ({ state: id === 1 ? 'sending' : id === 2 ? 'queued' : 'done' }));
    await shown(scene);
    await userEvent.keyboard(' {ArrowDown}n{Delete}{ArrowDown}{Enter}');
    expect(acts(scene)).toEqual([on('pause', 1), on('next', 2), on('abort', 2)]);
    expect(scene.opened).toEqual(['3']);
    scene.transfers.change(1, { state: 'needs-you' });
    scene.transfers.deliver();
    await userEvent.keyboard('{Home}r');
    expect(acts(scene).at(-1)).toEqual(on('retry', 1));
  });

  test('the focus stays when the row goes elsewhere, and the next key means nobody else', async () => {
    const scene = fill(makeScene(), 400);
    await shown(scene);
    await userEvent.keyboard('{ArrowDown}');
    scene.transfers.change(2, { state: 'paused' });
    scene.transfers.rows.delete(2);
    scene.transfers.deliver();
    await expect.poll(() => activeRow()).toBeNull();
    expect(document.activeElement).toBe(grid().element());
    await userEvent.keyboard('{Delete}');
    expect(acts(scene)).toEqual([]);
    expect(activeRow()).toBe('t3');
    await userEvent.keyboard('{Delete}');
    expect(acts(scene)).toEqual([on('abort', 3)]);
  });

  test('the focus of a button in a row that goes away comes back to the list', async () => {
    const scene = fill(makeScene(), 3);
    await shown(scene);
    // Past the header of the group and the box of the row.
    await userEvent.keyboard('{Tab}{Tab}{Tab}');
    expect(document.activeElement?.getAttribute('aria-label')).toBe('Pause: film-00001.mp4');
    scene.transfers.rows.delete(1);
    scene.transfers.deliver();
    await expect.poll(() => document.activeElement).toBe(grid().element());
  });

  test('/ searches, Escape leaves, ? shows the keys', async () => {
    const scene = fill(makeScene(), 300);
    await shown(scene);
    await userEvent.keyboard('/00277');
    await expect.poll(shownNames).toEqual(['t277']);
    expect(scene.transfers.asked.at(-1)!.filter.text).toBe('00277');
    await userEvent.keyboard('{Escape}');
    await expect.poll(() => shownNames().length).toBeGreaterThan(1);
    await userEvent.keyboard('{Escape}?');
    await expect.element(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
    await userEvent.keyboard('{Escape}');
    await expect.element(page.getByRole('dialog')).not.toBeInTheDocument();
  });

  test('going back leads to where one was', async () => {
    const scene = fill(makeScene(), 500);
    const { unmount } = await shown(scene);
    await userEvent.keyboard('{PageDown}{PageDown}{PageDown}{PageDown}{Enter}');
    const at = activeRow();
    expect(at).not.toBe('t1');
    const { scrollTop } = grid().element();
    await unmount();
    await scene.show();
    await expect.poll(activeRow).toBe(at);
    expect(grid().element().scrollTop).toBe(scrollTop);
    await expect.poll(() => document.activeElement).toBe(grid().element());
  });
});

describe('the selection', () => {
  test('by boxes, ranges and keys; the actions are done to it', async () => {
    const scene = fill(makeScene(), 30);
    await shown(scene);
    await page.getByRole('checkbox', { name: 'Select film-00002.mp4' }).click();
    await userEvent.keyboard('{Shift>}{ArrowDown}{ArrowDown}{/Shift}');
    expect(selected()).toEqual(['t2', 't3', 't4']);
    await userEvent.keyboard('{ArrowDown}{Control>} {/Control}');
    expect(selected()).toEqual(['t2', 't3', 't4', 't5']);
    await expect.element(page.getByText('4 selected')).toBeVisible();
    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    expect(acts(scene)).toEqual([on('pause', 2, 3, 4, 5)]);
    (grid().element() as HTMLElement).focus();
    await userEvent.keyboard('{Escape}');
    expect(selected()).toEqual([]);
  });

  test('a click with Control takes one, with Shift all in between, wherever they are', async () => {
    const scene = fill(makeScene(), 900);
    await shown(scene);
    await page.getByRole('link', { name: 'film-00003.mp4' }).click({ modifiers: ['Control'] });
    expect(scene.opened).toEqual([]);
    await userEvent.keyboard('{Shift>}{End}{/Shift}');
    await expect.element(page.getByText('898 selected')).toBeVisible();
  });

  test('all under the filter: named by the filter, however many', async () => {
    const scene = fill(makeScene(), 20_000, (id) => ({ state: id % 2 ? 'queued' : 'done' }));
    await shown(scene);
    await page.getByRole('button', { name: 'Waiting 10,000', exact: true }).click();
    await expect.poll(() => grid().element().getAttribute('aria-rowcount')).toBe('10000');
    (grid().element() as HTMLElement).focus();
    await userEvent.keyboard('{Control>}a{/Control}');
    await expect.element(page.getByText('10,000 selected')).toBeVisible();
    await userEvent.keyboard('n');
    expect(acts(scene)).toEqual([{ action: 'next', on: { filter: { group: 'waiting', text: '', ownerId: null } } }]);
  });

  test('all but some: named by the filter and what is left out', async () => {
    const scene = fill(makeScene(), 500);
    await shown(scene);
    await page.getByRole('checkbox', { name: 'Select all' }).click();
    await page.getByRole('checkbox', { name: 'Select film-00002.mp4' }).click();
    await expect.element(page.getByText('499 selected')).toBeVisible();
    expect(selected()).not.toContain('t2');
    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    const filter = { group: null, text: '', ownerId: null };
    expect(acts(scene)).toEqual([{ action: 'pause', on: { filter, except: [2] } }]);
  });

  test('another filter forgets it: nothing is done unseen', async () => {
    const scene = fill(makeScene(), 30);
    await shown(scene);
    await userEvent.keyboard('{Control>} {/Control}');
    await page.getByRole('button', { name: 'Waiting 30', exact: true }).click();
    await expect.poll(selected).toEqual([]);
  });
});

describe('abort', () => {
  test('says what it means on Box, counts down, and is taken back', async () => {
    const scene = fill(makeScene(), 3);
    await shown(scene);
    await userEvent.keyboard('{Delete}');
    await expect.element(page.getByText(/What Box has of it is discarded; the local file stays/)).toBeVisible();
    await expect.element(page.getByText(/^[45] s$/)).toBeVisible();
    await page.getByRole('button', { name: 'Undo', exact: true }).click();
    expect(acts(scene)).toEqual([on('abort', 1), on('undo', 1)]);
    await expect.element(page.getByText(/What Box has of it is discarded/)).not.toBeInTheDocument();
  });

  test('of all that are shown is taken back for what is being aborted alone', async () => {
    const scene = fill(makeScene(), 3);
    await shown(scene);
    await userEvent.keyboard('{Control>}a{/Control}{Delete}');
    await expect.element(page.getByRole('button', { name: 'Undo', exact: true })).toBeVisible();
    await userEvent.keyboard('{Control>}z{/Control}');
    expect(acts(scene).at(-1)).toEqual({
      action: 'undo',
      on: { filter: { group: 'under-way', text: '', ownerId: null } },
    });
  });

  test('what could not be done is said, with the reason', async () => {
    const refused = [{ target: { kind: 'transfer', id: 1 }, message: 't1 is being finished on Box.' }];
    const scene = fill(makeScene({ act: () => ({ done: 0, undoUntil: null, refused, refusedCount: 1 }) }), 3);
    await shown(scene);
    await userEvent.keyboard('{Delete}');
    await expect.element(page.getByText('t1 is being finished on Box.')).toBeVisible();
  });
});

test('the menu of a row has what can be done to it, and gives the focus back', async () => {
  const scene = fill(makeScene(), 2);
  await shown(scene);
  await page.getByRole('button', { name: 'More actions: film-00002.mp4' }).click();
  await expect.element(page.getByRole('menuitem', { name: /Upload next/ })).toBeVisible();
  const items = [...document.querySelectorAll('[role=menuitem] span')].map((item) => item.textContent);
  expect(items).toEqual(['Details', 'Upload next', 'Pause', 'Abort']);
  await page.getByRole('menuitem', { name: /Upload next/ }).click();
  expect(acts(scene)).toEqual([on('next', 2)]);
  await expect.poll(() => document.activeElement).toBe(grid().element());
});

test('an open menu keeps its place and its lines when its row goes elsewhere; what is over is off', async () => {
  const scene = fill(makeScene(), 100, () => ({ state: 'queued' }));
  await shown(scene);
  await page.getByRole('button', { name: 'More actions: film-00001.mp4' }).click();
  const next = page.getByRole('menuitem', { name: /Upload next/ });
  await expect.element(next).toBeVisible();
  const lines = () => [...document.querySelectorAll('[role=menuitem]')].map((item) => item.getBoundingClientRect().top);
  const before = lines();
  scene.transfers.change(1, { state: 'needs-you' });
  scene.transfers.deliver();
  await expect.element(next).toHaveAttribute('aria-disabled', 'true');
  await expect.element(page.getByRole('menuitem', { name: /Abort/ })).toHaveAttribute('aria-disabled', 'false');
  // Not even where it is not among the rows in sight any more.
  scene.transfers.change(1, { state: 'done' });
  scene.transfers.deliver();
  await expect.poll(() => shownNames().includes('t1')).toBe(false);
  expect(lines()).toEqual(before);
  await page.getByRole('menuitem', { name: /Details/ }).click();
  expect(scene.opened).toEqual(['1']);
});
