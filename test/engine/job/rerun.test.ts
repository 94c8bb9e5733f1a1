import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Interception } from '../../../main/sandbox/http/intercept.ts';
import type { IfExists } from '../../../shared/model.ts';
import {
  content,
  once,
  openEngine,
  sessionMinimum,
  sha1Of,
  TestBox,
  writeOld,
  writeTree,
  type TestEngine,
} from '../../support/engine-fixture.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const sending = [
  'upload-file',
  'upload-version',
  'create-session',
  'create-version-session',
  'upload-part',
  'commit-session',
];
/** A name in use, and nothing of what has it: `context_info` may be null. */
const withoutConflicts: Interception = {
  afterEffect: (reply) =>
    reply.status === 409 ? { ...reply, body: '{"code":"item_name_in_use","context_info":null}' } : reply,
};
const halfAnHourAgo = new Date(Math.floor(Date.now() / 1000 - 1800) * 1000);

async function transferIds(engine: TestEngine): Promise<number[]> {
  return (await engine.commands.transfers({ after: 0, limit: 1000 })).map(({ id }) => id);
}

async function setUp(files: Record<string, Uint8Array | string>) {
  const box = await TestBox.start();
  const home = temporaryFolder();
  const root = join(temporaryFolder(), 'tree');
  const sha1s = writeTree(root, files);
  const engine = await openEngine(box, { home });
  return { box, home, root, sha1s, engine };
}

describe('the same upload again', () => {
  test('sends and hashes nothing, in the same engine and in the next', async () => {
    const { box, home, root, engine } = await setUp({
      'a.txt': 'a', 'empty': '', 'd/b.txt': 'b', 'large.bin': content(sessionMinimum),
    }); // prettier-ignore
    const first = await engine.upload([root]);
    const known = await transferIds(engine);
    for (const next of [engine, null]) {
      if (!next) await engine.close();
      const running = next ?? (await openEngine(box, { home }));
      box.requests = [];
      const { summary, outcomes, jobId } = await running.upload([root]);
      expect(jobId).toBe(first.jobId);
      expect(summary).toMatchObject({ state: 'done', counts: { files: 4, unchanged: 4, sent: 0, pending: 0 } });
      expect(outcomes.map(({ outcome }) => outcome)).toEqual(['unchanged', 'unchanged', 'unchanged', 'unchanged']);
      expect(box.count(...sending, 'get-file', 'preflight-file')).toBe(0);
      // Whatever hashes is a transfer.
      expect(await transferIds(running)).toEqual(known);
    }
  });

  test('after a change sends one new version, guarded by the etag that was read', async () => {
    const { box, root, engine } = await setUp({
      'a.txt': 'one',
      'same.txt': 'same',
      'large.bin': content(sessionMinimum),
    });
    await engine.upload([root]);
    box.requests = [];
    const changed = content(sessionMinimum + 5);
    writeOld(join(root, 'a.txt'), 'two and more', halfAnHourAgo);
    writeOld(join(root, 'large.bin'), changed, halfAnHourAgo);
    const { summary } = await engine.upload([root]);
    expect(summary.counts).toMatchObject({ sent: 2, unchanged: 1 });
    expect(box.count('upload-file', 'create-session')).toBe(0);
    const guarded = box.requests.filter(({ route }) => route === 'upload-version' || route === 'commit-session');
    expect(guarded.map(({ headers }) => headers['if-match'])).toEqual(['0', '0']);
    expect(await box.versions('tree/a.txt')).toEqual([sha1Of(Buffer.from('two and more')), sha1Of(Buffer.from('one'))]);
    expect((await box.versions('tree/large.bin'))[0]).toBe(sha1Of(changed));
    expect(await box.versions('tree/large.bin')).toHaveLength(2);
  });

  test('of the same size but another content is read and sent; only another time is read and not sent', async () => {
    const { box, root, engine } = await setUp({ 'a.txt': 'one', 'b.txt': 'same' });
    await engine.upload([root]);
    box.requests = [];
    writeOld(join(root, 'a.txt'), 'two', halfAnHourAgo);
    writeOld(join(root, 'b.txt'), 'same', halfAnHourAgo);
    const { summary, outcomes } = await engine.upload([root]);
    expect(summary.counts).toMatchObject({ sent: 1, adopted: 1 });
    expect(outcomes.map(({ path, outcome }) => [path.slice(-5), outcome]).sort()).toEqual([
      ['a.txt', 'sent'],
      ['b.txt', 'adopted'],
    ]);
    expect(box.count(...sending)).toBe(1);
    expect(await box.versions('tree/b.txt')).toHaveLength(1);
  });

  test('a file that was deleted on Box between the runs is sent again', async () => {
    const { box, root, sha1s, engine } = await setUp({ 'a.txt': 'a', 'b.txt': 'b' });
    await engine.upload([root]);
    await box.remove('tree/a.txt');
    box.requests = [];
    const { summary } = await engine.upload([root]);
    expect(summary.counts).toMatchObject({ sent: 1, unchanged: 1 });
    expect((await box.tree()).get('tree/a.txt')).toBe(sha1s.get('a.txt'));
    expect(box.count(...sending)).toBe(1);
  });

  test('a folder that was deleted on Box between the runs is made again with all that is in it', async () => {
    const { box, root, sha1s, engine } = await setUp({ 'd/a.txt': 'a', 'd/e/b.txt': 'b' });
    await engine.upload([root]);
    await box.raw('DELETE', `/folders/${await box.idOf('tree/d')}?recursive=true`);
    const { summary } = await engine.upload([root]);
    expect(summary.counts).toMatchObject({ sent: 2 });
    expect((await box.tree()).get('tree/d/e/b.txt')).toBe(sha1s.get('d/e/b.txt'));
  });

  test('a folder that was deleted on Box while a large file went up is made again by the next run', async () => {
    const { box, root, engine } = await setUp({ 'a.bin': content(sessionMinimum) });
    let deleted = false;
    box.intercept = async ({ route }) => {
      if (route !== 'commit-session' || deleted) return undefined;
      deleted = true;
      await box.raw('DELETE', `/folders/${await box.idOf('tree')}?recursive=true`);
      return undefined;
    };
    const { summary } = await engine.upload([root]);
    expect(summary.counts).toMatchObject({ sent: 0, failed: 1 });
    const again = await engine.upload([root]);
    expect(again.summary.counts).toMatchObject({ sent: 1, failed: 0 });
    expect([...(await box.tree()).keys()]).toEqual(['tree', 'tree/a.bin']);
  });

  test('files that are gone locally are no longer counted, and come back when they do', async () => {
    const { box, root, engine } = await setUp({ 'a.txt': 'a', 'd/b.txt': 'b', 'd/c.txt': 'c' });
    await engine.upload([root]);
    rmSync(join(root, 'd'), { recursive: true });
    const without = await engine.upload([root]);
    expect(without.summary.counts).toMatchObject({ files: 1, folders: 1, unchanged: 1, sent: 0 });
    writeTree(root, { 'd/b.txt': 'b' });
    box.requests = [];
    const back = await engine.upload([root]);
    expect(back.summary.counts).toMatchObject({ files: 2, pending: 0, failed: 0 });
    expect(box.count(...sending)).toBe(0);
  });
});

describe('what stands on Box already', () => {
  test('of the same content is adopted: nothing is sent, and there is a receipt', async () => {
    const { box, root, engine } = await setUp({ 'a.txt': 'equal', empty: '', 'b.txt': 'other' });
    const folder = await box.makeFolder('0', 'TREE');
    await box.put(folder, 'A.TXT', 'equal');
    await box.put(folder, 'empty', '');
    const { summary, jobId } = await engine.upload([root]);
    expect(summary.counts).toMatchObject({ adopted: 2, sent: 1 });
    expect([...(await box.tree()).keys()].sort()).toEqual(['TREE', 'TREE/A.TXT', 'TREE/b.txt', 'TREE/empty']);
    const receipts = await engine.commands.receipts({ jobId, after: 0, limit: 10 });
    expect(receipts.map(({ how }) => how).sort()).toEqual(['adopted', 'adopted', 'sent']);
    box.requests = [];
    const again = await engine.upload([root]);
    expect(again.summary.counts).toMatchObject({ unchanged: 3 });
    expect(box.count(...sending)).toBe(0);
  });

  test.each([
    ['of another size', 'some other content'],
    ['of the same size', 'theirs'],
  ])('%s becomes a new version', async (_, theirs) => {
    const { box, root, engine } = await setUp({ 'a.txt': 'mine!!' });
    await box.put(await box.makeFolder('0', 'tree'), 'A.txt', theirs);
    const { summary } = await engine.upload([root], { ifExists: 'version' });
    expect(summary.counts).toMatchObject({ sent: 1 });
    expect(await box.versions('tree/A.txt')).toEqual([sha1Of(Buffer.from('mine!!')), sha1Of(Buffer.from(theirs))]);
  });

  test.each([
    ['of another size', 'some other content'],
    ['of the same size', 'theirs'],
  ])('%s is left alone with skip, as often as it runs', async (_, theirs) => {
    const { box, root, engine } = await setUp({ 'a.txt': 'mine!!' });
    await box.put(await box.makeFolder('0', 'tree'), 'a.txt', theirs);
    for (let run = 1; run <= 3; run += 1) {
      const { summary, outcomes } = await engine.upload([root], { ifExists: 'skip' });
      expect(summary).toMatchObject({ state: 'done', counts: { kept: 1, sent: 0, failed: 0 } });
      expect(outcomes).toMatchObject([{ outcome: 'kept', problem: { code: 'name.taken' } }]);
    }
    expect(box.count(...sending)).toBe(0);
    expect(await box.versions('tree/a.txt')).toEqual([sha1Of(Buffer.from(theirs))]);
    // With another policy the same job goes on.
    const { summary } = await engine.upload([root], { ifExists: 'version' });
    expect(summary.counts).toMatchObject({ sent: 1, kept: 0 });
  });

  test.each([
    ['of another size', 'some other content'],
    ['of the same size', 'theirs'],
  ])('%s stays beside one copy with keep-both, whatever happens next', async (_, theirs) => {
    const { box, root, engine } = await setUp({ 'a.txt': 'mine!!' });
    await box.put(await box.makeFolder('0', 'tree'), 'a.txt', theirs);
    const first = await engine.upload([root], { ifExists: 'keep-both' });
    expect(first.summary.counts).toMatchObject({ sent: 1 });
    const copy = first.outcomes[0]?.boxName ?? '';
    expect(copy).toMatch(/^a \(.+\)\.txt$/);
    const again = await engine.upload([root], { ifExists: 'keep-both' });
    expect(again.summary.counts).toMatchObject({ unchanged: 1 });

    for (const [text, mtime] of [
      ['mine, longer', 1500],
      ['MINE, LONGER', 1000],
    ] as const) {
      writeOld(join(root, 'a.txt'), text, new Date(Date.now() - mtime * 1000));
      const changed = await engine.upload([root], { ifExists: 'keep-both' });
      expect(changed.summary.counts).toMatchObject({ sent: 1 });
    }
    expect([...(await box.tree()).keys()].sort()).toEqual(['tree', `tree/${copy}`, 'tree/a.txt'].sort());
    expect(await box.versions('tree/a.txt')).toEqual([sha1Of(Buffer.from(theirs))]);
    expect(await box.versions(`tree/${copy}`)).toHaveLength(3);
  });

  test('a large file beside a large one of Box, with keep-both', async () => {
    const mine = content(sessionMinimum + 1);
    const { box, root, engine } = await setUp({ 'a.bin': mine });
    await box.put(await box.makeFolder('0', 'tree'), 'a.bin', 'theirs');
    await engine.upload([root], { ifExists: 'keep-both' });
    const again = await engine.upload([root], { ifExists: 'keep-both' });
    expect(again.summary.counts).toMatchObject({ unchanged: 1 });
    expect([...(await box.tree()).values()].filter((sha1) => sha1 === sha1Of(mine))).toHaveLength(1);
  });

  test('a file where a folder should go, and a folder where a file should go, need the user', async () => {
    const { box, root, engine } = await setUp({ 'thing/a.txt': 'a', other: 'b', 'fine.txt': 'c' });
    const folder = await box.makeFolder('0', 'tree');
    await box.put(folder, 'THING', 'a file');
    await box.makeFolder(folder, 'Other');
    const { summary, outcomes } = await engine.upload([root]);
    expect(summary).toMatchObject({ state: 'done', counts: { sent: 1, failedFolders: 1 } });
    const codes = outcomes.filter(({ outcome }) => outcome === 'failed').map(({ problem }) => problem?.code);
    expect(codes.sort()).toEqual(['name.taken-by-file', 'name.taken-by-folder']);

    // Once the cause is gone the same upload brings them.
    await box.remove('tree/THING');
    await box.raw('DELETE', `/folders/${await box.idOf('tree/Other')}`);
    const again = await engine.upload([root]);
    expect(again.summary.counts).toMatchObject({ sent: 2, unchanged: 1, failed: 0, failedFolders: 0 });
  });

  test('a folder that somebody makes between the listing and the making is used', async () => {
    const { box, root, engine } = await setUp({ 'd/a.txt': 'a' });
    let made = false;
    box.intercept = async ({ route, count }) => {
      if (route !== 'create-folder' || count !== 2 || made) return undefined;
      made = true;
      const folder = await box.makeFolder(await box.idOf('tree'), 'D');
      await box.put(folder, 'there.txt', 'there');
      return undefined;
    };
    const { summary } = await engine.upload([root]);
    expect(made).toBe(true);
    expect(summary.counts).toMatchObject({ sent: 1, failedFolders: 0 });
    expect([...(await box.tree()).keys()].sort()).toEqual(['tree', 'tree/D', 'tree/D/a.txt', 'tree/D/there.txt']);
  });

  describe('a large file that somebody puts there between the listing and the session', () => {
    const mine = content(sessionMinimum);
    const theirs = content(sessionMinimum);

    async function uploaded(standing: Uint8Array, ifExists: IfExists) {
      const set = await setUp({ 'a.bin': mine });
      const { box, root, engine } = set;
      const folder = await box.makeFolder('0', 'tree');
      let put = false;
      box.intercept = async ({ route }) => {
        if (route !== 'create-session' || put) return undefined;
        put = true;
        await box.put(folder, 'a.bin', standing);
        return undefined;
      };
      return { ...set, ...(await engine.upload([root], { ifExists })) };
    }

    test.each(['version', 'keep-both', 'skip'] as const)(
      'is adopted where it is the same, with %s',
      async (ifExists) => {
        const { box, root, engine, summary, outcomes } = await uploaded(mine, ifExists);
        expect(summary).toMatchObject({ state: 'done', counts: { adopted: 1, sent: 0, kept: 0, failed: 0 } });
        expect(outcomes).toMatchObject([{ outcome: 'adopted', sha1: sha1Of(mine), sentBytes: 0 }]);
        expect(box.count('upload-part', 'commit-session')).toBe(0);
        expect([...(await box.tree()).keys()]).toEqual(['tree', 'tree/a.bin']);
        expect(await box.versions('tree/a.bin')).toEqual([sha1Of(mine)]);
        expect((await engine.upload([root], { ifExists })).summary.counts).toMatchObject({ unchanged: 1 });
      },
    );

    test('follows the rule where it has as many other bytes', async () => {
      const version = await uploaded(theirs, 'version');
      expect(version.summary.counts).toMatchObject({ sent: 1 });
      expect(await version.box.versions('tree/a.bin')).toEqual([sha1Of(mine), sha1Of(theirs)]);
      const both = await uploaded(theirs, 'keep-both');
      expect(both.outcomes[0]?.boxName).toMatch(/^a \(.+\)\.bin$/);
      expect([...(await both.box.tree()).values()].sort()).toEqual([null, sha1Of(mine), sha1Of(theirs)].sort());
      const skip = await uploaded(theirs, 'skip');
      expect(skip.outcomes).toMatchObject([{ outcome: 'kept', problem: { code: 'name.taken' } }]);
      expect(await skip.box.versions('tree/a.bin')).toEqual([sha1Of(theirs)]);
      expect(skip.box.count('upload-part')).toBe(0);
    });
  });

  test('a new version that somebody brought before the session is adopted where it is the same', async () => {
    const { box, root, engine } = await setUp({ 'a.bin': content(sessionMinimum) });
    await engine.upload([root]);
    const mine = content(sessionMinimum);
    writeOld(join(root, 'a.bin'), mine, halfAnHourAgo);
    box.intercept = once('create-version-session', async () => {
      await box.putVersion(await box.idOf('tree/a.bin'), mine);
      return { answer: { status: 412, body: '{"code":"precondition_failed"}' } };
    });
    const { summary } = await engine.upload([root]);
    expect(summary.counts).toMatchObject({ adopted: 1, sent: 0, failed: 0 });
    expect(await box.versions('tree/a.bin')).toHaveLength(2);
  });

  test('the same tree from two data folders at once is there once', async () => {
    const { box, root, sha1s, engine } = await setUp({
      'a.bin': content(sessionMinimum), 'b.bin': content(sessionMinimum), 'd/c.txt': 'c', 'd/e.txt': 'e',
    }); // prettier-ignore
    const other = await openEngine(box);
    const [first, second] = await Promise.all([engine.upload([root]), other.upload([root])]);
    for (const { summary } of [first, second]) {
      expect(summary).toMatchObject({ state: 'done', counts: { files: 4, pending: 0, failed: 0 } });
    }
    for (const [path, sha1] of sha1s) expect(await box.versions(`tree/${path}`)).toEqual([sha1]);
    expect([...(await box.tree()).values()].filter((sha1) => sha1 !== null)).toHaveLength(4);
  });

  test.each([
    ['a.txt', 'which Box names'],
    ['a.bin', 'which Box names'],
    ['a.txt', 'which Box does not name'],
    ['a.bin', 'which Box does not name'],
  ])('a file that somebody puts there after the listing, %s, %s, follows the policy', async (name, told) => {
    for (const ifExists of ['version', 'keep-both', 'skip'] as const) {
      const mine = name === 'a.txt' ? Buffer.from('mine') : content(sessionMinimum);
      const { box, root, engine } = await setUp({ [name]: mine });
      let put = false;
      // A large one comes as late as it can: its session is open and only the commit finds the name taken.
      const at = name === 'a.txt' ? 'upload-file' : 'commit-session';
      box.intercept = async ({ route }) => {
        if (route === at && !put) {
          put = true;
          await box.put(await box.idOf('tree'), name, 'theirs');
        }
        return told === 'which Box names' ? undefined : withoutConflicts;
      };
      const { summary } = await engine.upload([root], { ifExists });
      expect(summary.state, ifExists).toBe('done');
      const files = [...(await box.tree()).values()].filter((sha1) => sha1 !== null);
      const [theirs, ours] = [sha1Of(Buffer.from('theirs')), sha1Of(mine)];
      if (ifExists === 'version') expect(await box.versions(`tree/${name}`)).toEqual([ours, theirs]);
      if (ifExists === 'keep-both') expect(files.sort()).toEqual([theirs, ours].sort());
      if (ifExists === 'skip') expect(files).toEqual([theirs]);
    }
  });

  test.each(['a.txt', 'a.bin'])(
    'a folder that takes the name of %s after the listing, and is not named, needs the user',
    async (name) => {
      const { box, root, engine } = await setUp({ [name]: name === 'a.txt' ? 'mine' : content(sessionMinimum) });
      const at = name === 'a.txt' ? 'upload-file' : 'commit-session';
      let made = false;
      box.intercept = async ({ route }) => {
        if (route === at && !made) {
          made = true;
          await box.makeFolder(await box.idOf('tree'), name);
        }
        return withoutConflicts;
      };
      const { outcomes } = await engine.upload([root]);
      expect(outcomes).toMatchObject([{ outcome: 'failed', problem: { code: 'name.taken-by-folder' } }]);

      await box.raw('DELETE', `/folders/${await box.idOf(`tree/${name}`)}`);
      expect((await engine.upload([root])).summary.counts).toMatchObject({ sent: 1, failed: 0 });
    },
  );

  test.each(['a.txt', 'a.bin'])(
    '%s that somebody changed after the listing is a conflict; the next run makes a version',
    async (name) => {
      const mine = name === 'a.txt' ? Buffer.from('mine') : content(sessionMinimum);
      const { box, root, engine } = await setUp({ [name]: mine });
      const id = await box.put(await box.makeFolder('0', 'tree'), name, 'theirs');
      let put = false;
      const at = name === 'a.txt' ? 'upload-version' : 'commit-session';
      box.intercept = async ({ route }) => {
        if (route !== at || put) return undefined;
        put = true;
        await box.putVersion(id, 'theirs too');
        return undefined;
      };
      const { summary, outcomes } = await engine.upload([root]);
      expect(summary.counts).toMatchObject({ failed: 1 });
      expect(outcomes[0]?.problem?.code).toBe('conflict.changed-on-box');
      box.requests = [];
      const again = await engine.upload([root]);
      expect(again.summary.counts).toMatchObject({ sent: 1, failed: 0 });
      expect((await box.versions(`tree/${name}`))[0]).toBe(sha1Of(mine));
      expect(await box.versions(`tree/${name}`)).toHaveLength(3);
      expect(box.count('upload-part')).toBe(0);
    },
  );

  test.each(['a.txt', 'a.bin'])('%s that somebody deletes after the listing goes up as a new file', async (name) => {
    const mine = name === 'a.txt' ? Buffer.from('mine') : content(sessionMinimum);
    const { box, root, engine } = await setUp({ [name]: mine });
    await box.put(await box.makeFolder('0', 'tree'), name, 'theirs');
    let gone = false;
    const at = name === 'a.txt' ? 'upload-version' : 'commit-session';
    box.intercept = async ({ route }) => {
      if (route !== at || gone) return undefined;
      gone = true;
      await box.remove(`tree/${name}`);
      return undefined;
    };
    const { summary } = await engine.upload([root]);
    expect(summary.counts).toMatchObject({ sent: 1, failed: 0 });
    expect(await box.versions(`tree/${name}`)).toEqual([sha1Of(mine)]);
  });
});
