// Every operation against the sandbox.
import { describe, expect, test } from 'vitest';
import { uploadNewFile, uploadNewVersion } from '../../main/box/direct-upload.ts';
import { currentEventPosition, listEvents } from '../../main/box/events.ts';
import { deleteFile, fileVersions, getFile, moveFile, restoreFile } from '../../main/box/files.ts';
import {
  createFolder,
  deleteFolder,
  ensureFolder,
  folderItems,
  getFolder,
  moveFolder,
  restoreFolder,
} from '../../main/box/folders.ts';
import { preflight } from '../../main/box/preflight.ts';
import { purgeTrashed, trashedItems } from '../../main/box/trash.ts';
import {
  abortSession,
  commitSession,
  createSession,
  createVersionSession,
  getSession,
  listAllParts,
  logSessionEvent,
  uploadPart,
} from '../../main/box/upload-session/session-calls.ts';
import { getCurrentUser } from '../../main/box/users.ts';
import type { BoxError } from '../../main/box/box-error.ts';
import type { Intercept } from '../../main/sandbox/http/intercept.ts';
import { partSizeBytes, problemOf, sha1Of, startBox, type Box } from './box-fixture.ts';

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

function contentOf(text: string | Buffer) {
  const bytes = Buffer.from(text);
  async function* open() {
    yield await Promise.resolve(bytes);
  }
  return { sizeBytes: bytes.length, sha1: sha1Of(bytes), open };
}

const upload = (box: Box, name: string, text: string, parentId = '0') =>
  uploadNewFile(box.connection, { parentId, name, content: contentOf(text) }, box.options);

describe('folders', () => {
  test('are created, found, moved, renamed, trashed and restored', async () => {
    const box = await startBox();
    const { connection, options } = box;
    const a = await createFolder(connection, { parentId: '0', name: 'a' }, options);
    const b = await createFolder(connection, { parentId: '0', name: 'b' }, options);
    expect(await ensureFolder(connection, { parentId: '0', name: 'A' }, options)).toMatchObject({
      folder: { id: a.id },
      created: false,
    });
    expect((await getFolder(connection, a.id, options)).parentId).toBe('0');
    const moved = await moveFolder(connection, { folderId: a.id, parentId: b.id, name: 'a2' }, options);
    expect(moved).toMatchObject({ name: 'a2', parentId: b.id });
    expect(await problemOf(deleteFolder(connection, { folderId: b.id }, options))).toBe('box.unexpected');
    await deleteFolder(connection, { folderId: b.id, recursive: true }, options);
    expect(await problemOf(getFolder(connection, b.id, options))).toMatch(/target\.(trashed|not-found)/);
    expect((await collect(trashedItems(connection, options))).map(({ name }) => name)).toEqual(['b']);
    expect((await restoreFolder(connection, { folderId: b.id }, options)).id).toBe(b.id);
    expect(await problemOf(getFolder(connection, '99999', options))).toBe('target.not-found');
    expect(await problemOf(createFolder(connection, { parentId: '0', name: 'x/y' }, options))).toBe('name.invalid');
    await upload(box, 'a file', 'x');
    expect(await problemOf(createFolder(connection, { parentId: '0', name: 'A FILE' }, options))).toBe(
      'name.taken-by-file',
    );
  });

  test('list every item, and skip what is not known', async () => {
    const box = await startBox();
    for (let i = 0; i < 7; i += 1) await upload(box, `f${i}`, `${i}`);
    box.intercept((request) => {
      if (request.route !== 'list-items') return undefined;
      return {
        afterEffect: (reply) => {
          const page = JSON.parse(reply.body!) as { entries: unknown[] };
          return {
            ...reply,
            body: JSON.stringify({ ...page, order: {}, entries: [{ type: 'hologram' }, ...page.entries] }),
          };
        },
      };
    });
    const items = await collect(folderItems(box.connection, '0', box.options));
    expect(items.map(({ name }) => name).toSorted()).toEqual(['f0', 'f1', 'f2', 'f3', 'f4', 'f5', 'f6']);
    expect(items[0]).toMatchObject({ type: 'file', sizeBytes: 1 });
  });

  test('list nothing where an entry is none: asked again, and told with the place', async () => {
    const box = await startBox();
    await upload(box, 'mine', 'x');
    let odd = 1;
    box.intercept((request) => {
      if (request.route !== 'list-items' || odd === 0) return undefined;
      odd -= 1;
      return {
        afterEffect: (reply) => {
          const page = JSON.parse(reply.body!) as { entries: unknown[] };
          return {
            ...reply,
            body: JSON.stringify({ ...page, entries: [...page.entries, { type: 'file', name: 'odd' }] }),
          };
        },
      };
    });
    expect(await collect(folderItems(box.connection, '0', box.options))).toMatchObject([{ name: 'mine' }]);
    odd = Infinity;
    const error = await collect(folderItems(box.connection, '0', box.options)).catch((thrown: unknown) => thrown);
    expect((error as BoxError).problem).toMatchObject({ code: 'box.unavailable', operation: 'list folder' });
    expect((error as BoxError).problem.detail).toMatch(/^the answer is not understood: entries\.1\.id: /);
  });

  test('whose answer to create was lost are found, and told from one that stood there', async () => {
    const box = await startBox();
    let lost = false;
    box.intercept((request) => {
      if (request.route !== 'create-folder' || lost) return undefined;
      lost = true;
      return { afterEffect: () => 'drop' };
    });
    const made = await createFolder(box.connection, { parentId: '0', name: 'mine' }, box.options);
    expect(made.name).toBe('mine');
    expect(await problemOf(createFolder(box.connection, { parentId: '0', name: 'mine' }, box.options))).toBe(
      'name.taken',
    );
  });
});

describe('a folder whose name is taken by what Box does not tell', () => {
  const silent: Intercept = ({ route }) => {
    if (route !== 'create-folder') return undefined;
    return {
      afterEffect: (reply) => (reply.status === 409 ? { ...reply, body: '{"code":"item_name_in_use"}' } : reply),
    };
  };
  const place = { parentId: '0', name: 'Mine' };

  test('is looked for in its parent', async () => {
    const box = await startBox();
    await createFolder(box.connection, { parentId: '0', name: 'other' }, box.options);
    const { id } = await createFolder(box.connection, { parentId: '0', name: 'mine' }, box.options);
    box.intercept(silent);
    const found = { folder: { id, name: 'mine' }, created: false };
    expect(await ensureFolder(box.connection, place, box.options)).toMatchObject(found);
    expect(await problemOf(createFolder(box.connection, place, box.options))).toBe('name.taken');
  });

  test('is the one that was made, where the answer to that was lost', async () => {
    const box = await startBox();
    let lost = false;
    box.intercept((request) => {
      if (request.route !== 'create-folder' || lost) return silent(request);
      lost = true;
      return { afterEffect: () => 'drop' };
    });
    expect(await createFolder(box.connection, place, box.options)).toMatchObject({ name: 'Mine' });
  });

  test('is said to be taken by a file where it is one, and to be taken where nothing is found', async () => {
    const box = await startBox();
    await upload(box, 'mine', 'x');
    box.intercept(silent);
    expect(await problemOf(ensureFolder(box.connection, place, box.options))).toBe('name.taken-by-file');
    box.intercept(({ route }) =>
      route === 'create-folder' ? { answer: { status: 409, body: '{"code":"item_name_in_use"}' } } : undefined,
    );
    const reserved = { parentId: '0', name: 'nothing' };
    expect(await problemOf(ensureFolder(box.connection, reserved, box.options))).toBe('name.taken');
  });
});

describe('files', () => {
  test('go up in one request, get versions, move, and are trashed and restored', async () => {
    const box = await startBox();
    const { connection, options } = box;
    const when = new Date('2001-02-03T04:05:06.700Z');
    const content = contentOf('one');
    const file = await uploadNewFile(
      connection,
      { parentId: '0', name: 'ä "b".txt', content, attributes: { contentModifiedAt: when, contentCreatedAt: when } },
      options,
    );
    expect(file).toMatchObject({ name: 'ä "b".txt', sizeBytes: 3, sha1: content.sha1 });
    expect(Date.parse(file.contentModifiedAt!)).toBe(Date.parse('2001-02-03T04:05:06Z'));
    expect((await upload(box, 'empty', '')).sizeBytes).toBe(0);
    const version = { fileId: file.id, content: contentOf('two'), ifMatch: file.etag };
    const second = await uploadNewVersion(connection, version, options);
    expect(second.id).toBe(file.id);
    expect(await problemOf(uploadNewVersion(connection, version, options))).toBe('conflict.changed-on-box');
    const versions = await collect(fileVersions(connection, file.id, options));
    expect(versions.map(({ sha1 }) => sha1)).toEqual([content.sha1]);
    const folder = await createFolder(connection, { parentId: '0', name: 'd' }, options);
    const moved = await moveFile(connection, { fileId: file.id, parentId: folder.id, name: 'n' }, options);
    expect(moved).toMatchObject({ parentId: folder.id, name: 'n', sha1: contentOf('two').sha1 });
    expect(await problemOf(deleteFile(connection, { fileId: file.id, ifMatch: 'stale' }, options))).toBe(
      'conflict.changed-on-box',
    );
    await deleteFile(connection, { fileId: file.id, ifMatch: moved.etag }, options);
    expect(await problemOf(getFile(connection, file.id, options))).toMatch(/target\.(trashed|not-found)/);
    expect((await restoreFile(connection, { fileId: file.id, name: 'back' }, options)).name).toBe('back');
    await deleteFile(connection, { fileId: file.id }, options);
    await purgeTrashed(connection, { type: 'file', id: file.id }, options);
    expect(await collect(trashedItems(connection, options))).toEqual([]);
  });

  test('with a wrong digest are refused, and a delete whose answer was lost is done', async () => {
    const box = await startBox();
    const wrong = { ...contentOf('abc'), sha1: '0'.repeat(40) };
    const work = uploadNewFile(box.connection, { parentId: '0', name: 'x', content: wrong }, box.options);
    expect(await problemOf(work)).toBe('content.digest');
    const file = await upload(box, 'x', 'abc');
    let lost = false;
    box.intercept((request) => {
      if (request.route !== 'delete-file' || lost) return undefined;
      lost = true;
      return { afterEffect: () => ({ status: 503 }) };
    });
    await deleteFile(box.connection, { fileId: file.id }, box.options);
    expect(await problemOf(deleteFile(box.connection, { fileId: file.id }, box.options))).not.toBe('none');
  });

  test('are asked about beforehand', async () => {
    const box = await startBox({ quota: '1kB', maxFile: '1MB' });
    const { connection, options } = box;
    await preflight(connection, { parentId: '0', name: 'new', sizeBytes: 5 }, options);
    const file = await upload(box, 'There', 'abc');
    const error = await preflight(connection, { parentId: '0', name: 'there' }, options).catch(
      (thrown: unknown) => thrown,
    );
    expect((error as BoxError).conflicts).toMatchObject([{ type: 'file', id: file.id, sha1: contentOf('abc').sha1 }]);
    await preflight(connection, { fileId: file.id, sizeBytes: 5 }, options);
    expect(await problemOf(preflight(connection, { parentId: '0', name: 'b', sizeBytes: 5000 }, options))).toBe(
      'account.quota',
    );
    expect(await problemOf(preflight(connection, { parentId: '0', name: 'b', sizeBytes: 2e6 }, options))).toBe(
      'target.size-limit',
    );
    expect(await problemOf(preflight(connection, { parentId: '77', name: 'b' }, options))).toBe('target.not-found');
  });
});

test('the account and its events are read', async () => {
  const box = await startBox();
  expect((await getCurrentUser(box.connection, box.options)).id).toMatch(/\d/);
  const start = await currentEventPosition(box.connection, box.options);
  const file = await upload(box, 'seen', 'x');
  const page = await listEvents(box.connection, { position: start }, box.options);
  expect(page.events.find(({ source }) => source?.id === file.id)).toMatchObject({
    source: { type: 'file', name: 'seen' },
  });
  expect(page.nextPosition).not.toBe('');
});

describe('an upload session by its id', () => {
  test('is created, read, filled, listed, logged and committed with the listed parts', async () => {
    const box = await startBox();
    const { connection, options } = box;
    const bytes = Buffer.alloc(partSizeBytes + 10, 'x');
    const session = await createSession(connection, { parentId: '0', name: 's', sizeBytes: bytes.length }, options);
    const at = { sessionId: session.id };
    expect((await getSession(connection, at, options)).partSizeBytes).toBe(partSizeBytes);
    for (const [index, offset] of [0, partSizeBytes].entries()) {
      const content = contentOf(bytes.subarray(offset, offset + partSizeBytes));
      const part = { index, offset, totalBytes: bytes.length, ...content };
      expect(await uploadPart(connection, at, part, options)).toMatchObject({ offset, sha1: content.sha1 });
      expect(await problemOf(uploadPart(connection, at, part, options))).toBe('part.unsure');
    }
    expect((await listAllParts(connection, at, options)).parts).toHaveLength(2);
    await logSessionEvent(connection, at, { eventType: 'test' }, options);
    const wrong = { sha1: '0'.repeat(40) };
    expect(await problemOf(commitSession(connection, at, wrong, options))).toBe('content.digest');
    const done = await commitSession(connection, at, { sha1: sha1Of(bytes) }, options);
    expect(done).toMatchObject({ outcome: 'committed', file: { name: 's', sizeBytes: bytes.length } });
    await abortSession(connection, at, options);
  });

  test('and by its URL for a version, and aborting it twice is no error', async () => {
    const box = await startBox();
    const { connection, options } = box;
    const file = await upload(box, 'v', 'old');
    const session = await createVersionSession(connection, { fileId: file.id, sizeBytes: 3 }, options);
    const { endpoints } = session;
    const part = { index: 0, offset: 0, totalBytes: 3, ...contentOf('new') };
    await uploadPart(connection, { url: endpoints.uploadPart! }, part, options);
    const stale = { sha1: sha1Of(Buffer.from('new')), ifMatch: 'stale' };
    expect(await problemOf(commitSession(connection, { url: endpoints.commit! }, stale, options))).toBe(
      'conflict.changed-on-box',
    );
    await abortSession(connection, { url: endpoints.abort! }, options);
    await abortSession(connection, { url: endpoints.abort! }, options);
    expect(await problemOf(getSession(connection, { url: endpoints.status! }, options))).toBe('session.gone');
  });

  test('is refused for what Box would refuse', async () => {
    const box = await startBox({ minSessionFile: 20_000_000 });
    const { connection, options } = box;
    const create = (name: string, sizeBytes: number, parentId = '0') =>
      problemOf(createSession(connection, { parentId, name, sizeBytes }, options));
    expect(await create('small', 1000)).toBe('content.too-small-for-session');
    expect(await create('lost', 30_000_000, '777')).toBe('target.not-found');
    await upload(box, 'taken', 'x');
    expect(await create('TAKEN', 30_000_000)).toBe('name.taken');
  });
});
