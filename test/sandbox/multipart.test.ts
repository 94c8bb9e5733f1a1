// The reader of forms: whatever the chunks, the parts are those that were written; @fastify/busboy is the referee.
import { Busboy } from '@fastify/busboy';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MultipartReader } from '../../main/sandbox/http/multipart.ts';

interface Part {
  name: string;
  isFile: boolean;
  content: string;
}

const typeOf = (boundary: string): string => `multipart/form-data; boundary=${boundary}`;

/** Reads a body cut at the given places. Contents as latin1, so that each byte shows. */
function read(body: Buffer, contentType: string, cuts: readonly number[] = []): Part[] {
  const parts: Part[] = [];
  const reader = new MultipartReader(contentType, ({ name, isFile }) => {
    let content = '';
    return {
      write: (chunk) => void (content += chunk.toString('latin1')),
      end: () => void parts.push({ name, isFile, content }),
    };
  });
  const places = [0, ...cuts.map((cut) => cut % (body.length + 1)).toSorted((a, b) => a - b), body.length];
  for (const [index, from] of places.slice(0, -1).entries()) reader.write(body.subarray(from, places[index + 1]));
  reader.end();
  return parts;
}

function readByBusboy(body: Buffer, contentType: string): Promise<Part[]> {
  const parts: Part[] = [];
  return new Promise((resolve, reject) => {
    const form = new Busboy({ headers: { 'content-type': contentType } });
    form.on('field', (name, value) => parts.push({ name, isFile: false, content: value }));
    form.on('file', (name, stream) => {
      let content = '';
      stream.on('data', (chunk: Buffer) => (content += chunk.toString('latin1')));
      stream.on('end', () => parts.push({ name, isFile: true, content }));
    });
    form.on('finish', () => resolve(parts));
    form.on('error', reject);
    form.end(body);
  });
}

const part = (headers: string, content: Buffer | string): Buffer =>
  Buffer.concat([Buffer.from(`--B-1\r\n${headers}\r\n\r\n`), Buffer.from(content), Buffer.from('\r\n')]);
const close = Buffer.from('--B-1--\r\n');
const disposition = 'Content-Disposition: form-data; ';

describe('a form', () => {
  it('has the parts that were written, wherever it is cut', async () => {
    // Bytes of which delimiters are made come often; a whole delimiter doesn't occur in a content.
    const pieces = fc.constantFrom(
      '\r',
      '\n',
      '\r\n',
      '-',
      '--',
      '\r\n-',
      '\r\n--',
      '\r\n--B',
      '\r\n--B-',
      'B-1',
      'x',
      '\0',
    );
    const content = fc
      .array(fc.oneof(pieces, fc.string({ maxLength: 5 })), { maxLength: 12 })
      .map((texts) => texts.join(''))
      .filter((text) => !`\r\n${text}`.includes('\r\n--B-1') && /^[\0-\x7f]*$/.test(text));
    const name = fc.stringMatching(/^[a-z ;=']{1,9}$/);
    const written = fc.record({ name, isFile: fc.boolean(), content });
    await fc.assert(
      fc.asyncProperty(
        fc.array(written, { minLength: 1, maxLength: 4 }),
        fc.array(fc.nat(2000)),
        async (parts, cuts) => {
          const headers = ({ name, isFile }: Part): string =>
            `${disposition}name="${name}"${isFile ? '; filename="f"' : ''}`;
          const body = Buffer.concat([...parts.map((one) => part(headers(one), one.content)), close]);
          expect(read(body, typeOf('B-1'), cuts)).toEqual(parts);
          const byName = (list: Part[]): Part[] =>
            list.toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
          expect(byName(await readByBusboy(body, typeOf('B-1')))).toEqual(byName(parts));
        },
      ),
    );
  });

  it('may have a preamble, an epilogue, a quoted boundary and headers in any case', () => {
    const headers = 'content-type: Application/Octet-Stream\r\ncontent-disposition:form-data;name=plain';
    const body = Buffer.concat([Buffer.from('before\r\n'), part(headers, 'x'), close, Buffer.from('after --B-1 \r\n')]);
    expect(read(body, 'Multipart/Form-Data; charset=utf-8; Boundary="B-1"', [9, 30])).toEqual([
      { name: 'plain', isFile: true, content: 'x' },
    ]);
    const quoted = part(`${disposition}filename="a; name=\\"attributes\\""; name="file"`, 'y');
    expect(read(Buffer.concat([quoted, close]), typeOf('B-1'))).toMatchObject([{ name: 'file' }]);
  });

  it('may give a file name in its extended form alone, or with a line separator of Unicode in it', async () => {
    const separators = '\u2028\u2029\u0085';
    const names = [
      `filename*=UTF-8''x.txt`,
      `filename="a${separators}b"`,
      `filename="a\\${separators}b"`,
      `filename="a${separators}content-disposition: form-data; name=other"`,
    ];
    const parts = names.map((name) => part(`${disposition}name="file"; ${name}`, 'x'));
    const field = part(`${disposition}name="\u2028content-type: application/octet-stream"`, 'y');
    const body = Buffer.concat([...parts, field, close]);
    const file = { name: 'file', isFile: true, content: 'x' };
    const expected = [file, file, file, file, { isFile: false, content: 'y' }];
    expect(read(body, typeOf('B-1'))).toMatchObject(expected);
    expect(await readByBusboy(Buffer.concat([...parts, close]), typeOf('B-1'))).toEqual(expected.slice(0, 4));
  });

  it.each([
    ['that ends too early', part(`${disposition}name="a"`, 'x')],
    ['without a delimiter', Buffer.from('nothing')],
    ['with a part that has no name', Buffer.concat([part('Content-Type: text/plain', 'x'), close])],
    ['with a name that never ends', Buffer.concat([part(`${disposition}name="a`, 'x'), close])],
    ['with something behind its boundary', Buffer.from(`--B-12\r\n${disposition}name="a"\r\n\r\nx\r\n--B-1--`)],
    ['with endless headers', Buffer.concat([Buffer.from('--B-1\r\n'), Buffer.alloc(20_000, 'x')])],
  ])('%s is refused', (_, body) => {
    expect(() => read(body, typeOf('B-1'))).toThrow(expect.objectContaining({ status: 400, code: 'bad_request' }));
  });

  it.each([
    '',
    'application/json',
    'multipart/form-data',
    'multipart/mixed; boundary=B',
    'multipart/form-data; boundary="B',
  ])('is not what comes as %j', (contentType) => {
    expect(() => read(close, contentType)).toThrow(expect.objectContaining({ status: 400, code: 'bad_request' }));
  });
});
