// Going on after the process ended anywhere.
import { describe, expect, test } from 'vitest';
import { abortSession, getSession } from '../../main/box/upload-session/session-calls.ts';
import { uploadThroughSession } from '../../main/box/upload-session/run.ts';
import { uploadNewFile } from '../../main/box/direct-upload.ts';
import type { UploadMemory } from '../../main/box/upload-session/journal.ts';
import {
  BytesSource,
  partSizeBytes,
  problemOf,
  RecordingJournal,
  sha1Of,
  startBox,
  uploadOptions,
  type Box,
} from './box-fixture.ts';

const size = partSizeBytes * 8 + 11;

/** An upload that ended after some parts. */
async function interrupted(
  box: Box,
  source: BytesSource,
  afterParts = 3,
  parallelParts = 4,
): Promise<RecordingJournal> {
  const journal = new RecordingJournal();
  const stop = new AbortController();
  journal.onEvent = () => journal.parts.size >= afterParts && stop.abort(new Error('killed'));
  const options = uploadOptions(box, source, journal, { signal: stop.signal, parallelParts });
  await expect(uploadThroughSession(options)).rejects.toThrow('killed');
  journal.onEvent = () => undefined;
  return journal;
}

async function resume(box: Box, source: BytesSource, memory: UploadMemory | undefined) {
  const journal = new RecordingJournal();
  const result = await uploadThroughSession(uploadOptions(box, source, journal, { memory }));
  expect(result.file.sha1).toBe(sha1Of(source.bytes));
  return journal;
}

describe('an upload goes on', () => {
  test('with the parts that Box has, and sends only the others', async () => {
    const box = await startBox();
    const source = new BytesSource(size);
    const before = await interrupted(box, source);
    const acknowledged = [...before.parts.keys()];
    const after = await resume(box, source, before.memory());
    expect(after.sessionsOpened).toBe(0);
    expect(after.sends.filter((index) => acknowledged.includes(index))).toEqual([]);
    expect(after.events.filter((event) => event.endsWith('resumed')).length).toBeGreaterThanOrEqual(3);
    expect(new Set([...after.parts.keys()]).size).toBe(9);
  });

  test('also with parts whose answers were never stored', async () => {
    const box = await startBox();
    const source = new BytesSource(size);
    const before = await interrupted(box, source);
    const after = await resume(box, source, { ...before.memory()!, parts: [] });
    expect(after.sends.filter((index) => before.parts.has(index))).toEqual([]);
  });

  test('with all of them where Box lists fewer at a time than it is asked for', async () => {
    const box = await startBox();
    const source = new BytesSource(size);
    const before = await interrupted(box, source, 7, 1);
    let pages = 0;
    box.intercept(({ route, query }) => {
      if (route !== 'list-parts') return undefined;
      pages += 1;
      query.set('limit', '2');
      return undefined;
    });
    const after = await resume(box, source, { ...before.memory()!, parts: [] });
    expect(pages).toBeGreaterThanOrEqual(4);
    expect(after.sends.filter((index) => before.parts.has(index))).toEqual([]);
  });

  test('sending again what the memory has and Box has not', async () => {
    const box = await startBox();
    const source = new BytesSource(size);
    const before = await interrupted(box, source);
    const memory = before.memory()!;
    const invented = { index: 8, offset: 8 * partSizeBytes, sizeBytes: 11, partId: 'X', sha1: 'f'.repeat(40) };
    const parts = [...memory.parts.filter((part) => part.index !== 8), { ...invented, origin: 'sent' as const }];
    const after = await resume(box, source, { ...memory, parts });
    expect(after.sends).toContain(8);
  });

  test('taking the memory for what the list does not reach', async () => {
    const box = await startBox();
    const source = new BytesSource(size);
    const before = await interrupted(box, source, 5, 1);
    // The list claims to go on beyond all reach and shows nothing.
    box.intercept((request) =>
      request.route === 'list-parts'
        ? {
            answer: {
              status: 200,
              body: JSON.stringify({ entries: before.memory()!.parts.slice(0, 1).map(asEntry), total_count: 20_000 }),
            },
          }
        : undefined,
    );
    const after = await resume(box, source, before.memory());
    expect(after.sends.filter((index) => before.parts.has(index))).toEqual([]);
  });

  test('anew when the session is gone', async () => {
    const box = await startBox();
    const source = new BytesSource(size);
    const before = await interrupted(box, source);
    const session = before.session!;
    await abortSession(box.connection, { url: session.endpoints.abort }, box.options);
    const after = await resume(box, source, before.memory());
    expect(after.sessionsOpened).toBe(1);
    expect(after.sends).toHaveLength(9);
    expect(after.session!.endpoints.uploadPart).not.toBe(session.endpoints.uploadPart);
  });

  test('anew when its time is over by the clock of Box, without asking for it', async () => {
    const box = await startBox();
    const source = new BytesSource(size);
    const before = await interrupted(box, source);
    const memory = before.memory()!;
    const routes: string[] = [];
    box.intercept((request) => void routes.push(request.route ?? ''));
    const expired = { ...memory, session: { ...memory.session, expiresAt: new Date(Date.now() - 5000).toISOString() } };
    await resume(box, source, expired);
    expect(routes).not.toContain('get-session');
  });

  test('not at all when the session is gone and the file is there', async () => {
    const box = await startBox();
    const source = new BytesSource(size);
    const before = await interrupted(box, source);
    await abortSession(box.connection, { url: before.session!.endpoints.abort }, box.options);
    const content = {
      sizeBytes: size,
      sha1: sha1Of(source.bytes),
      open: () => source.read({ index: 0, offset: 0, sizeBytes: size }),
    };
    await uploadNewFile(box.connection, { parentId: '0', name: 'data.bin', content }, box.options);
    const after = await resume(box, source, before.memory());
    expect(after.events).toEqual([]);
  });

  test('in a new session, the old one aborted, when what Box has is not ours', async () => {
    const box = await startBox();
    const source = new BytesSource(size);
    const before = await interrupted(box, source);
    const other = new BytesSource(size);
    const committed: string[] = [];
    box.intercept((request) => {
      if (request.route === 'commit-session') committed.push(request.path);
      return undefined;
    });
    const after = await resume(box, other, before.memory());
    // What is not ours is seen before the commit, and not by Box's refusal.
    expect(committed).toHaveLength(1);
    expect(committed[0]).not.toContain(before.session!.id);
    expect(after.sessionsOpened).toBe(1);
    const old = getSession(box.connection, { url: before.session!.endpoints.status }, box.options);
    expect(await problemOf(old)).toBe('session.gone');
  });
});

const asEntry = (part: { partId: string; offset: number; sizeBytes: number; sha1: string }) => ({
  part_id: part.partId,
  offset: part.offset,
  size: part.sizeBytes,
  sha1: part.sha1,
});

test('killed and taken up again at every event, an upload sends each acknowledged part once', async () => {
  const box = await startBox();
  const source = new BytesSource(partSizeBytes * 5 + 1);
  let memory: UploadMemory | undefined;
  const sends: number[] = [];
  const acknowledged = new Set<number>();
  for (let runs = 0; ; runs += 1) {
    expect(runs).toBeLessThan(40);
    const journal = new RecordingJournal();
    const stop = new AbortController();
    let events = 0;
    journal.onEvent = (event) => {
      const sending = /^send (\d+)/.exec(event);
      if (sending) {
        sends.push(Number(sending[1]));
        expect(acknowledged.has(Number(sending[1]))).toBe(false);
      }
      events += 1;
      if (events === runs + 1) stop.abort(new Error('killed'));
    };
    try {
      const options = uploadOptions(box, source, journal, { memory, signal: stop.signal, parallelParts: 3 });
      const result = await uploadThroughSession(options);
      expect(result.file.sha1).toBe(sha1Of(source.bytes));
      break;
    } catch (error) {
      expect(String(error)).toContain('killed');
      const opened = journal.memory();
      if (opened) {
        memory = opened;
        acknowledged.clear();
      } else if (memory) {
        const parts = new Map([...memory.parts, ...journal.parts.values()].map((part) => [part.index, part]));
        memory = { ...memory, parts: [...parts.values()], committingSha1: journal.committingSha1 };
      }
      for (const part of memory?.parts ?? []) acknowledged.add(part.index);
    }
  }
  expect(new Set(sends).size).toBe(6);
});
