import { describe, expect, it } from 'vitest';
import { releaseChunk } from '../../main/sandbox/http/body.ts';

describe('the memory of a chunk', () => {
  it('is given back when the chunk has it for itself', () => {
    const chunk = Buffer.allocUnsafeSlow(64 * 1024);
    releaseChunk(chunk);
    expect(chunk.length).toBe(0);
  });

  it('is left alone when others lie in it too', () => {
    const whole = Buffer.from(new ArrayBuffer(10)).fill(7);
    releaseChunk(whole.subarray(2));
    releaseChunk(whole.subarray(0, 9));
    expect([...whole]).toEqual(Array(10).fill(7));
    const pooled = Buffer.from('a few bytes');
    releaseChunk(pooled);
    expect(pooled.toString()).toBe('a few bytes');
  });

  it('may be given back twice', () => {
    const chunk = Buffer.allocUnsafeSlow(1);
    releaseChunk(chunk);
    expect(() => releaseChunk(chunk)).not.toThrow();
  });
});
