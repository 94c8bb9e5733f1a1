// Watches the folders of a root under the limits that this process was started with, and prints what came of it.
import { closeSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DirectoryWatches } from '../../main/app/watch/directory-watches.ts';
import { defaultHintLimits } from '../../main/app/watch/hint-batch.ts';

const [, , mode, root] = process.argv as [string, string, 'open-files' | 'watches', string];
const codes = new Set<string>();
let watched = 0;
const watches = new DirectoryWatches({
  limits: defaultHintLimits,
  emit: (event) => {
    if (event.event !== 'state') return;
    watched = event.watches;
    for (const { code } of event.failed) codes.add(code);
  },
});
const directories = [root, ...readdirSync(root).map((name) => join(root, name))];
const watch = () => watches.obey({ id: 1, do: 'watch', root, directories, isHinted: false });

const held: number[] = [];
try {
  while (mode === 'open-files') held.push(openSync('/dev/null', 'r'));
} catch {
  // No more files: that is what is wanted.
}
await watch();
for (const descriptor of held) closeSync(descriptor);
if (mode === 'open-files') await watch();
process.stdout.write(`failed ${[...codes].join(' ')}\nwatches ${watched}\n`);
await watches.close();
