// Two SHA-1 passes over the file, one after the other: what every client with digests of parts and of the whole must pay.
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { measured, readTask } from './client-task.ts';

const blockBytes = 2 ** 20;

const { path } = readTask();
await measured(() => {
  for (let pass = 0; pass < 2; pass += 1) {
    const file = openSync(path, 'r');
    const block = Buffer.allocUnsafeSlow(blockBytes);
    const hash = createHash('sha1');
    for (let length = 1; length > 0;) {
      length = readSync(file, block, 0, blockBytes, null);
      hash.update(block.subarray(0, length));
    }
    hash.digest();
    closeSync(file);
  }
});
