// Direct uploads: multipart/form-data, attributes first, then the bytes.
import { rmSync } from 'node:fs';
import type { z } from 'zod';
import { BoxError, badRequest } from '../http/box-error.ts';
import { contentLength, parseJson, readBody } from '../http/body.ts';
import type { Call } from '../http/call.ts';
import { MultipartReader, type PartSink } from '../http/multipart.ts';
import { json, type Reply } from '../http/reply.ts';
import { FileSink } from '../state/disk-sink.ts';
import type { Arrived, ContentTimes } from '../state/item.ts';
import { checkName } from '../state/names.ts';
import { EffectError } from '../state/state.ts';
import { checkPreconditions, namedFolder, param, show, type Context } from './context.ts';
import { newFileAttributes, newVersionAttributes, parse, type contentAttributes } from './wire.ts';

/**
 * The largest body a direct upload may have. Box's guide says 50 MB, but clients send 100 MiB in practice (box-ui-elements) and
 * pass, so only what is clearly a mistake is refused, with 413.
 */
const mostDirectBytes = 4 * 2 ** 30;
const mostAttributeBytes = 2 ** 20;

const timesOf = (attributes: z.output<typeof contentAttributes>): ContentTimes => ({
  createdAt: attributes.content_created_at ?? undefined,
  modifiedAt: attributes.content_modified_at ?? undefined,
  description: attributes.description ?? undefined,
});

const ignored: PartSink = { write: () => undefined, end: () => undefined };

/** Gathers the attributes. Some clients give them a file name or a binary type. */
function attributesSink(onText: (text: string) => void): PartSink {
  const chunks: Buffer[] = [];
  let length = 0;
  return {
    write: (chunk) => {
      length += chunk.length;
      if (length > mostAttributeBytes) throw badRequest('attributes', 'The attributes are too long');
      chunks.push(chunk);
    },
    end: () => onText(Buffer.concat(chunks).toString('utf8')),
  };
}

/**
 * Reads the form. The bytes are the part with a file name or a binary type, whatever its field is called (rclone: `contents`), or
 * else the field `file`.
 * @param onAttributes gets the attributes before the first byte is kept; what it throws stops the upload.
 * @throws BoxError 400 metadata_after_file_contents, bad_digest, bad_request; 411 length_required; 413
 */
async function receive(call: Call, { items }: Context, onAttributes: (attributes: unknown) => void): Promise<Arrived> {
  if ((contentLength(call) ?? 0) > mostDirectBytes) throw tooLarge();
  let file: FileSink | undefined;
  let sizeBytes = 0;
  let seenAttributes = false;
  const path = items.incomingPath();
  const outOfOrder = (): BoxError =>
    new BoxError(400, 'metadata_after_file_contents', 'The attributes must come before the file contents');
  const takeAttributes = (text: string): void => {
    seenAttributes = true;
    onAttributes(parseJson(text, 'attributes'));
  };
  const openFile = (): PartSink => {
    if (file) throw badRequest('file', 'The form holds more than one file');
    if (!seenAttributes) throw outOfOrder();
    const sink = (file = new FileSink(items.state.path(path)));
    return {
      write: (chunk) => {
        sizeBytes += chunk.length;
        if (sizeBytes > mostDirectBytes) throw tooLarge();
        if (sizeBytes > items.settings.maxFile) items.checkSize(sizeBytes);
        sink.write(chunk);
      },
      end: () => undefined,
    };
  };
  const form = new MultipartReader(call.headers['content-type'] ?? '', ({ name, isFile }) => {
    if (name !== 'attributes') return isFile || name === 'file' ? openFile() : ignored;
    if (file) throw outOfOrder();
    return attributesSink(takeAttributes);
  });
  try {
    await readBody(call, (chunk) => form.write(chunk));
    form.end();
    if (!seenAttributes) throw badRequest('attributes', 'The attributes are missing');
    if (!file) throw badRequest('file', 'The file is missing');
    const sha1 = file.end();
    checkContentMd5(call, sha1);
    return { path, sizeBytes, sha1 };
  } catch (error) {
    file?.discard();
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

/** Removes what arrived when `work` fails, unless the file is made and only its bytes still have to be moved. */
async function discardOnError<Result>(
  { items }: Context,
  arrived: Arrived,
  work: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof EffectError)) rmSync(items.state.path(arrived.path), { force: true });
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
    const folder = namedFolder(context, attributes.parent.id);
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
