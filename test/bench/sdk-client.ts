// Box's official SDK: a large file by `uploadBigFile`, a tree of small ones with four uploads at a time.
import { createReadStream, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { BoxClient, BoxDeveloperTokenAuth } from 'box-node-sdk';
import { BaseUrls, NetworkSession } from 'box-node-sdk/networking';
import { endpointsOf, measured, readTask } from './client-task.ts';

const parallelFiles = 4;

const { path, folderId, sandbox } = readTask();
const { origin } = endpointsOf(sandbox);
const client = new BoxClient({
  auth: new BoxDeveloperTokenAuth({ token: sandbox.token }),
  networkSession: new NetworkSession({
    baseUrls: new BaseUrls({ baseUrl: origin, uploadUrl: `${origin}/api`, oauth2Url: `${origin}/oauth2` }),
  }),
});

const facts = statSync(path);
await measured(facts.isFile() ? uploadFile : uploadTree);

async function uploadFile(): Promise<void> {
  await client.chunkedUploads.uploadBigFile(createReadStream(path), basename(path), facts.size, folderId);
}

async function uploadTree(): Promise<void> {
  const root = await client.folders.createFolder({ name: basename(path), parent: { id: folderId } });
  const queue: { file: string; parent: string }[] = [];
  for (const name of readdirSync(path)) {
    const folder = await client.folders.createFolder({ name, parent: { id: root.id } });
    for (const file of readdirSync(join(path, name))) queue.push({ file: join(path, name, file), parent: folder.id });
  }
  const sendNext = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      await client.uploads.uploadFile({
        attributes: { name: basename(next.file), parent: { id: next.parent } },
        file: createReadStream(next.file),
      });
    }
  };
  await Promise.all(Array.from({ length: parallelFiles }, sendNext));
}
