import { expect, test } from 'vitest';
import { PageShows } from '../../main/electron/page/page-shows.ts';
import type { Show } from '../../shared/page-contract.ts';

const show = (id: number): Show => ({ kind: 'target', target: { kind: 'transfer', id } });

test('what is to be shown waits for a page, and comes in order', async () => {
  const shows = new PageShows();
  shows.add(show(1));
  shows.add(show(2));
  const seen: Show[] = [];
  const both = Promise.withResolvers<void>();
  shows.attach((what) => {
    seen.push(what);
    if (seen.length === 2) both.resolve();
    return Promise.resolve();
  });
  await both.promise;
  expect(seen).toEqual([show(1), show(2)]);
});

test('a page that goes before it has shown it leaves it to the next', async () => {
  const shows = new PageShows();
  const asked = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  shows.attach(() => {
    asked.resolve();
    return gone.promise;
  });
  shows.add(show(1));
  await asked.promise;
  const shown = Promise.withResolvers<Show>();
  shows.attach((what) => Promise.resolve(shown.resolve(what)));
  gone.reject(new Error('reloaded'));
  expect(await shown.promise).toEqual(show(1));
});

test('the end of an old page takes nothing from the new one', async () => {
  const shows = new PageShows();
  const old = () => Promise.resolve();
  shows.attach(old);
  const shown = Promise.withResolvers<Show>();
  shows.attach((what) => Promise.resolve(shown.resolve(what)));
  shows.detach(old);
  shows.add(show(5));
  expect(await shown.promise).toEqual(show(5));
});
