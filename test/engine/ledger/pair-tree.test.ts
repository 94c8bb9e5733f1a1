import { expect, test } from 'vitest';
import { pairOptionsSchema } from '../../../shared/pair-model.ts';
import { openTestLedger } from './support.ts';

test('with a folder go the open questions about all that is in it, and no answer', async () => {
  const { db, ledger, accountId } = await openTestLedger();
  const open = db.transaction(() => {
    const place = { path: '/pair', pathRaw: null, target: '1', targetFolderId: '1' };
    const pairId = ledger.pairs.add({ accountId, ...place, options: pairOptionsSchema.parse({}), now: 1 });
    const root = ledger.tree.ensureRoot(ledger.pairs.get(pairId)!);
    const add = (parentId: number, name: string) =>
      ledger.tree.addFolder({ pairId, parentId, name, nameRaw: null, now: 1, dev: '1', inode: '2', birthtimeNs: null });
    const ask = (folderId: number) => {
      const about = { ownerId: pairId, kind: 'name' as const, fileId: null, folderId, path: '/pair', text: '?' };
      return ledger.questions.ask({ ...about, detail: {} }, 1).question.id;
    };
    const going = add(root.id, 'going');
    const [below, beside] = [add(going, 'below '), add(root.id, 'beside ')];
    const skipped = add(going, 'skipped ');
    ledger.questions.answer(ask(skipped), 'skip', 2);
    for (const id of [going, below]) ask(id);
    const kept = ask(beside);
    ledger.tree.removeFolder(going);
    expect(ledger.questions.isLeftOut('folder', skipped, '/pair')).toBe(true);
    expect(ledger.questions.count(pairId)).toBe(1);
    return { kept, rows: ledger.questions.open({ ownerId: pairId, after: 0, limit: 10 }) };
  });
  expect(open.rows.map(({ id }) => id)).toEqual([open.kept]);
});
