// The commit and its outcomes; whatever is lost on the way, there is one file, and nothing is uploaded twice.
import { describe, expect, test } from 'vitest';
import { uploadNewFile, uploadNewVersion } from '../../main/box/direct-upload.ts';
import { getFile, moveFile } from '../../main/box/files.ts';
import { createFolder, folderItems } from '../../main/box/folders.ts';
import type { UploadTarget } from '../../main/box/upload-session/options.ts';
import { uploadThroughSession } from '../../main/box/upload-session/run.ts';
import {
  BytesSource,
  partSizeBytes,
  problemOf,
  quick,
  RecordingJournal,
  sha1Of,
  startBox,
  uploadOptions,
  type Box,
} from './box-fixture.ts';

const size = partSizeBytes * 3 + 5;

async function names(box: Box): Promise<string[]> {
  const found = [];
  for await (const item of folderItems(box.connection, '0', box.options)) found.push(item.name);
  return found;
}

async function smallFile(box: Box, name: string, bytes: Buffer) {
  async function* open() {
    yield await Promise.resolve(bytes);
  }
  const content = { sizeBytes: bytes.length, sha1: sha1Of(bytes), open };
  return uploadNewFile(box.connection, { parentId: '0', name, content }, box.options);
}

const lose = (route: string, times = 1) => {
  let left = times;
  return (request: { route: string | undefined }) =>
    request.route === route && left-- > 0 ? { afterEffect: () => 'drop' as const } : undefined;
};

describe('a commit', () => {
  test.each(['0', '0.001'])(
    'that Box is not done with is asked again (in %s s), and shows how far it is',
    async (asked) => {
      const box = await startBox({ commitRounds: 3 });
      const headers = { 'retry-after': asked };
      box.intercept((request) =>
        request.route === 'commit-session'
          ? { afterEffect: (reply) => (reply.status === 202 ? { ...reply, headers } : undefined) }
          : undefined,
      );
      const source = new BytesSource(size);
      const journal = new RecordingJournal();
      await uploadThroughSession(uploadOptions(box, source, journal));
      expect(journal.commitStates).toHaveLength(3);
      expect(journal.commitStates.every(({ total, delayMs }) => total === 4 && delayMs >= quick.commitPollMs!)).toBe(
        true,
      );
      expect(journal.sends).toHaveLength(4);
    },
  );

  test('that Box is never done with ends after its time, and the next run goes on with it', async () => {
    const box = await startBox();
    box.intercept((request) => (request.route === 'commit-session' ? { answer: { status: 202 } } : undefined));
    const source = new BytesSource(size);
    const journal = new RecordingJournal();
    const options = uploadOptions(box, source, journal, { limits: { commitTimeoutMs: 20 } });
    expect(await problemOf(uploadThroughSession(options))).toBe('box.not-ready');
    box.intercept(undefined);
    const memory = journal.memory();
    expect(memory?.committingSha1).toBe(sha1Of(source.bytes));
    const next = new RecordingJournal();
    await uploadThroughSession(uploadOptions(box, source, next, { memory }));
    expect(next.sends).toEqual([]);
  });

  test('whose answer is lost is found as a file', async () => {
    const box = await startBox();
    box.intercept(lose('commit-session'));
    const source = new BytesSource(size);
    const journal = new RecordingJournal();
    const { file } = await uploadThroughSession(uploadOptions(box, source, journal));
    expect(file.sha1).toBe(sha1Of(source.bytes));
    expect(await names(box)).toEqual(['data.bin']);
    expect(journal.sends).toHaveLength(4);
  });

  test('whose answer was lost in an earlier run counts, even when the local file has changed since', async () => {
    const box = await startBox();
    const source = new BytesSource(size);
    const journal = new RecordingJournal();
    const stop = new AbortController();
    box.intercept((request) =>
      request.route === 'commit-session'
        ? {
            afterEffect: () => {
              stop.abort(new Error('killed'));
              return 'drop';
            },
          }
        : undefined,
    );
    const first = uploadOptions(box, source, journal, { signal: stop.signal });
    await expect(uploadThroughSession(first)).rejects.toThrow('killed');
    const changed = new BytesSource(size * 2);
    const memory = journal.memory();
    const routes: string[] = [];
    box.intercept((request) => void routes.push(request.route ?? ''));
    const next = new RecordingJournal();
    const result = await uploadThroughSession(uploadOptions(box, changed, next, { memory }));
    expect(result.sha1).toBe(sha1Of(source.bytes));
    expect(next.events).toEqual([]);
    expect(routes).not.toContain('commit-session');
    expect(await names(box)).toEqual(['data.bin']);
  });

  test('that never reached Box in an earlier run is sent again from the memory alone', async () => {
    const box = await startBox();
    const source = new BytesSource(size);
    const journal = new RecordingJournal();
    const stop = new AbortController();
    journal.onEvent = (event) => event === 'committing' && stop.abort(new Error('killed'));
    const first = uploadOptions(box, source, journal, { signal: stop.signal });
    await expect(uploadThroughSession(first)).rejects.toThrow('killed');
    const memory = journal.memory();
    const changed = new BytesSource(3);
    const result = await uploadThroughSession(uploadOptions(box, changed, new RecordingJournal(), { memory }));
    expect(result.file.sha1).toBe(sha1Of(source.bytes));
  });

  test('that misses parts for a while is repeated; for good, they are listed and sent again', async () => {
    const box = await startBox();
    const missing = { status: 400, body: '{"type":"error","code":"parts_mismatch","message":"No matching part"}' };
    box.intercept((request) =>
      request.route === 'commit-session' && request.count <= 4 ? { answer: missing } : undefined,
    );
    const journal = new RecordingJournal();
    await uploadThroughSession(uploadOptions(box, new BytesSource(size), journal));
    expect(journal.sends).toHaveLength(4);

    box.intercept((request) => (request.route === 'commit-session' ? { answer: missing } : undefined));
    const never = new RecordingJournal();
    const target: UploadTarget = { kind: 'new', parentId: '0', name: 'other' };
    const limits = { commitPartsTries: 1, sessions: 1 };
    const work = uploadThroughSession(uploadOptions(box, new BytesSource(size), never, { target, limits }));
    expect(await problemOf(work)).toBe('session.parts-missing');
    expect(never.sends).toHaveLength(4);
  });

  test('to a name that was taken meanwhile says by what, and is done when it is the same content', async () => {
    const box = await startBox();
    const source = new BytesSource(size);
    for (const [bytes, expected] of [
      [source.bytes, 'none'],
      [Buffer.from('other'), 'name.taken'],
    ] as const) {
      const target: UploadTarget = { kind: 'new', parentId: '0', name: `to ${expected}` };
      const journal = new RecordingJournal();
      let taken = false;
      box.intercept(async (request) => {
        if (request.route !== 'commit-session' || taken) return undefined;
        taken = true;
        await smallFile(box, target.name.toUpperCase(), bytes);
        return undefined;
      });
      expect(await problemOf(uploadThroughSession(uploadOptions(box, source, journal, { target })))).toBe(expected);
    }
    const folder: UploadTarget = { kind: 'new', parentId: '0', name: 'a folder' };
    await createFolder(box.connection, { parentId: '0', name: 'A FOLDER' }, box.options);
    const work = uploadThroughSession(uploadOptions(box, source, new RecordingJournal(), { target: folder }));
    expect(await problemOf(work)).toBe('name.taken-by-folder');
  });
});

describe('a new version', () => {
  async function versionTarget(box: Box) {
    const base = Buffer.from('the first version');
    const file = await smallFile(box, 'versioned', base);
    const target = { kind: 'version', fileId: file.id, ifMatch: file.etag, baseSha1: sha1Of(base) } as const;
    return { file, target };
  }

  test('replaces the content under the same id', async () => {
    const box = await startBox();
    const { file, target } = await versionTarget(box);
    const source = new BytesSource(size);
    const named = { ...target, name: 'renamed' };
    const result = await uploadThroughSession(uploadOptions(box, source, new RecordingJournal(), { target: named }));
    expect(result.file).toMatchObject({ id: file.id, name: 'renamed', sha1: sha1Of(source.bytes) });
  });

  test('takes the new etag when only that has moved, in the same session', async () => {
    const box = await startBox();
    const { file, target } = await versionTarget(box);
    await moveFile(box.connection, { fileId: file.id, name: 'moved' }, box.options);
    const journal = new RecordingJournal();
    const source = new BytesSource(size);
    const result = await uploadThroughSession(uploadOptions(box, source, journal, { target }));
    expect(result.file).toMatchObject({ id: file.id, name: 'moved', sha1: sha1Of(source.bytes) });
    expect(journal.sends).toHaveLength(4);
  });

  test('of a file that somebody changed is a conflict, and their content stays', async () => {
    const box = await startBox();
    const { file, target } = await versionTarget(box);
    const theirs = Buffer.from('their content');
    async function* open() {
      yield await Promise.resolve(theirs);
    }
    const content = { sizeBytes: theirs.length, sha1: sha1Of(theirs), open };
    await uploadNewVersion(box.connection, { fileId: file.id, content, ifMatch: file.etag }, box.options);
    const work = uploadThroughSession(uploadOptions(box, new BytesSource(size), new RecordingJournal(), { target }));
    expect(await problemOf(work)).toBe('conflict.changed-on-box');
    expect((await getFile(box.connection, file.id, box.options)).sha1).toBe(sha1Of(theirs));
  });

  test('whose own commit moved the etag is done', async () => {
    const box = await startBox();
    const { target } = await versionTarget(box);
    // The answer is lost twice, and the session still answers: the second commit meets a stale etag or a gone session.
    box.intercept(lose('commit-session'));
    const source = new BytesSource(size);
    const result = await uploadThroughSession(uploadOptions(box, source, new RecordingJournal(), { target }));
    expect(result.file.sha1).toBe(sha1Of(source.bytes));
  });
});
