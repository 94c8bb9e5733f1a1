import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listFilterSchema } from '../../../shared/list-model.ts';
import type { Batch } from '../../../shared/progress-contract.ts';
import { content, holdAt, mebibyte, openEngine, TestBox, writeOld } from '../../support/engine-fixture.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { SeenList, SeenTransfer } from './support-views.ts';

test('an upload in parts as the screens see it, from its first parts to Box’s request ids', async () => {
  const box = await TestBox.start();
  const held = holdAt('upload-part', 8);
  box.intercept = held.intercept;
  const list = new SeenList();
  const transfer = new SeenTransfer();
  const totals: Extract<Batch, { kind: 'overview' }>[] = [];
  let wake = (): void => undefined;
  const engine = await openEngine(box, {
    onBatch: (batch) => {
      if (batch.kind === 'list') list.take(batch);
      if (batch.kind === 'transfer') transfer.take(batch);
      if (batch.kind === 'overview') totals.push(batch);
      wake();
    },
  });
  const until = async (isSo: () => boolean) => {
    while (!isSo()) await new Promise<void>((resolve) => (wake = resolve));
  };
  const path = join(temporaryFolder(), 'large.bin');
  writeOld(path, content(24 * mebibyte));
  const watch = await engine.start([path], { partsInParallel: 2 });
  await engine.commands.subscribe({ view: { kind: 'overview', hidden: false } });
  await engine.commands.subscribe({ view: { kind: 'list', filter: listFilterSchema.parse({}), from: 0, count: 50 } });
  await held.reached;
  await until(() => list.ids.length === 1);
  const transferId = list.ids[0]!;
  await engine.commands.subscribe({ view: { kind: 'transfer', transferId } });
  const stateInList = () => (list.shown.rows as { state: string }[])[0]?.state;
  await until(() => /^d{7}.*s/.test(transfer.codes) && stateInList() === 'sending');
  expect(transfer.shown).toMatchObject({ session: { totalParts: 24, partSizeBytes: mebibyte } });
  expect(list.shown.rows).toMatchObject([{ path, state: 'sending', parts: { total: 24 } }]);
  held.release();
  await watch.rest();
  await until(
    () =>
      list.counts?.done === 1 &&
      transfer.codes === 'd'.repeat(24) &&
      totals.at(-1)?.overview.left.files === 0 &&
      stateInList() === 'done',
  );
  expect(list.shown).toMatchObject({
    counts: { done: 1, 'under-way': 0 },
    rows: [{ state: 'done', doneBytes: 24 * mebibyte }],
  });
  const { requests } = await engine.commands.timeline({ transferId });
  const operations = requests.map(({ operation }) => operation);
  expect(operations).toEqual(expect.arrayContaining(['create upload session', 'PUT part 0', 'commit upload session']));
  expect(requests.every(({ requestId }) => requestId.length > 5)).toBe(true);
});
