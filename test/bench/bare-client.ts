// The limit: the parts of a file in parallel, with nothing around them. Session and digests are made before the clock starts.
import { createHash } from 'node:crypto';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { Pool } from 'undici';
import { z } from 'zod';
import { endpointsOf, measured, readTask } from './client-task.ts';

const parallelParts = 4;

const sessionSchema = z.object({ id: z.string(), part_size: z.number() });
const storedSchema = z.object({ part: z.object({ part_id: z.string(), offset: z.number(), size: z.number() }) });

interface Part {
  offset: number;
  sizeBytes: number;
  digest: string;
}

const { path, folderId, sandbox } = readTask();
const pool = new Pool(endpointsOf(sandbox).origin, { allowH2: false, connections: parallelParts, pipelining: 1 });
const file = await open(path, 'r');
const { size: sizeBytes } = await stat(path);

const created = await send('POST', '/api/2.0/files/upload_sessions', {
  folder_id: folderId,
  file_name: basename(path),
  file_size: sizeBytes,
});
const session = sessionSchema.parse(created);
const { parts, digest } = await digests(file, sizeBytes, session.part_size);

await measured(async () => {
  const queue = [...parts];
  const stored: z.infer<typeof storedSchema>['part'][] = [];
  const sendNext = async () => {
    const buffer = Buffer.allocUnsafeSlow(session.part_size);
    for (let part = queue.shift(); part; part = queue.shift()) {
      await file.read(buffer, 0, part.sizeBytes, part.offset);
      const answer = await send(
        'PUT',
        `/api/2.0/files/upload_sessions/${session.id}`,
        buffer.subarray(0, part.sizeBytes),
        {
          digest: part.digest,
          'content-range': `bytes ${part.offset}-${part.offset + part.sizeBytes - 1}/${sizeBytes}`,
        },
      );
      stored.push(storedSchema.parse(answer).part);
    }
  };
  await Promise.all(Array.from({ length: parallelParts }, sendNext));
  stored.sort((a, b) => a.offset - b.offset);
  await send('POST', `/api/2.0/files/upload_sessions/${session.id}/commit`, { parts: stored }, { digest });
});
await file.close();
await pool.close();

async function digests(
  from: FileHandle,
  totalBytes: number,
  partSizeBytes: number,
): Promise<{ parts: Part[]; digest: string }> {
  const whole = createHash('sha1');
  const found: Part[] = [];
  const buffer = Buffer.allocUnsafeSlow(partSizeBytes);
  for (let offset = 0; offset < totalBytes; offset += partSizeBytes) {
    const length = Math.min(partSizeBytes, totalBytes - offset);
    await from.read(buffer, 0, length, offset);
    const bytes = buffer.subarray(0, length);
    whole.update(bytes);
    found.push({ offset, sizeBytes: length, digest: `sha=${createHash('sha1').update(bytes).digest('base64')}` });
  }
  return { parts: found, digest: `sha=${whole.digest('base64')}` };
}

async function send(
  method: 'POST' | 'PUT',
  at: string,
  body: Buffer | object,
  headers: Record<string, string> = {},
): Promise<unknown> {
  const isBytes = Buffer.isBuffer(body);
  const answer = await pool.request({
    method,
    path: at,
    body: isBytes ? body : JSON.stringify(body),
    headers: {
      authorization: `Bearer ${sandbox.token}`,
      'content-type': isBytes ? 'application/octet-stream' : 'application/json',
      ...headers,
    },
  });
  const text = await answer.body.text();
  if (answer.statusCode >= 300) throw new Error(`${method} ${at}: ${answer.statusCode} ${text}`);
  return JSON.parse(text);
}
