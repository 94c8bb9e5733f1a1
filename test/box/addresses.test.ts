import { describe, expect, it } from 'vitest';
import type { BoxCall } from '../../main/box/call.ts';
import { addressBook } from '../../main/box/transport/addresses.ts';

const bases = ['https://api.box.com/2.0', 'https://upload.box.com/api/2.0'];
const call = (url: string, more: Partial<BoxCall> = {}): BoxCall => ({
  operation: 'test',
  area: 'item',
  method: 'GET',
  url,
  retry: 'once',
  signal: AbortSignal.timeout(1000),
  ...more,
});

describe('where a call goes', () => {
  it('is parsed once, and again for another query', () => {
    const addressOf = addressBook(bases);
    const parts = 'https://fupload-ec2.box.com/api/2.0/files/upload_sessions/A/parts?shard=1';
    const first = addressOf(call(parts, { query: { offset: 0, limit: undefined } }));
    expect(first?.url.href).toBe(`${parts}&offset=0`);
    expect(first?.host).toBe('fupload-ec2.box.com');
    expect(addressOf(call(parts, { query: { offset: 0 } }))).toBe(first);
    expect(addressOf(call(parts, { query: { offset: 10 } }))?.url.search).toBe('?shard=1&offset=10');
    expect(addressOf(call(parts))?.url.href).toBe(parts);
  });

  it('keeps apart what reads the same when it is put together', () => {
    const addressOf = addressBook(bases);
    const url = 'https://api.box.com/2.0/folders';
    expect(addressOf(call(url, { query: { a: '1 b 1 2' } }))?.url.searchParams.get('b')).toBeNull();
    expect(addressOf(call(url, { query: { a: '1', b: '2' } }))?.url.searchParams.get('b')).toBe('2');
  });

  it('is nowhere for a token that would go to a foreign host, however often it is asked', () => {
    const addressOf = addressBook(bases);
    const foreign = 'https://box.example.com/2.0/users/me';
    expect(addressOf(call(foreign))).toBeUndefined();
    expect(addressOf(call(foreign, { withoutToken: true }))?.host).toBe('box.example.com');
    expect(addressOf(call(foreign))).toBeUndefined();
  });

  it('is forgotten after a while, and found again', () => {
    const addressOf = addressBook(bases);
    const urlOf = (n: number) => `https://api.box.com/2.0/files/${n}`;
    for (let n = 0; n < 100; n += 1) expect(addressOf(call(urlOf(n)))?.url.href).toBe(urlOf(n));
    expect(addressOf(call(urlOf(0)))?.url.href).toBe(urlOf(0));
  });
});
