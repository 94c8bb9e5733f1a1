import { appendFileSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { test } from 'vitest';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { Mirror } from './mirror.ts';

const name = fc.constantFrom('a', 'b', 'c');
const folder = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
const step = fc.oneof(
  fc.record({ do: fc.constant('write' as const), folder, file: name }),
  fc.record({ do: fc.constant('make' as const), folder }),
  fc.record({ do: fc.constant('remove' as const), folder }),
  fc.record({ do: fc.constant('move' as const), folder, to: folder }),
  fc.record({ do: fc.constant('there-and-back' as const), folder }),
  // Lets the watcher act before the next step; without it the steps come as fast as the disk takes them.
  fc.record({ do: fc.constant('breathe' as const) }),
);

test('whatever happens to a tree, in the end the hints lead to all of it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
      const root = temporaryFolder();
      const aside = temporaryFolder();
      const mirror = new Mirror(root);
      await mirror.start();
      for (const [n, one] of steps.entries()) {
        if (one.do === 'breathe') {
          await new Promise((resolve) => setTimeout(resolve, n % 40));
          continue;
        }
        const path = join(root, one.folder);
        if (one.do === 'make') mkdirSync(path, { recursive: true });
        if (one.do === 'remove') rmSync(path, { recursive: true, force: true });
        if (one.do === 'write' && existsSync(path)) appendFileSync(join(path, `file-${one.file}`), `${n}`);
        if (one.do === 'there-and-back' && existsSync(path)) {
          renameSync(path, join(aside, 'x'));
          if (n % 2) await new Promise((resolve) => setTimeout(resolve, 5));
          renameSync(join(aside, 'x'), path);
        }
        if (one.do === 'move') {
          const to = join(root, one.to);
          const isPossible = existsSync(path) && existsSync(dirname(to)) && !`${to}/`.startsWith(`${path}/`);
          if (isPossible && !`${path}/`.startsWith(`${to}/`)) {
            rmSync(to, { recursive: true, force: true });
            renameSync(path, to);
          }
        }
      }
      await mirror.inStep();
      // And all folders that are there now are watched: a last file in each is found.
      mirror.writeEverywhere();
      await mirror.inStep();
      await mirror.watcher.close();
    }),
    { numRuns: 12 },
  );
});
