import { describe, expect, test } from 'vitest';
import { randomBytes } from 'node:crypto';
import { getFile } from '../../main/box/files.ts';
import { uploadBigFile } from '../../main/box/upload-session/upload-big-file.ts';
import { anySignal, partSizeBytes, problemOf, quick, sha1Of, startBox } from './box-fixture.ts';

const target = { kind: 'new', parentId: '0', name: 'stream' } as const;

/** The bytes in slices of odd sizes, from a buffer that is used again. */
async function* streamOf(bytes: Buffer, onEnd: () => void = () => undefined) {
  const slice = Buffer.alloc(7001);
  try {
    for (let at = 0; at < bytes.length;) {
      const count = bytes.copy(slice, 0, at, at + 1 + ((at * 7) % 7000));
      yield await Promise.resolve(slice.subarray(0, count));
      yield Buffer.alloc(0);
      at += count;
    }
  } finally {
    onEnd();
  }
}

describe('a stream', () => {
  test.each([partSizeBytes * 9 + 1, partSizeBytes * 4, 10])(
    'of %i bytes goes up, parts lost on the way too',
    async (size) => {
      const box = await startBox();
      box.intercept((request) =>
        request.route === 'upload-part' && request.count % 3 === 2 ? { drop: true } : undefined,
      );
      const bytes = randomBytes(size);
      const progress: number[] = [];
      const result = await uploadBigFile(box.connection, {
        ...{ target, sizeBytes: size, stream: streamOf(bytes), limits: quick, signal: anySignal() },
        onProgress: (sent) => progress.push(sent),
      });
      expect(result.sha1).toBe(sha1Of(bytes));
      expect((await getFile(box.connection, result.file.id, box.options)).sha1).toBe(sha1Of(bytes));
      expect(progress).toEqual(progress.toSorted((a, b) => a - b));
      expect(progress.at(-1)).toBe(size);
    },
  );

  test.each([-1, 1, 5000])(
    'whose size is announced %i bytes off fails in clear words, and its session is aborted',
    async (off) => {
      const box = await startBox();
      const routes: string[] = [];
      box.intercept((request) => void routes.push(request.route ?? ''));
      const bytes = randomBytes(partSizeBytes * 3);
      let ended = false;
      const stream = streamOf(bytes, () => (ended = true));
      const work = uploadBigFile(box.connection, {
        ...{ target, sizeBytes: bytes.length + off, stream, limits: quick, signal: anySignal() },
      });
      expect(await problemOf(work)).toBe('content.length');
      expect(routes).toContain('abort-session');
      expect(routes).not.toContain('commit-session');
      expect(ended).toBe(true);
    },
  );

  test('that fails is told with its own reason', async () => {
    const box = await startBox();
    async function* broken() {
      yield await Promise.resolve(Buffer.alloc(10));
      throw new Error('the tape tore');
    }
    const work = uploadBigFile(box.connection, { target, sizeBytes: 100, stream: broken(), signal: anySignal() });
    await expect(work).rejects.toThrow(/the tape tore/);
  });

  test('that is stopped ends with the reason of the signal, and its session is aborted', async () => {
    const box = await startBox();
    const stop = new AbortController();
    const routes: string[] = [];
    box.intercept((request) => {
      routes.push(request.route ?? '');
      if (request.route === 'upload-part') stop.abort(new Error('enough'));
      return undefined;
    });
    const bytes = randomBytes(partSizeBytes * 8);
    const upload = { target, sizeBytes: bytes.length, stream: streamOf(bytes), signal: stop.signal };
    await expect(uploadBigFile(box.connection, upload)).rejects.toThrow('enough');
    expect(routes).toContain('abort-session');
  });
});
