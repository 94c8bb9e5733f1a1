import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { factsKey, type LedgerFacts } from '../../../main/engine/ledger/facts.ts';
import {
  emptySha1,
  outcomeUnknown,
  planFile,
  type FileFacts,
  type FileOnBox,
  type LiveTransfer,
} from '../../../main/engine/plan/plan-file.ts';

const facts: LedgerFacts = { dev: '1', inode: '2', sizeBytes: 10, mtimeNs: '3', ctimeNs: '4', birthtimeNs: null };
const other: LedgerFacts = { ...facts, mtimeNs: '9' };
const sha1 = 'a'.repeat(40);
const theirs = 'b'.repeat(40);
const onBox: FileOnBox = {
  type: 'file',
  id: '7',
  name: 'File.txt',
  etag: '1',
  sha1: theirs,
  sizeBytes: 11,
  versionId: '8',
};
const base = { fileId: '7', etag: '1', sha1: theirs };

const plain: FileFacts = {
  name: 'file.txt', facts, digest: null, bound: null, live: null, onBox: null, parentBoxId: '5', twinOf: null,
  policy: 'version', copyName: () => 'copy.txt',
}; // prettier-ignore
const transfer: LiveTransfer = {
  id: 3, kind: 'direct', facts, intendedSha1: null, base: null, name: 'file.txt', parentBoxId: '5',
}; // prettier-ignore
const known = { sha1, factsKey: factsKey(facts) };
const bound = { fileId: '7', name: 'File.txt', etag: '1', versionId: '8', sha1 };

describe('what happens to one file', () => {
  const cases: [string, Partial<FileFacts>, object][] = [
    ['not on Box: sent', {}, { do: 'send', name: 'file.txt', base: null, supersedes: null }],
    ['known and unchanged', { digest: known, bound, onBox: { ...onBox, sha1 } }, { do: 'unchanged' }],
    ['on Box with the same digest, not known as ours: adopted', { digest: known, onBox: { ...onBox, sha1 } }, { do: 'adopt', sha1 }],
    ['empty here and there: adopted without reading', { facts: { ...facts, sizeBytes: 0 }, onBox: { ...onBox, sha1: emptySha1, sizeBytes: 0 } }, { do: 'adopt', sha1: emptySha1 }],
    ['same size, digest unknown: compared', { onBox: { ...onBox, sizeBytes: 10 } }, { do: 'check', supersedes: null }],
    ['size on Box unknown: compared', { onBox: { ...onBox, sizeBytes: null } }, { do: 'check' }],
    ['a digest of another revision does not count', { digest: { sha1, factsKey: factsKey(other) }, onBox: { ...onBox, sha1, sizeBytes: 10 } }, { do: 'check' }],
    ['other content: a version under the name on Box', { onBox }, { do: 'send', name: 'File.txt', base }],
    ['other content, skip: kept', { onBox, policy: 'skip' }, { do: 'keep' }],
    ['other content, keep-both: a copy', { onBox, policy: 'keep-both' }, { do: 'send', name: 'copy.txt', base: null }],
    ['our own copy with keep-both: its next version', { onBox: { ...onBox, sha1 }, bound, policy: 'keep-both' }, { do: 'send', name: 'File.txt' }],
    ['our own copy that somebody changed, keep-both: another copy', { onBox, bound, policy: 'keep-both' }, { do: 'send', name: 'copy.txt' }],
    ['a twin', { twinOf: 'FILE.txt' }, { do: 'fail', code: 'name.twins' }],
    ['a bad name', { name: 'a\\b' }, { do: 'fail', code: 'name.invalid' }],
    ['a long name', { name: 'x'.repeat(256) }, { do: 'fail', code: 'name.too-long' }],
    ['a folder in its place', { onBox: { type: 'folder', id: '1', name: 'file.txt' } }, { do: 'fail', code: 'name.taken-by-folder' }],
    ['a bookmark in its place', { onBox: { type: 'web_link', id: '1', name: 'file.txt' } }, { do: 'fail', code: 'name.taken-by-folder' }],
    ['a transfer of this revision goes on', { live: transfer }, { do: 'continue', transferId: 3, base: null }],
    ['a transfer of another revision gives way', { live: { ...transfer, facts: other } }, { do: 'send', supersedes: 3 }],
    ['a transfer to another folder gives way', { live: { ...transfer, parentBoxId: '6' } }, { do: 'send', supersedes: 3 }],
    ['a transfer of a version of another file gives way', { live: { ...transfer, base: { ...base, fileId: '9' } }, onBox }, { do: 'send', base, supersedes: 3 }],
    ['a transfer of a version takes the etag of now', { live: { ...transfer, base: { ...base, etag: '0' } }, onBox }, { do: 'continue', base }],
    ['a comparison that is under way goes on', { live: { ...transfer, kind: 'check', base }, onBox: { ...onBox, sizeBytes: 10 } }, { do: 'continue' }],
    ['a copy keeps the name it was given', { live: { ...transfer, name: 'copy of before.txt' }, onBox, policy: 'keep-both' }, { do: 'continue', transferId: 3 }],
    ['a copy of another revision keeps the name too', { live: { ...transfer, facts: other, name: 'copy of before.txt' }, onBox, policy: 'keep-both' }, { do: 'send', name: 'copy of before.txt', supersedes: 3 }],
    ['what was intended has arrived', { live: { ...transfer, intendedSha1: theirs }, onBox }, { do: 'finish', transferId: 3, sha1: theirs }],
    ['a commit without an outcome comes first', { live: { ...transfer, kind: 'session', intendedSha1: sha1, facts: other }, onBox }, { do: 'settle-commit', transferId: 3 }],
    ['even for a twin', { live: { ...transfer, kind: 'session', intendedSha1: sha1 }, twinOf: 'x' }, { do: 'settle-commit' }],
  ]; // prettier-ignore
  test.each(cases)('%s', (_, given, expected) => {
    expect(planFile({ ...plain, ...given })).toMatchObject(expected);
  });

  const digest = fc.constantFrom(sha1, theirs, emptySha1);
  const revision = fc.constantFrom(facts, other, { ...facts, sizeBytes: 0 }, { ...facts, sizeBytes: 11 });
  const someBase = fc.option(fc.constantFrom(base, { ...base, etag: '0' }, { ...base, fileId: '9' }));
  const anything: fc.Arbitrary<FileFacts> = fc.record({
    name: fc.constantFrom('file.txt', 'bad ', 'x'.repeat(256)),
    facts: revision,
    digest: fc.option(fc.record({ sha1: digest, factsKey: revision.map(factsKey) })),
    bound: fc.option(fc.record({ ...record(bound), sha1: digest })),
    live: fc.option(
      fc.record({
        id: fc.constant(3),
        kind: fc.constantFrom('check', 'direct', 'session'),
        facts: revision,
        intendedSha1: fc.option(digest),
        base: someBase,
        name: fc.constantFrom('file.txt', 'File.txt', 'older copy.txt'),
        parentBoxId: fc.constantFrom('5', '6'),
      }),
    ),
    onBox: fc.option(
      fc.oneof(
        fc.record({ ...record(onBox), sha1: fc.option(digest), sizeBytes: fc.constantFrom(null, 0, 10, 11) }),
        fc.constant({ type: 'folder' as const, id: '1', name: 'file.txt' }),
      ),
    ),
    parentBoxId: fc.constant('5'),
    twinOf: fc.constantFrom(null, null, 'FILE.txt'),
    policy: fc.constantFrom('version', 'keep-both', 'skip'),
    copyName: fc.constant(() => 'copy.txt'),
  });

  test('holds to its promises for any facts', () => {
    fc.assert(
      fc.property(anything, (file) => {
        const plan = planFile(file);
        const entry = file.onBox?.type === 'file' ? file.onBox : null;
        expect(planFile(structuredCloneOf(file))).toEqual(plan);
        if (file.live && outcomeUnknown(file.live)) {
          expect(['finish', 'settle-commit']).toContain(plan.do);
          return;
        }
        // One transfer that has not ended never stays beside a new one.
        if ('supersedes' in plan) expect(plan.supersedes).toBe(file.live?.id ?? null);
        if (['unchanged', 'adopt'].includes(plan.do)) expect(plan).toMatchObject({ onBox: entry });
        const here =
          file.facts.sizeBytes === 0
            ? emptySha1
            : file.digest?.factsKey === factsKey(file.facts)
              ? file.digest.sha1
              : null;
        if (here !== null && entry?.sha1 === here && plan.do !== 'fail') {
          expect(['unchanged', 'adopt', 'finish']).toContain(plan.do);
        }
        if (plan.do === 'send' || plan.do === 'continue') {
          if (file.policy === 'skip' && plan.do === 'send') expect(entry).toBeNull();
          // What stands on Box is replaced by name and etag, or not touched.
          if (plan.base) expect(plan.base).toEqual({ fileId: entry!.id, etag: entry!.etag, sha1: entry!.sha1 });
          const ours = file.bound?.fileId === entry?.id && file.bound?.sha1 === entry?.sha1;
          if (plan.do === 'send' && plan.base && file.policy === 'keep-both') expect(ours).toBe(true);
        }
        if (plan.do === 'continue') {
          expect(file.live).toMatchObject({ facts: { sizeBytes: file.facts.sizeBytes, mtimeNs: file.facts.mtimeNs } });
        }
      }),
      { numRuns: 3000 },
    );
  });
});

function record<T extends object>(value: T): { [K in keyof T]: fc.Arbitrary<T[K]> } {
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, fc.constant(one as unknown)])) as never;
}

function structuredCloneOf({ copyName, ...file }: FileFacts): FileFacts {
  return { ...structuredClone(file), copyName };
}
