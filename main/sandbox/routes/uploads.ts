// Direct uploads: multipart/form-data, attributes first, then the bytes.
import { rmSync } from 'node:fs';
import { Busboy } from '@fastify/busboy';
import type { z } from 'zod';
import { BoxError, badRequest } from '../http/box-error.ts';
import { parseJson, readBody } from '../http/body.ts';
import type { Call } from '../http/call.ts';
import { json, type Reply } from '../http/reply.ts';
import { FileSink } from '../state/disk-sink.ts';
import type { Arrived, ContentTimes } from '../state/item.ts';
import { checkName } from '../state/names.ts';
import { checkPreconditions, param, show, type Context } from './context.ts';
import { newFileAttributes, newVersionAttributes, parse, type contentAttributes } from './wire.ts';

/**
 * The largest body a direct upload may have. Box's guide says 50 MB, but clients send 100 MiB in practice (box-ui-elements) and
 * pass, so only what is clearly a mistake is refused, with 413.
 */
const mostDirectBytes = 4 * 2 ** 30;

const timesOf = (attributes: z.output<typeof contentAttributes>): ContentTimes => ({
  createdAt: attributes.content_created_at ?? undefined,
  modifiedAt: attributes.content_modified_at ?? undefined,
  description: attributes.description ?? undefined,
});

/**
 * Reads the form. The field name of the bytes doesn't matter (rclone calls it `contents`).
 * @param onAttributes gets the attributes before the first byte is kept; what it throws stops the upload.
 * @throws BoxError 400 metadata_after_file_contents, bad_digest, bad_request; 413
 */
async function receive(call: Call, { items }: Context, onAttributes: (attributes: unknown) => void): Promise<Arrived> {
  const contentType = call.headers['content-type'] ?? '';
  if (!/^multipart\/form-data\b/i.test(contentType))
    throw badRequest('content-type', 'The body must be multipart/form-data');
  if (Number(call.headers['content-length'] ?? 0) > mostDirectBytes) throw tooLarge();
  const path = items.incomingPath();
  const sink = new FileSink(items.state.path(path));
  let sizeBytes = 0;
  let seenAttributes = false;
  let seenFile = false;
  let failure: Error | undefined;
  const attempt = (work: () => void): void => {
    try {
      if (!failure) work();
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
    }
  };
  let form: InstanceType<typeof Busboy>;
  try {
    form = new Busboy({
      headers: { 'content-type': contentType },
      limits: { fieldSize: 2 ** 20 },
      highWaterMark: 2 ** 20,
      fileHwm: 2 ** 20,
    });
  } catch (error) {
    throw badRequest('content-type', error instanceof Error ? error.message : 'Malformed multipart body');
  }
  const takeAttributes = (text: string): void => {
    if (seenFile)
      throw new BoxError(400, 'metadata_after_file_contents', 'The attributes must come before the file contents');
    seenAttributes = true;
    onAttributes(parseJson(text, 'attributes'));
  };
  form.on('field', (name, value) => attempt(() => name === 'attributes' && takeAttributes(value)));
  form.on('file', (name, stream) => {
    if (name === 'attributes') {
      // Some clients give the attributes a file name or a binary type.
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => attempt(() => takeAttributes(Buffer.concat(chunks).toString('utf8'))));
      return;
    }
    attempt(() => {
      if (seenFile) throw badRequest('file', 'The form holds more than one file');
      if (!seenAttributes) {
        throw new BoxError(400, 'metadata_after_file_contents', 'The attributes must come before the file contents');
      }
    });
    seenFile = true;
    stream.on('data', (chunk: Buffer) =>
      attempt(() => {
        sizeBytes += chunk.length;
        if (sizeBytes > mostDirectBytes) throw tooLarge();
        if (sizeBytes > items.settings.maxFile) items.checkSize(sizeBytes);
        sink.write(chunk);
      }),
    );
  });
  const parsed = new Promise<void>((resolve) => {
    form.on('finish', resolve);
    form.on('error', (error) => {
      failure ??= badRequest(
        'body',
        `Malformed multipart body: ${error instanceof Error ? error.message : String(error)}`,
      );
      resolve();
    });
  });
  try {
    await readBody(call, (chunk) => {
      const flowing = form.write(chunk);
      if (failure) throw failure;
      return flowing ? undefined : new Promise((resume) => form.once('drain', resume));
    });
    form.end();
    await parsed;
    if (failure) throw failure;
    if (!seenAttributes) throw badRequest('attributes', 'The attributes are missing');
    if (!seenFile) throw badRequest('file', 'The file is missing');
    const sha1 = sink.end();
    checkContentMd5(call, sha1);
    return { path, sizeBytes, sha1 };
  } catch (error) {
    sink.discard();
    throw error;
  }
}

const tooLarge = (): BoxError => new BoxError(413, 'request_entity_too_large', 'Request Entity Too Large');

/** Content-MD5 holds a SHA-1 in hex, whatever its name says (OpenAPI). Computed while reading, so a wrong one is told at the end. */
function checkContentMd5(call: Call, sha1: string): void {
  const header = call.headers['content-md5'];
  if (header === undefined) return;
  const expected = (Array.isArray(header) ? header[0] : header)?.trim().toLowerCase() ?? '';
  if (expected !== sha1) {
    throw new BoxError(400, 'bad_digest', 'The specified content-md5 did not match what we received');
  }
}

/** Removes what arrived when `work` fails. */
async function discardOnError<Result>(
  { items }: Context,
  arrived: Arrived,
  work: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    rmSync(items.state.path(arrived.path), { force: true });
    throw error;
  }
}

/** POST /files/content */
export async function uploadFile(call: Call, context: Context): Promise<Reply> {
  const { items } = context;
  let attributes: z.output<typeof newFileAttributes> | undefined;
  const arrived = await receive(call, context, (raw) => {
    attributes = parse(newFileAttributes, raw);
    checkName(attributes.name);
    const folder = items.live('folder', attributes.parent.id);
    items.checkFree(folder.id, attributes.name, 'object');
  });
  return discardOnError(context, arrived, async () => {
    if (!attributes) throw badRequest('attributes', 'The attributes are missing');
    const file = await items.createFileSoon(attributes.parent.id, attributes.name, arrived, timesOf(attributes));
    return json(201, { total_count: 1, entries: [show(call, context, file)] });
  });
}

/** POST /files/:file_id/content. 200 as the OpenAPI description says, not 201. */
export async function uploadVersion(call: Call, context: Context): Promise<Reply> {
  const { items } = context;
  const id = param(call, 'file_id');
  checkPreconditions(call, items.live('file', id));
  let attributes: z.output<typeof newVersionAttributes> | undefined;
  const arrived = await receive(call, context, (raw) => {
    attributes = parse(newVersionAttributes, raw);
    if (attributes.name) checkName(attributes.name);
  });
  return discardOnError(context, arrived, () => {
    const file = items.createVersion(id, arrived, attributes ? timesOf(attributes) : {}, {
      name: attributes?.name ?? undefined,
      check: (now) => checkPreconditions(call, now),
    });
    return json(200, { total_count: 1, entries: [show(call, context, file)] });
  });
}
