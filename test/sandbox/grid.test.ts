// The part grid, for any file size, part size and order of parts.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkGrid, choosePartSize, parseContentRange, partCount } from '../../main/sandbox/state/grid.ts';
import { endBox, openBox, type Json, type TestBox } from './raw-client.ts';

const accepts = (startBytes: number, endBytes: number, fileBytes: number, partBytes: number): boolean => {
  try {
    checkGrid(parseContentRange(`bytes ${startBytes}-${endBytes}/${fileBytes}`), fileBytes, partBytes);
    return true;
  } catch {
    return false;
  }
};

describe('the grid', () => {
  it('accepts exactly the cells that tile the file', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 12 }), (fileBytes, partBytes) => {
        const cells: [number, number][] = [];
        for (let start = 0; start < fileBytes; start++) {
          for (let end = start; end < fileBytes; end++)
            if (accepts(start, end, fileBytes, partBytes)) cells.push([start, end]);
        }
        expect(cells).toHaveLength(partCount(fileBytes, partBytes));
        expect(cells.reduce((sum, [start, end]) => sum + end - start + 1, 0)).toBe(fileBytes);
        expect(new Set(cells.map(([start]) => start)).size).toBe(cells.length);
      }),
    );
  });

  it('chooses a power of two that keeps a file within 1,280 parts', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 * 2 ** 30 }), (fileBytes) => {
        const partBytes = choosePartSize(fileBytes);
        expect(Number.isInteger(Math.log2(partBytes / (8 * 2 ** 20)))).toBe(true);
        expect(partCount(fileBytes, partBytes)).toBeLessThanOrEqual(1280);
      }),
    );
    expect(choosePartSize(2 ** 30)).toBe(8 * 2 ** 20);
  });
});

describe('a session', () => {
  let box: TestBox;
  let names = 0;
  beforeAll(async () => {
    box = await openBox({ partSize: 1024, minSessionFile: 1 });
  });
  afterAll(() => endBox(box));

  it('ends in the right bytes, or in the right refusal, whatever the order and repetition of parts', async () => {
    const arbitrary = fc
      .uint8Array({ minLength: 1, maxLength: 6000 })
      .chain((bytes) =>
        fc.tuple(
          fc.constant(Buffer.from(bytes)),
          fc.array(fc.tuple(fc.nat(partCount(bytes.length, 1024) - 1), fc.boolean()), { maxLength: 14 }),
        ),
      );
    await fc.assert(
      fc.asyncProperty(arbitrary, async ([bytes, steps]) => {
        const name = `p${++names}`;
        const session = { ...(await box.openSession(name, bytes.length)).json, total_bytes: bytes.length };
        const stored = new Map<number, Json>();
        for (const [index, isDamaged] of steps) {
          const slice = bytes.subarray(index * 1024, (index + 1) * 1024);
          const damaged = Buffer.from(slice.map((byte) => byte ^ 1));
          const digest = isDamaged ? { digest: 'sha=AAAAAAAAAAAAAAAAAAAAAAAAAAA=' } : undefined;
          const answer = await box.putPart(session, isDamaged ? damaged : slice, index * 1024, digest);
          const expected = stored.has(index) ? 416 : isDamaged ? 400 : 200;
          expect(answer.status).toBe(expected);
          if (expected === 200) stored.set(index, answer.json.part);
        }
        const parts = [...stored.values()];
        const complete = stored.size === partCount(bytes.length, 1024);
        const answer = await box.commit(session, bytes, parts);
        expect([answer.status, answer.json.code]).toEqual(complete ? [201, undefined] : [400, 'parts_mismatch']);
        if (!complete) return;
        const { id } = answer.json.entries[0] as { id: string };
        expect((await box.api('GET', `/files/${id}/content?`)).text).toBe(bytes.toString('utf8'));
      }),
      { numRuns: 60 },
    );
  });
});
