import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';

const decoders: Readonly<Record<string, (bytes: Buffer, limits: { maxOutputLength: number }) => Buffer>> = {
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
};

/**
 * The text of an answer, whatever it was packed with. None is asked for, but a request that names no encoding allows each
 * (RFC 9110, section 12.5.3), and proxies pack on their own. What can't be unpacked, or would be longer than `longestBytes`,
 * becomes a text that is no JSON and says so: an answer was given, and its status counts all the same.
 * @param encoding the Content-Encoding header; several are told in the order in which they were applied.
 */
export function decodedText(bytes: Buffer, encoding: string | undefined, longestBytes: number): string {
  const names = (encoding ?? '').toLowerCase().split(',');
  const applied = names.map((name) => name.trim()).filter((name) => name !== '' && name !== 'identity');
  if (applied.length === 0 || bytes.length === 0) return bytes.toString('utf8');
  try {
    let plain = bytes;
    for (const name of applied.reverse()) {
      const decode = decoders[name];
      if (!decode) return `the content encoding ${name} is not known`;
      plain = decode(plain, { maxOutputLength: longestBytes });
    }
    return plain.toString('utf8');
  } catch {
    return `the content encoding ${applied.join(', ')} can't be undone`;
  }
}
