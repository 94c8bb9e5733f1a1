// Reads multipart/form-data (RFC 7578; delimiters of RFC 2046, 5.1.1) as it arrives. Without streams and events, which cost a
// small upload more than its bytes do.
import { badRequest } from './box-error.ts';

const longestBoundary = 200;
const mostHeaderBytes = 16 * 1024;
const lineEnd = Buffer.from('\r\n');
const headersEnd = Buffer.from('\r\n\r\n');
const carriageReturn = 13;
const binaryType = /^content-type:[ \t]*application\/octet-stream\b/i;
const parameter = /;[ \t]*([^\s=;"]+)=(?:"((?:[^"\\\r\n]|\\[^\r\n])*)"|([^\s;"]*))[ \t]*/gy;

/** One part of a form, before its bytes. */
export interface FormPart {
  name: string;
  /** It has a file name, or says that it holds bytes. */
  isFile: boolean;
}

/** Takes the bytes of one part. What it throws ends the reading. */
export interface PartSink {
  write(chunk: Buffer): void;
  end(): void;
}

const malformed = (what: string): Error => badRequest('body', `Malformed multipart body: ${what}`);

/** The parameters behind a header's value: `; name="a"; filename=b`. Undefined where they aren't well-formed. */
function parseParameters(text: string): Map<string, string> | undefined {
  const found = new Map<string, string>();
  let end = 0;
  for (const match of text.matchAll(parameter)) {
    const [all, key = '', quoted, plain = ''] = match;
    found.set(key.toLowerCase(), quoted === undefined ? plain : quoted.replace(/\\(.)/gs, '$1'));
    end = match.index + all.length;
  }
  return end === text.length ? found : undefined;
}

function boundaryOf(contentType: string): string {
  const match = /^multipart\/form-data[ \t]*(;.*)?$/i.exec(contentType.trim());
  if (!match) throw badRequest('content-type', 'The body must be multipart/form-data');
  const boundary = parseParameters(match[1] ?? '')?.get('boundary') ?? '';
  if (boundary === '' || boundary.length > longestBoundary)
    throw badRequest('content-type', 'The multipart boundary is missing or malformed');
  return boundary;
}

/** Lines are what LF ends: to `m` and `.` of a RegExp the separators of Unicode, which a file name may hold, end them too. */
function parseHeaders(lines: string[]): FormPart {
  const disposition = lines.find((line) => /^content-disposition:/i.test(line)) ?? '';
  const match = /^[^:]*:[ \t]*form-data[ \t]*(;.*)$/is.exec(disposition);
  const parameters = match && parseParameters(match[1] ?? '');
  const name = parameters?.get('name');
  if (!parameters || name === undefined) throw malformed('a part has no name');
  const hasFileName = parameters.has('filename') || parameters.has('filename*');
  return { name, isFile: hasFileName || lines.some((line) => binaryType.test(line)) };
}

/** Reads one form. Give it every chunk and then `end`. */
export class MultipartReader {
  readonly #delimiter: Buffer;
  readonly #onPart: (part: FormPart) => PartSink;
  #state: 'preamble' | 'headers' | 'content' | 'epilogue' = 'preamble';
  #part: PartSink | undefined;
  /** The end of what was read, where it can't be judged yet. A line end first, since a body may begin with its delimiter. */
  #rest: Buffer = lineEnd;

  /**
   * @param onPart chooses where a part's bytes go; called before the first of them.
   * @throws BoxError 400 bad_request for a content type that isn't multipart/form-data with a boundary
   */
  constructor(contentType: string, onPart: (part: FormPart) => PartSink) {
    this.#delimiter = Buffer.from(`\r\n--${boundaryOf(contentType)}`);
    this.#onPart = onPart;
  }

  /** @throws BoxError 400 bad_request for what is malformed, and what a sink throws */
  write(chunk: Buffer): void {
    let bytes = this.#withRest(chunk);
    for (let next: Buffer | undefined; this.#state !== 'epilogue'; bytes = next) {
      next = this.#state === 'headers' ? this.#readHeaders(bytes) : this.#readContent(bytes);
      if (!next) return;
    }
  }

  #withRest(chunk: Buffer): Buffer {
    if (this.#rest.length === 0) return chunk;
    const first = this.#delimiter.length - lineEnd.length;
    // The usual beginning: no need to copy a chunk that may hold the whole body.
    if (
      this.#rest === lineEnd &&
      this.#delimiter.compare(chunk, 0, Math.min(first, chunk.length), lineEnd.length) === 0
    ) {
      this.#state = 'headers';
      return chunk.subarray(first);
    }
    return Buffer.concat([this.#rest, chunk]);
  }

  /** @throws BoxError 400 bad_request where the closing delimiter is missing */
  end(): void {
    if (this.#state !== 'epilogue') throw malformed('it ends too early');
  }

  /** Content up to the next delimiter, or the preamble. Gives what follows; undefined where more has to arrive first. */
  #readContent(bytes: Buffer): Buffer | undefined {
    const at = bytes.indexOf(this.#delimiter);
    const end = at < 0 ? this.#possibleStart(bytes) : at;
    if (end > 0) this.#part?.write(bytes.subarray(0, end));
    this.#rest = bytes.subarray(end);
    if (at < 0) return undefined;
    this.#part?.end();
    this.#part = undefined;
    this.#state = 'headers';
    this.#rest = bytes.subarray(at + this.#delimiter.length);
    return this.#rest;
  }

  /** Where the last bytes may be the beginning of a delimiter; their end where they can't. */
  #possibleStart(bytes: Buffer): number {
    const { length } = bytes;
    let at = bytes.indexOf(carriageReturn, Math.max(0, length - this.#delimiter.length + 1));
    while (at >= 0 && this.#delimiter.compare(bytes, at, length, 0, length - at) !== 0)
      at = bytes.indexOf(carriageReturn, at + 1);
    return at < 0 ? length : at;
  }

  /** What follows a delimiter: `--`, or the rest of its line and the headers of a part. */
  #readHeaders(bytes: Buffer): Buffer | undefined {
    this.#rest = bytes;
    if (bytes.length >= 2 && bytes.toString('latin1', 0, 2) === '--') {
      this.#state = 'epilogue';
      this.#rest = Buffer.alloc(0);
      return this.#rest;
    }
    const end = bytes.indexOf(headersEnd);
    if (end > mostHeaderBytes || (end < 0 && bytes.length > mostHeaderBytes))
      throw malformed('its headers are too long');
    if (end < 0) return undefined;
    const [line = '', ...headers] = bytes.toString('utf8', 0, end).split(/\r?\n/);
    if (line.trim() !== '') throw malformed('something follows its boundary');
    this.#part = this.#onPart(parseHeaders(headers));
    this.#state = 'content';
    return bytes.subarray(end + headersEnd.length);
  }
}
