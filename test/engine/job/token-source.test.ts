import { expect, test } from 'vitest';
import { tokenSource } from '../../../main/engine/job/token-source.ts';

const { signal } = new AbortController();

/** A source whose questions are answered by hand, and a clock that stands still. */
function scene() {
  const asked: { args: object; answer: PromiseWithResolvers<{ token: string }> }[] = [];
  let nowMs = 0;
  const source = tokenSource({ monotonic: () => nowMs }, (args) => {
    const answer = Promise.withResolvers<{ token: string }>();
    asked.push({ args, answer });
    return answer.promise;
  });
  return { source, asked, pass: (ms: number) => (nowMs += ms) };
}

test('one question serves all that need a token, for half a minute', async () => {
  const { source, asked, pass } = scene();
  const both = Promise.all([source.get(signal), source.get(signal)]);
  asked[0]!.answer.resolve({ token: 'first' });
  expect(await both).toEqual(['first', 'first']);
  pass(29_999);
  expect(await source.get(signal)).toBe('first');
  pass(1);
  const next = source.get(signal);
  asked[1]!.answer.resolve({ token: 'second' });
  expect(await next).toBe('second');
  expect(asked.length).toBe(2);
});

test('a refused token is asked for anew, unless another call has done so', async () => {
  const { source, asked } = scene();
  const first = source.get(signal);
  asked[0]!.answer.resolve({ token: 'old' });
  await first;
  const renewed = source.renew('old', signal);
  await expect.poll(() => asked.length).toBe(2);
  expect(asked[1]!.args).toEqual({ refused: 'old', twice: false });
  asked[1]!.answer.resolve({ token: 'new' });
  expect(await renewed).toBe('new');
  expect(await source.renew('old', signal)).toBe('new');
  expect(asked.length).toBe(2);
});

test('who joins a question about a token that is given up asks for the one of now', async () => {
  const { source, asked } = scene();
  const givenUp = source.renew('old', signal, true);
  await expect.poll(() => asked.length).toBe(1);
  const joined = source.get(signal);
  asked[0]!.answer.reject(new Error('sign in'));
  await expect(givenUp).rejects.toThrow('sign in');
  await expect.poll(() => asked.length).toBe(2);
  expect(asked[1]!.args).toEqual({});
  asked[1]!.answer.resolve({ token: 'new' });
  expect(await joined).toBe('new');
});
