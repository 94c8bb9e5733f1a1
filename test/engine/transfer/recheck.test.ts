import { statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createHashPool, type HashPool } from '../../../main/engine/hash/hash-pool.ts';
import { statFacts } from '../../../main/engine/scan/facts.ts';
import { openFileSource } from '../../../main/engine/source/file-source.ts';
import { systemClock } from '../../../main/platform/clock.ts';
import { content, sha1Of, writeOld } from '../../support/engine-fixture.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test('a part that is asked for while a touched file is about to be read again does not hold that up', async () => {
  const path = join(temporaryFolder(), 'file.bin');
  const bytes = content(10 * 65_536);
  writeOld(path, bytes);
  const pool = createHashPool();
  onTestFinished(() => pool.close());
  const cancelling = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const slowToCancel: HashPool = {
    digestRange: (...args) => pool.digestRange(...args),
    close: () => pool.close(),
    startPass: (options) => {
      const pass = pool.startPass(options);
      return {
        get position() {
          return pass.position;
        },
        allow: (index) => pass.allow(index),
        whole: pass.whole,
        cancel: async () => {
          cancelling.resolve();
          await goOn.promise;
          return pass.cancel();
        },
      };
    },
  };
  const source = await openFileSource({
    path,
    displayPath: path,
    facts: await statFacts(path),
    hashPool: slowToCancel,
    clock: systemClock,
    readAheadParts: 1,
  });
  const signal = new AbortController().signal;
  const part = (index: number) => ({ index, offset: index * 65_536, sizeBytes: 65_536 });
  const digest = (index: number) => sha1Of(bytes.subarray(index * 65_536, (index + 1) * 65_536));
  expect(await source.digestOf(part(0), signal)).toBe(digest(0));

  const { atime, mtime } = statSync(path);
  utimesSync(path, atime, mtime);
  const check = source.assertUnchanged();
  await cancelling.promise;
  const asked = source.digestOf(part(1), signal);
  source.release(part(0));
  goOn.resolve();
  await check;
  expect(await asked).toBe(digest(1));
  expect(await source.wholeDigest(signal)).toBe(sha1Of(bytes));
  await source.close();
});
