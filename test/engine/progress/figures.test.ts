import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { estimateMs } from '../../../main/engine/progress/estimate.ts';
import { LiveBoard } from '../../../main/engine/progress/live.ts';
import { SpeedMeter } from '../../../main/engine/progress/speed.ts';
import { classifyFailure, maxAttempts } from '../../../main/engine/transfer/classify-failure.ts';
import { attributesOf } from '../../../main/engine/transfer/attributes.ts';
import { routeFor } from '../../../main/engine/transfer/route.ts';
import { accountHost } from '../../../main/engine/job/account.ts';
import { parseTargetFolder } from '../../../main/engine/job/resolve-target.ts';
import { classOf } from '../../../shared/describe-problem.ts';
import type { Problem } from '../../../shared/problem.ts';
import { problems, type ProblemCode } from '../../../shared/problem-table.ts';
import { endStates, mayMove, transferStates } from '../../../shared/transfer-state.ts';
import { TestClock } from '../../support/engine-clock.ts';

const nothing = { bytes: 0, files: 0, bytesPerSecond: null, filesPerSecond: null, uploadsPerMinute: 0 };

describe('the estimate', () => {
  test('counts bytes, files and the pace of Box', () => {
    expect(estimateMs(nothing)).toBe(0);
    expect(estimateMs({ ...nothing, files: 1, bytes: 1000 })).toBeNull();
    expect(estimateMs({ ...nothing, files: 1, bytes: 1000, bytesPerSecond: 100 })).toBe(10_000);
    // 100,000 small files are seven hours at 240 a minute, whatever the bandwidth.
    const small = { files: 100_000, bytes: 2e9, bytesPerSecond: 1e9, filesPerSecond: null, uploadsPerMinute: 240 };
    expect(estimateMs(small)! / 3_600_000).toBeCloseTo(6.94, 1);
    expect(estimateMs({ ...nothing, files: 1, bytes: 1e12, bytesPerSecond: 1 })).toBeNull();
    expect(estimateMs({ ...nothing, files: 1, bytes: 1e12, bytesPerSecond: 0 })).toBeNull();
  });
});

describe('the speed', () => {
  test('says nothing for two seconds, then the rate of the last five, and 0 once nothing flows', () => {
    const meter = new SpeedMeter();
    expect(meter.bytesPerSecond(0)).toBeNull();
    for (let at = 0; at <= 10_000; at += 50) {
      meter.add(50, at);
      if (at < 2000) expect(meter.bytesPerSecond(at)).toBeNull();
      else expect(Math.abs(meter.bytesPerSecond(at)! - 1000)).toBeLessThan(60);
    }
    expect(meter.bytesPerSecond(16_000)).toBe(0);
  });

  test('of all transfers is the sum of theirs', () => {
    const clock = new TestClock();
    const board = new LiveBoard(clock);
    const [a, b] = [board.begin(1, 7), board.begin(2, 8)];
    for (let n = 0; n < 30; n += 1) {
      board.sent(a, 100, false);
      board.sent(b, 300, true);
      clock.pass(100);
    }
    expect(board.traffic(7)).toMatchObject({ sentBytes: 3000, resentBytes: 0 });
    expect(board.traffic(8)).toMatchObject({ sentBytes: 9000, resentBytes: 9000 });
    expect(Math.round(board.bytesPerSecond()!)).toBe(4000);
    board.reset(7);
    expect(board.traffic(7).sentBytes).toBe(0);
  });
});

describe('what follows from a failure', () => {
  const codes = Object.keys(problems) as ProblemCode[];
  const problem = (code: ProblemCode, more: Partial<Problem> = {}): Problem => ({
    code,
    operation: 'x',
    detail: '',
    at: 0,
    ...more,
  });
  test('for every problem there is: by its class', () => {
    for (const code of codes) {
      const first = classifyFailure(problem(code), 1, () => 5);
      const last = classifyFailure(problem(code), maxAttempts, () => 5);
      const expected = { retry: ['waiting', 'failed'], 'retry-after': ['waiting', 'waiting'], 'pause-all': ['blocked', 'blocked'],
        'needs-user': ['failed', 'failed'], 'give-up': ['failed', 'failed'] }[classOf({ code })]; // prettier-ignore
      expect([first.kind, last.kind], code).toEqual(expected);
    }
  });

  test('what the server asked for is waited for, and wrong bytes are no accident for long', () => {
    const asked = { retryAfterMs: 7000 };
    expect(classifyFailure(problem('box.rate-limit', asked), 1, () => 5)).toMatchObject({
      reason: 'rate',
      delayMs: 7000,
    });
    expect(classifyFailure(problem('box.rate-limit'), 3, (n) => n)).toMatchObject({ delayMs: 3 });
    expect(classifyFailure(problem('box.rate-limit', { retryAfterMs: 0 }), 1, () => 5)).toMatchObject({ delayMs: 5 });
    expect(classifyFailure(problem('box.unavailable', asked), 1, () => 5)).toMatchObject({
      reason: 'network',
      delayMs: 7000,
    });
    expect(classifyFailure(problem('box.unavailable', asked), 1, () => 9000)).toMatchObject({ delayMs: 9000 });
    expect(classifyFailure(problem('local.locked'), 1, () => 5)).toMatchObject({ reason: 'locked' });
    expect(classifyFailure(problem('content.digest'), 2, () => 5).kind).toBe('waiting');
    expect(classifyFailure(problem('content.digest'), 3, () => 5).kind).toBe('failed');
  });
});

describe('small decisions', () => {
  test('a file goes up in parts from 20,971,520 bytes on', () => {
    expect(routeFor(20_971_519)).toEqual({ kind: 'direct', lane: 0 });
    expect(routeFor(20_971_520)).toEqual({ kind: 'session', lane: 1 });
    expect(routeFor(0).kind).toBe('direct');
  });

  test('content is never created after it was modified', () => {
    const facts = { dev: '', inode: '', sizeBytes: 0, ctimeNs: '0' };
    const of = (mtimeMs: number, birthMs: number | null) =>
      attributesOf({
        ...facts,
        mtimeNs: `${mtimeMs}000000`,
        birthtimeNs: birthMs === null ? null : `${birthMs}000000`,
      });
    expect(of(5000, 3000)).toEqual({ contentCreatedAt: new Date(3000), contentModifiedAt: new Date(5000) });
    expect(of(5000, 9000)).toEqual({ contentCreatedAt: new Date(5000), contentModifiedAt: new Date(5000) });
    expect(of(5000, null)).toEqual({ contentCreatedAt: new Date(5000), contentModifiedAt: new Date(5000) });
  });

  test('the port of this machine does not tell one Box from another', () => {
    expect(accountHost('http://127.0.0.1:1234/2.0')).toBe(accountHost('http://localhost:99/2.0'));
    expect(accountHost('https://api.box.com/2.0')).toBe('api.box.com');
  });

  test('a target is an id or a path', () => {
    expect(parseTargetFolder('0')).toEqual({ id: '0' });
    expect(parseTargetFolder('/')).toEqual({ names: [] });
    expect(parseTargetFolder('/a//b/')).toEqual({ names: ['a', 'b'] });
    for (const bad of ['', 'a', '-1', '1.5', '/a/../b', '/trailing ', `/${'x'.repeat(256)}`])
      expect(() => parseTargetFolder(bad)).toThrow();
  });
});

describe('the states of a transfer', () => {
  const state = fc.constantFrom(...transferStates);
  test('ended ones stay ended, but for an abort that is tried again; staying is always allowed', () => {
    fc.assert(
      fc.property(state, state, (from, to) => {
        if (from === to) expect(mayMove(from, to)).toBe(true);
        else if (endStates.includes(from)) expect(mayMove(from, to)).toBe(from === 'aborted' && to === 'queued');
      }),
    );
  });

  test('one that is committing is neither superseded nor aborted', () => {
    for (const to of ['superseded', 'aborted', 'aborting'] as const) expect(mayMove('committing', to)).toBe(false);
  });

  test('every state that has not ended can be left for the queue, so nothing is stuck', () => {
    for (const from of transferStates)
      if (!['done', 'superseded'].includes(from)) expect(mayMove(from, 'queued'), from).toBe(true);
  });
});
