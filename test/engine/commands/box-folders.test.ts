import { expect, test } from 'vitest';
import { openEngine, TestBox } from '../../support/engine-fixture.ts';

async function scene() {
  const box = await TestBox.start();
  const engine = await openEngine(box);
  const top = await box.makeFolder('0', 'Top');
  return { box, engine, top };
}

test('the folders in a folder come by name, with the way to it', async () => {
  const { box, engine, top } = await scene();
  const inner = await box.makeFolder(top, 'Inner');
  for (const name of ['b10', 'B2', 'a']) await box.makeFolder(inner, name);
  await box.put(inner, 'file.txt', 'x');
  const { folder, path, folders, more } = await engine.commands.boxFolders({ folderId: inner });
  expect(folder).toEqual({ id: inner, name: 'Inner' });
  expect(path).toEqual([{ id: '0', name: 'All Files' }, { id: top, name: 'Top' }]); // prettier-ignore
  expect(folders.map(({ name }) => name)).toEqual(['a', 'B2', 'b10']);
  expect(more).toBe(false);

  const root = await engine.commands.boxFolders({ folderId: '0' });
  expect(root).toEqual({
    folder: { id: '0', name: 'All Files' },
    path: [],
    folders: [{ id: top, name: 'Top' }],
    more: false,
  });
});

test('more than a thousand are cut off, and that is said', async () => {
  const { box, engine, top } = await scene();
  for (let n = 0; n < 1001; n += 50) {
    const names = Array.from({ length: Math.min(50, 1001 - n) }, (_, at) => `folder-${n + at}`);
    await Promise.all(names.map((name) => box.makeFolder(top, name)));
  }
  const { folders, more } = await engine.commands.boxFolders({ folderId: top });
  expect([folders.length, more]).toEqual([1000, true]);
  expect(new Set(folders.map(({ id }) => id)).size).toBe(1000);
}, 60_000);

test('a folder that is not there, or in the trash, is a problem', async () => {
  const { box, engine, top } = await scene();
  const problem = (code: string) => ({ problem: { code } });
  await expect(engine.commands.boxFolders({ folderId: '424242' })).rejects.toMatchObject(problem('target.not-found'));
  await box.raw('DELETE', `/folders/${top}`);
  await expect(engine.commands.boxFolders({ folderId: top })).rejects.toMatchObject(problem('target.trashed'));
});

test('a folder is made, and what Box would not take is a problem', async () => {
  const { box, engine, top } = await scene();
  const made = await engine.commands.createBoxFolder({ parentId: top, name: 'New' });
  expect(made).toEqual({ id: await box.idOf('Top/New'), name: 'New' });
  const failing = (parentId: string, name: string) => engine.commands.createBoxFolder({ parentId, name });
  await expect(failing(top, 'new')).rejects.toMatchObject({ problem: { code: 'name.taken' } });
  await expect(failing(top, 'a/b')).rejects.toMatchObject({ problem: { code: 'name.invalid' } });
  await expect(failing('424242', 'New')).rejects.toMatchObject({ problem: { code: 'target.not-found' } });
  const before = box.count('create-folder');
  box.intercept = () => ({
    answer: {
      status: 403,
      body: JSON.stringify({ type: 'error', status: 403, code: 'access_denied_insufficient_permissions' }),
    },
  });
  await expect(failing(top, 'Other')).rejects.toMatchObject({ problem: { code: 'target.no-permission' } });
  expect(box.count('create-folder')).toBe(before + 1);
});
