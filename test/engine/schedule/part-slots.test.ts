import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PartSlots } from '../../../main/engine/schedule/part-slots.ts';

const turn = () => new Promise((done) => setImmediate(done));
const signal = new AbortController().signal;

describe('slots for parts', () => {
  test('are given in the order of asking, so many at a time', async () => {
    const slots = new PartSlots(2, () => null);
    const order: number[] = [];
    const frees: (() => void)[] = [];
    const asked = [1, 2, 3, 4].map((n) => slots.acquire(1, signal).then((free) => (order.push(n), frees.push(free))));
    await turn();
    expect(order).toEqual([1, 2]);
    frees[1]!();
    frees[1]!(); // a slot is freed once
    await turn();
    expect(order).toEqual([1, 2, 3]);
    slots.setSlots(3);
    await Promise.all(asked);
    expect(order).toEqual([1, 2, 3, 4]);
  });

  test('bound the bytes in flight to a minute of the rate, down to one part', async () => {
    let rate: number | null = 100;
    const slots = new PartSlots(5, () => rate);
    const first = await slots.acquire(10_000, signal);
    let second: (() => void) | undefined;
    const waiting = slots.acquire(10, signal).then((free) => (second = free));
    await turn();
    expect(second).toBeUndefined();
    rate = 1000;
    first();
    await waiting;
    await slots.acquire(59_990, signal);
    const third = slots.acquire(1, signal);
    await turn();
    second!();
    expect(await third).toBeTypeOf('function');
  });

  test('who gives up while waiting leaves the line', async () => {
    const slots = new PartSlots(1, () => null);
    const free = await slots.acquire(1, signal);
    const controller = new AbortController();
    const left = slots.acquire(1, controller.signal);
    const next = slots.acquire(1, signal);
    controller.abort(new Error('stop'));
    await expect(left).rejects.toThrow('stop');
    await expect(slots.acquire(1, controller.signal)).rejects.toThrow('stop');
    free();
    (await next)();
    expect(await slots.acquire(1, signal)).toBeTypeOf('function');
  });

  test('never let in more than their number or a minute of bytes, and let everybody in', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(
        sizes,
        fc.integer({ min: 1, max: 5 }),
        fc.option(fc.integer({ min: 1, max: 5 })),
        async (parts, count, rate) => {
          const slots = new PartSlots(count, () => rate);
          let [used, bytes, admitted] = [0, 0, 0];
          await Promise.all(
            parts.map(async (size) => {
              const free = await slots.acquire(size, signal);
              used += 1;
              bytes += size;
              admitted += 1;
              expect(used).toBeLessThanOrEqual(count);
              if (rate !== null && used > 1) expect(bytes).toBeLessThanOrEqual(rate * 60);
              await turn();
              used -= 1;
              bytes -= size;
              free();
            }),
          );
          expect(admitted).toBe(parts.length);
        },
      ),
      { numRuns: 50 },
    );
  });
});
