import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { z } from 'zod';

/** 64 MiB and about a third of a second: what OWASP recommends for scrypt. */
const cost = { N: 2 ** 16, r: 8, p: 2 };

const base64 = z.string().regex(/^[A-Za-z0-9+/]+={0,2}$/);
/** Bounds on what a file may ask for, so that one from elsewhere can't take all memory. */
const headerSchema = z.object({
  format: z.literal('boxcar-secret'),
  version: z.literal(1),
  kdf: z.object({
    name: z.literal('scrypt'),
    N: z.int().min(2 ** 14).max(2 ** 18),
    r: z.int().min(8).max(16),
    p: z.int().min(1).max(4),
    salt: base64,
  }), // prettier-ignore
  cipher: z.literal('aes-256-gcm'),
});
const sealedSchema = headerSchema.extend({ nonce: base64, tag: base64, text: base64 });
type Header = z.infer<typeof headerSchema>;

/** A key that was made of a passphrase for one salt; making it is slow on purpose, so it is kept while a process runs. */
export interface SealKey {
  header: Header;
  key: Buffer;
}

/** What a sealed text needs to be opened, before a passphrase is asked for. @throws ZodError, SyntaxError for anything else. */
export function readHeader(sealed: string): Header {
  return headerSchema.parse(JSON.parse(sealed));
}

/** The key of a passphrase: for the header of a sealed text, or a new one. */
export async function sealKey(passphrase: string, header = newHeader()): Promise<SealKey> {
  const { N, r, p, salt } = header.kdf;
  const key = await new Promise<Buffer>((resolve, reject) => {
    // NFC, so that an umlaut typed on another system is the same one.
    const text = passphrase.normalize('NFC');
    const bytes = Buffer.from(salt, 'base64');
    scrypt(text, bytes, 32, { N, r, p, maxmem: 256 * N * r }, (error, made) => (error ? reject(error) : resolve(made)));
  });
  return { header, key };
}

/** A text under a key, with a nonce of its own; the header is part of what is authenticated. */
export function seal(text: string, { header, key }: SealKey): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(authenticated(header));
  const hidden = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  const sealed = { ...header, nonce, tag: cipher.getAuthTag(), text: hidden };
  const asText = (value: unknown) => (Buffer.isBuffer(value) ? value.toString('base64') : value);
  return JSON.stringify(Object.fromEntries(Object.entries(sealed).map(([name, value]) => [name, asText(value)])));
}

/** The text; undefined where the key is another one, or a byte was changed. @throws ZodError, SyntaxError */
export function unseal(sealed: string, { header, key }: SealKey): string | undefined {
  const { nonce, tag, text } = sealedSchema.parse(JSON.parse(sealed));
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64'), { authTagLength: 16 });
  decipher.setAAD(authenticated(header));
  try {
    decipher.setAuthTag(Buffer.from(tag, 'base64'));
    return Buffer.concat([decipher.update(Buffer.from(text, 'base64')), decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}

/** Whether a key was made for this header. */
export function fits(key: SealKey, header: Header): boolean {
  return JSON.stringify(key.header) === JSON.stringify(header);
}

function newHeader(): Header {
  const kdf = { name: 'scrypt' as const, ...cost, salt: randomBytes(16).toString('base64') };
  return { format: 'boxcar-secret', version: 1, kdf, cipher: 'aes-256-gcm' };
}

function authenticated(header: Header): Buffer {
  return Buffer.from(JSON.stringify(header));
}
