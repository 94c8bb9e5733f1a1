import { randomUUID } from 'node:crypto';
import type { BoxCall, CallOptions } from './call.ts';
import type { BoxConnection } from './connection.ts';
import { fieldsQuery, fileFields } from './fields.ts';
import { attributesBody, type FileAttributes } from './file-attributes.ts';
import { callBox } from './operation.ts';
import { uploadedFileSchema, type BoxFile } from './schema/items.ts';

/** The content of a small file. */
export interface DirectContent {
  sizeBytes: number;
  /** Hex SHA-1 of the content: Box wants it before the body, and compares. */
  sha1: string;
  /** Called once per try; exactly `sizeBytes` bytes. Bytes that are in memory already may come as they are. */
  open(): AsyncIterable<Uint8Array> | Uint8Array;
  onProgress?: ((sentBytes: number) => void) | undefined;
}

/**
 * Uploads a new file in one request (the limit is 20,971,519 bytes; empty files only go this way). Not repeated
 * inside, but for a renewed token: an ambiguous BoxError may mean that the file is there. A taken name is `name.taken`
 * with `conflicts`, a wrong digest `content.digest`.
 */
export function uploadNewFile(
  connection: BoxConnection,
  args: { parentId: string; name: string; content: DirectContent; attributes?: FileAttributes; uploadUrl?: string },
  options: CallOptions,
): Promise<BoxFile> {
  const attributes = { name: args.name, parent: { id: args.parentId }, ...attributesBody(args.attributes) };
  const url = args.uploadUrl ?? `${connection.endpoints.upload}/files/content`;
  return send(connection, { operation: 'upload file', url, ...args, item: args.name, attributes }, options);
}

/** Uploads a new version in one request; with `ifMatch`, only when nobody changed the file since (`conflict.changed-on-box`). */
export function uploadNewVersion(
  connection: BoxConnection,
  args: {
    fileId: string;
    /** Renames the file with the version. */
    name?: string | undefined;
    ifMatch?: string | undefined;
    content: DirectContent;
    attributes?: FileAttributes;
    uploadUrl?: string;
  },
  options: CallOptions,
): Promise<BoxFile> {
  const attributes = { name: args.name, ...attributesBody(args.attributes) };
  const url = args.uploadUrl ?? `${connection.endpoints.upload}/files/${encodeURIComponent(args.fileId)}/content`;
  const item = args.name ?? args.fileId;
  return send(connection, { operation: 'upload version', url, ...args, item, attributes }, options);
}

interface DirectUpload {
  operation: string;
  url: string;
  item: string;
  attributes: Record<string, unknown>;
  content: DirectContent;
  ifMatch?: string | undefined;
}

function send(connection: BoxConnection, upload: DirectUpload, options: CallOptions): Promise<BoxFile> {
  const { content } = upload;
  const form = frameMultipart(upload.attributes);
  const overhead = form.head.length + form.tail.length;
  const call: BoxCall = {
    operation: upload.operation,
    area: 'upload',
    item: upload.item,
    method: 'POST',
    url: upload.url,
    query: fieldsQuery(options.fields, fileFields),
    // Content-MD5 holds the SHA-1 in hex, whatever its name says (Box, "Upload file").
    headers: { ...options.headers, 'content-md5': content.sha1, 'if-match': upload.ifMatch },
    body: {
      stream: {
        contentType: `multipart/form-data; boundary=${form.boundary}`,
        sizeBytes: content.sizeBytes + overhead,
        open: () => framed(form.head, content, form.tail),
        onProgress: (sent) => content.onProgress?.(Math.min(content.sizeBytes, Math.max(0, sent - form.head.length))),
      },
    },
    kind: 'upload',
    retry: 'once',
    signal: options.signal,
  };
  return callBox(connection, call, uploadedFileSchema);
}

/**
 * The two ends of the form. Written by hand because Box refuses a chunked body (411), so the length must be exact; and
 * `attributes` must come first (else 400 `metadata_after_file_contents`). The file name in the form is not read by Box.
 */
export function frameMultipart(attributes: Record<string, unknown>): { boundary: string; head: Buffer; tail: Buffer } {
  const boundary = `boxcar-${randomUUID()}`;
  const head = Buffer.from(
    [
      `--${boundary}`,
      'Content-Disposition: form-data; name="attributes"',
      'Content-Type: application/json',
      '',
      JSON.stringify(attributes),
      `--${boundary}`,
      'Content-Disposition: form-data; name="file"; filename="content"',
      'Content-Type: application/octet-stream',
      '',
      '',
    ].join('\r\n'),
  );
  return { boundary, head, tail: Buffer.from(`\r\n--${boundary}--\r\n`) };
}

/** Up to here head, content and tail leave in one write: three cost more than copying the bytes once. */
const gatheredBytes = 256 * 2 ** 10;

function framed(head: Uint8Array, content: DirectContent, tail: Uint8Array): AsyncIterable<Uint8Array> | Uint8Array {
  const opened = content.open();
  if (opened instanceof Uint8Array) return Buffer.concat([head, opened, tail]);
  const slices = inSlices(head, opened, tail);
  return content.sizeBytes <= gatheredBytes ? gathered(slices) : slices;
}

async function* gathered(slices: AsyncIterable<Uint8Array>) {
  const copies: Uint8Array[] = [];
  for await (const slice of slices) copies.push(Buffer.from(slice));
  yield Buffer.concat(copies);
}

async function* inSlices(head: Uint8Array, content: AsyncIterable<Uint8Array>, tail: Uint8Array) {
  yield head;
  yield* content;
  yield tail;
}
