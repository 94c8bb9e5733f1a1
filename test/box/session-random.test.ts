// Random faults, pauses and kills. Whatever comes: one file, its bytes ours, and no acknowledged part sent again.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { folderItems } from '../../main/box/folders.ts';
import { fileVersions } from '../../main/box/files.ts';
import { uploadNewFile } from '../../main/box/direct-upload.ts';
import { uploadThroughSession } from '../../main/box/upload-session/run.ts';
import type { UploadMemory } from '../../main/box/upload-session/journal.ts';
import type { UploadTarget } from '../../main/box/upload-session/options.ts';
import { ProblemError } from '../../shared/problem-error.ts';
import type { Interception } from '../../main/sandbox/http/intercept.ts';
import {
  BytesSource,
  partSizeBytes,
  RecordingJournal,
  sha1Of,
  startBox,
  uploadOptions,
  type Box,
} from './box-fixture.ts';

const html = { headers: { 'content-type': 'text/html' }, body: '<html>edge</html>' };
const faults = {
  reset: { drop: true },
  midBody: { dropAfterBodyBytes: 3000 },
  before500: { answer: { status: 500 } },
  after500: { afterEffect: () => ({ status: 500 }) },
  after503: { afterEffect: () => ({ status: 503, headers: { 'retry-after': '0' } }) },
  lost: { afterEffect: () => 'drop' },
  rate: { answer: { status: 429, headers: { 'retry-after': '0' } } },
  page: { answer: { status: 502, ...html } },
  portal: { answer: { status: 200, ...html } },
  nonsense: { afterEffect: (reply) => ({ status: reply.status, body: '{"entries":7,"part":{"part_id":null}}' }) },
  empty: { afterEffect: () => ({ status: 201 }) },
  pending: { answer: { status: 202, headers: { 'retry-after': '0' } } },
  refused: { answer: { status: 400, body: '{"code":"bad_digest","message":"no"}' } },
} satisfies Record<string, Interception>;
const names = Object.keys(faults) as (keyof typeof faults)[];
const routes = [
  'create-session',
  'upload-part',
  'list-parts',
  'commit-session',
  'get-session',
  'preflight-file',
  'get-file',
];

// What a fault can't be on a route without being a lie that no client could see through.
const senseless: Partial<Record<keyof typeof faults, string[]>> = {
  empty: ['create-session', 'list-parts', 'commit-session', 'get-session', 'preflight-file', 'get-file'],
  pending: routes.filter((route) => route !== 'commit-session' && route !== 'upload-part'),
  refused: routes.filter((route) => route !== 'upload-part'),
  nonsense: ['preflight-file', 'list-parts'],
  portal: ['preflight-file'],
};

interface Scene {
  parts: number;
  schedule: { route: string; fault: keyof typeof faults }[];
  kills: number[];
  version: boolean;
  conflict: boolean;
}

const scenes: fc.Arbitrary<Scene> = fc.record({
  parts: fc.integer({ min: 1, max: 9 }),
  schedule: fc.array(
    fc
      .record({ route: fc.constantFrom(...routes), fault: fc.constantFrom(...names) })
      .filter(({ route, fault }) => !senseless[fault]?.includes(route)),
    { maxLength: 14 },
  ),
  kills: fc.array(fc.integer({ min: 1, max: 25 }), { maxLength: 3 }),
  version: fc.boolean(),
  conflict: fc.boolean(),
});

async function targetOf(box: Box, scene: Scene): Promise<UploadTarget> {
  if (!scene.version) return { kind: 'new', parentId: '0', name: 'data.bin' };
  async function* open() {
    yield await Promise.resolve(Buffer.from('base'));
  }
  const content = { sizeBytes: 4, sha1: sha1Of(Buffer.from('base')), open };
  const file = await uploadNewFile(box.connection, { parentId: '0', name: 'data.bin', content }, box.options);
  return { kind: 'version', fileId: file.id, ifMatch: file.etag, baseSha1: content.sha1 };
}

/** Runs an upload as an engine does: again with what the ledger has, after each kill and after each failure that may pass. */
async function untilDone(box: Box, scene: Scene, source: BytesSource, target: UploadTarget): Promise<void> {
  let memory: UploadMemory | undefined;
  for (let run = 0; ; run += 1) {
    expect(run).toBeLessThan(30);
    const stop = new AbortController();
    const journal = new RecordingJournal();
    const acknowledged = new Set(memory?.parts.map((part) => part.index));
    let events = 0;
    journal.onEvent = (event) => {
      events += 1;
      if (event === 'opened') acknowledged.clear();
      const [, verb, index] = /^(send|done) (\d+)/.exec(event) ?? [];
      if (verb === 'send') expect(acknowledged.has(Number(index))).toBe(false);
      if (verb === 'done') acknowledged.add(Number(index));
      if (events === scene.kills[run]) stop.abort(new Error('killed'));
    };
    try {
      const options = uploadOptions(box, source, journal, { memory, target, signal: stop.signal });
      const result = await uploadThroughSession(options);
      expect(result.file.sha1).toBe(sha1Of(source.bytes));
      return;
    } catch (error) {
      const killed = error instanceof Error && error.message === 'killed';
      const passing = error instanceof ProblemError && ['retry', 'retry-after'].includes(error.class);
      if (!killed && !passing) throw error;
      const opened = journal.memory();
      if (opened) memory = opened;
      else if (memory) {
        const parts = new Map([...memory.parts, ...journal.parts.values()].map((part) => [part.index, part]));
        memory = {
          ...memory,
          parts: [...parts.values()],
          committingSha1: journal.committingSha1 ?? memory.committingSha1,
        };
      }
    }
  }
}

test('whatever the faults and the kills, the file on Box is the one here, once', async () => {
  await fc.assert(
    fc.asyncProperty(scenes, async (scene) => {
      const box = await startBox({ sessionConflict: scene.conflict });
      try {
        const target = await targetOf(box, scene);
        const left = [...scene.schedule];
        box.intercept((request) => {
          const at = left.findIndex(({ route }) => route === request.route);
          return at < 0 ? undefined : faults[left.splice(at, 1)[0]!.fault];
        });
        const source = new BytesSource(scene.parts * partSizeBytes - (scene.parts % 3) * 100);
        await untilDone(box, scene, source, target);
        box.intercept(undefined);
        const found = [];
        for await (const item of folderItems(box.connection, '0', box.options)) found.push(item);
        expect(found).toMatchObject([{ name: 'data.bin', sha1: sha1Of(source.bytes) }]);
        const versions = [];
        for await (const version of fileVersions(box.connection, found[0]!.id, box.options)) versions.push(version);
        expect(versions).toHaveLength(scene.version ? 1 : 0);
      } finally {
        await box.connection.dropConnections();
        await box.sandbox.close();
      }
    }),
    { numRuns: 60 },
  );
}, 180_000);
