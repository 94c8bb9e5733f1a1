import { onTestFinished, describe, expect, test } from 'vitest';
import { EventFollower, type FollowOptions } from '../../../main/engine/remote/follow-events.ts';
import type { RemoteEvent } from '../../../main/engine/remote/model.ts';
import { systemClock } from '../../../main/platform/clock.ts';
import { silentLogger } from '../../../main/platform/log.ts';
import { json, type Reply } from '../../../main/sandbox/http/reply.ts';
import { once, TestBox } from '../../support/engine-fixture.ts';
import { connectAsEngine } from '../support-pairs.ts';

const quick = { pauseMs: 1, pollMs: 20, refusedMs: 100, backoffBaseMs: 5, backoffMaxMs: 20 };

/** A follower whose calls are written down, and who can be waited for. */
class Followed {
  readonly told: RemoteEvent[] = [];
  readonly positions: string[] = [];
  /** What was called, in order. */
  readonly calls: ('gap' | 'events' | 'position')[] = [];
  readonly follower: EventFollower;
  failures = 0;
  #waiting: (() => void)[] = [];

  constructor(box: TestBox, options: Partial<FollowOptions> = {}) {
    this.follower = new EventFollower({
      connection: connectAsEngine(box),
      clock: systemClock,
      log: silentLogger(),
      position: null,
      onPosition: (position) => this.#note('position', () => this.positions.push(position)),
      onEvents: (events) => {
        if (this.failures > 0) {
          this.failures -= 1;
          return Promise.reject(new Error('the ledger is full'));
        }
        return this.#note('events', () => this.told.push(...events));
      },
      onGap: () => void this.#note('gap', () => undefined),
      timings: quick,
      ...options,
    });
    onTestFinished(() => this.follower.close());
    this.follower.start();
  }

  #note(call: 'gap' | 'events' | 'position', keep: () => unknown): Promise<void> {
    this.calls.push(call);
    keep();
    for (const wake of this.#waiting.splice(0)) wake();
    return Promise.resolve();
  }

  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((wake) => this.#waiting.push(wake));
  }

  gaps(): number {
    return this.calls.filter((call) => call === 'gap').length;
  }

  names(): (string | undefined)[] {
    return this.told.map(({ item }) => item?.name);
  }
}

const listings = (box: TestBox) => box.count('list-events');
const following = (followed: Followed) => followed.until(() => followed.positions.length > 0);

/** Resolves when a request of the route has come so often. */
function reached(box: TestBox, route: string, times: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const before = box.intercept;
  box.intercept = (request) => {
    if (request.route === route && request.count >= times) resolve(undefined);
    return before?.(request);
  };
  return promise;
}

describe('following', () => {
  test('what is done on Box is told with who did it, and where', async () => {
    const box = await TestBox.start();
    const followed = new Followed(box);
    await following(followed);
    expect(followed.calls).toEqual(['gap', 'position']);

    const folderId = await box.makeFolder('0', 'docs');
    const fileId = await box.put(folderId, 'a.txt', 'alpha');
    await box.raw('DELETE', `/files/${fileId}`);
    await followed.until(() => followed.told.length >= 3);
    const by = { id: '17170170170', name: 'Sandbox User' };
    expect(followed.told).toMatchObject([
      { type: 'ITEM_CREATE', by, item: { type: 'folder', id: folderId, name: 'docs', parentId: '0', trashed: false } },
      { type: 'ITEM_UPLOAD', by, item: { type: 'file', id: fileId, parentId: folderId, trashed: false } },
      { type: 'ITEM_TRASH', by, item: { type: 'file', id: fileId, name: 'a.txt', trashed: true } },
    ]);
    expect(followed.told.every(({ at }) => at !== null && Math.abs(at - Date.now()) < 600_000)).toBe(true);
    expect(followed.gaps()).toBe(1);
  });

  test('a stored position goes on where it was: nothing is missed, nothing comes twice', async () => {
    const box = await TestBox.start();
    const first = new Followed(box);
    await following(first);
    await box.makeFolder('0', 'before');
    await first.until(() => first.calls.at(-1) === 'position' && first.told.length === 1);
    await first.follower.close();

    await box.makeFolder('0', 'meanwhile');
    const second = new Followed(box, { position: first.positions.at(-1)! });
    await second.until(() => second.told.length > 0);
    await box.makeFolder('0', 'after');
    await second.until(() => second.told.length > 1);
    expect(second.names()).toEqual(['meanwhile', 'after']);
    expect(second.gaps()).toBe(0);
  });

  test('the position is stored after the events were taken; what was not taken is told again', async () => {
    const box = await TestBox.start();
    const followed = new Followed(box);
    await following(followed);
    followed.failures = 2;
    const stored = followed.positions.length;
    await box.makeFolder('0', 'docs');
    await followed.until(() => followed.positions.length > stored);
    expect(followed.calls.slice(-2)).toEqual(['events', 'position']);
    expect(followed.names()).toEqual(['docs']);
    expect(followed.failures).toBe(0);
  });

  test('an event that Box sends twice is told once', async () => {
    const box = await TestBox.start();
    const seen: unknown[] = [];
    // Every page brings all that came before, as it does when Box moves an event.
    const doubled = (answer: Reply): Reply => {
      const page = JSON.parse(answer.body!) as { entries: unknown[] };
      if (page.entries.length === 0) return answer;
      seen.push(...page.entries);
      return json(200, { ...page, entries: [...seen, ...page.entries] });
    };
    box.intercept = ({ route }) => (route === 'list-events' ? { afterEffect: doubled } : undefined);
    const followed = new Followed(box);
    await following(followed);
    await box.makeFolder('0', 'one');
    await followed.until(() => followed.told.length > 0);
    await box.makeFolder('0', 'two');
    await followed.until(() => followed.names().includes('two'));
    expect(followed.names()).toEqual(['one', 'two']);
  });

  test('closed while it waits for Box: it ends at once', async () => {
    const box = await TestBox.start();
    const waiting = reached(box, 'long-poll', 1);
    const followed = new Followed(box);
    await waiting;
    await followed.follower.close();
  });
});

describe('gaps', () => {
  test('a position that Box does not take, or that is too old, begins anew and says so', async () => {
    const box = await TestBox.start();
    await box.makeFolder('0', 'unseen');
    const expired = new Followed(box, { position: 'x1' });
    await following(expired);
    expect(expired.calls).toEqual(['gap', 'position']);

    const old = new Followed(box, { position: '0', positionAt: Date.now() - 14 * 86_400_000 });
    await following(old);
    expect(old.gaps()).toBe(1);
    const young = new Followed(box, { position: '0', positionAt: Date.now() - 12 * 86_400_000 });
    await young.until(() => young.told.length > 0);
    expect(young.names()).toEqual(['unseen']);
    expect([old.told, young.gaps()]).toEqual([[], 0]);
  });

  test('a page that leads nowhere is taken once, and then the gap is told', async () => {
    const box = await TestBox.start();
    const followed = new Followed(box);
    await following(followed);
    const position = followed.positions.at(-1);
    const stuck = (answer: Reply): Reply => {
      const page = JSON.parse(answer.body!) as { entries: unknown[] };
      return page.entries.length > 0 ? json(200, { ...page, next_stream_position: position }) : answer;
    };
    box.intercept = ({ route }) => (route === 'list-events' ? { afterEffect: stuck } : undefined);
    await box.makeFolder('0', 'docs');
    await followed.until(() => followed.gaps() === 2 && followed.calls.at(-1) === 'position');
    expect(followed.names()).toEqual(['docs']);
    expect(Number(followed.positions.at(-1))).toBeGreaterThan(Number(position));
  });

  test('pages that go round without anything new end too', async () => {
    const box = await TestBox.start();
    await box.makeFolder('0', 'docs');
    const { entries } = (await (await box.raw('GET', '/events?stream_position=0')).json()) as { entries: unknown[] };
    let turn = 0;
    box.intercept = ({ route, query }) =>
      route === 'list-events' && query.get('stream_position') !== 'now' && turn < 30
        ? { answer: json(200, { entries, next_stream_position: `${(turn += 1) % 2}` }) }
        : undefined;
    const followed = new Followed(box, { position: '0' });
    await followed.until(() => followed.gaps() === 1);
    expect(followed.names()).toEqual(['docs']);
    expect(turn).toBe(21);
  });
});

describe('waiting', () => {
  const refusals: Record<string, Reply> = {
    forbidden: { status: 403, body: '<html>proxy</html>' },
    page: { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>sign in to the hotel</html>' },
  };
  test.each(Object.entries(refusals))(
    'the long poll is refused (%s): events are asked for at intervals',
    async (_, answer) => {
      const box = await TestBox.start();
      box.intercept = ({ route }) => (route === 'long-poll' ? { answer } : undefined);
      const followed = new Followed(box, { timings: { ...quick, refusedMs: 3_600_000 } });
      await following(followed);
      await reached(box, 'list-events', 4);
      await box.makeFolder('0', 'docs');
      await followed.until(() => followed.told.length > 0);
      expect(box.count('long-poll')).toBe(1);
    },
  );

  test('long polls that break in a row are refused ones; the token never goes along', async () => {
    const box = await TestBox.start();
    box.intercept = ({ route }) => (route === 'long-poll' ? { drop: true } : undefined);
    const followed = new Followed(box, { timings: { ...quick, refusedMs: 3_600_000 } });
    await following(followed);
    await reached(box, 'list-events', 8);
    const polls = box.requests.filter(({ route }) => route === 'long-poll');
    expect(polls).toHaveLength(3);
    expect(polls.every(({ headers }) => headers.authorization === undefined)).toBe(true);
    expect(
      box.requests.every(({ route, headers }) => route === 'long-poll' || headers.authorization !== undefined),
    ).toBe(true);
  });

  test('"new_change" again and again without events: between two looks lies the pause', async () => {
    const box = await TestBox.start();
    box.intercept = once('long-poll', { answer: json(200, { message: 'new_change' }) }, Infinity);
    const followed = new Followed(box, { timings: { ...quick, pauseMs: 3_600_000 } });
    const looked = reached(box, 'long-poll', 1);
    await following(followed);
    await looked;
    // Many round trips of our own, in which it would have looked again.
    for (let n = 0; n < 30; n += 1) await box.tree();
    // From now on, and once behind that.
    expect([listings(box), box.count('long-poll')]).toEqual([1, 1]);
    const again = reached(box, 'long-poll', 2);
    followed.follower.lookNow();
    await again;
    expect(listings(box)).toBe(2);
  });

  test('"reconnect" asks where to wait anew', async () => {
    const box = await TestBox.start();
    box.intercept = once('long-poll', { answer: json(200, { message: 'reconnect' }) }, 2);
    new Followed(box);
    await reached(box, 'long-poll', 3);
    expect(box.count('long-poll-server')).toBe(3);
  });

  test('no answer in the time that the server named: the same server again, and another after so many', async () => {
    const box = await TestBox.start();
    const soon = (answer: Reply): Reply => {
      const { entries } = JSON.parse(answer.body!) as { entries: Record<string, unknown>[] };
      return json(200, { entries: entries.map((entry) => ({ ...entry, retry_timeout: 0.05, max_retries: '2' })) });
    };
    box.intercept = ({ route }) => (route === 'long-poll-server' ? { afterEffect: soon } : undefined);
    new Followed(box);
    await reached(box, 'long-poll', 4);
    expect(box.count('long-poll-server')).toBe(2);
  });
});

describe('trouble', () => {
  test('Box is unwell: it is asked again, with nothing told or stored meanwhile', async () => {
    const box = await TestBox.start();
    const followed = new Followed(box);
    await following(followed);
    const calls = followed.calls.length;
    box.intercept = once('list-events', { answer: { status: 503 } }, 3);
    await box.makeFolder('0', 'docs');
    await followed.until(() => followed.told.length > 0);
    expect(followed.calls.slice(calls)).toEqual(['events']);
    expect(followed.gaps()).toBe(1);
  });

  test('a sign-in that is refused only makes it wait', async () => {
    const box = await TestBox.start();
    box.intercept = once('list-events', { answer: { status: 403, body: '{"code":"insufficient_scope"}' } }, 2);
    const followed = new Followed(box, { position: '0' });
    await box.makeFolder('0', 'docs');
    await followed.until(() => followed.told.length > 0);
    expect(followed.gaps()).toBe(0);
  });

  test('while the gate is closed Box is not asked', async () => {
    const box = await TestBox.start();
    let asked = 0;
    const gate = { closedForMs: () => ((asked += 1) <= 3 ? 1 : 0) };
    const followed = new Followed(box, { gate });
    await following(followed);
    expect(asked).toBeGreaterThanOrEqual(4);
  });
});
