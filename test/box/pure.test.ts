// The decisions without effects, over everything that can come.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { frameMultipart } from '../../main/box/direct-upload.ts';
import { boxTime } from '../../main/box/file-attributes.ts';
import { markerPages, offsetPages } from '../../main/box/paging.ts';
import { retryAfterMs } from '../../main/box/retry-after.ts';
import { sessionSchema } from '../../main/box/schema/sessions.ts';
import { maySendSecret, registrableDomain } from '../../main/box/transport/host-rule.ts';
import { indexOf, layGrid, rangeAt, type Grid } from '../../main/box/upload-session/grid.ts';
import { findPart, layListing, planResume } from '../../main/box/upload-session/listing.ts';
import { PartQueue } from '../../main/box/upload-session/part-queue.ts';
import { isExpired } from '../../main/box/upload-session/resume-session.ts';
import { heldLimits } from '../../main/box/upload-session/send-parts.ts';
import { digestHeader } from '../../main/box/upload-session/session-calls.ts';
import { sessionRecord } from '../../main/box/upload-session/session-record.ts';

const grids = fc
  .record({ sizeBytes: fc.integer({ min: 1, max: 5000 }), partSizeBytes: fc.integer({ min: 1, max: 900 }) })
  .map(({ sizeBytes, partSizeBytes }) => layGrid(sizeBytes, partSizeBytes) as Grid);

describe('the grid', () => {
  test('covers the file without a gap, an overlap or an empty part', () => {
    fc.assert(
      fc.property(grids, (grid) => {
        let end = 0;
        for (let index = 0; index < grid.count; index += 1) {
          const range = rangeAt(grid, index);
          expect(range.offset).toBe(end);
          expect(range.sizeBytes).toBeGreaterThan(0);
          if (index < grid.count - 1) expect(range.sizeBytes).toBe(grid.partSizeBytes);
          expect(indexOf(grid, range)).toBe(index);
          expect(indexOf(grid, { ...range, sizeBytes: range.sizeBytes + 1 })).toBeUndefined();
          end += range.sizeBytes;
        }
        expect(end).toBe(grid.sizeBytes);
      }),
    );
  });

  test.each([0, -1, 0.5, Number.NaN, Infinity, 2 ** 60])('is not laid over parts of %s bytes', (partSize) => {
    expect(layGrid(100, partSize)).toHaveProperty('refused');
  });

  test('is not laid in a million parts', () => {
    expect(layGrid(2 ** 40, 1024)).toHaveProperty('refused');
  });
});

describe('a resume', () => {
  const sha = (index: number) => String(index % 10).repeat(40);
  test('puts every part in exactly one place, and trusts the memory only beyond the list', () => {
    const scene = grids.chain((grid) => {
      const some = fc.uniqueArray(fc.nat(grid.count - 1));
      return fc.record({ grid: fc.constant(grid), listed: some, remembered: some, truncated: fc.boolean() });
    });
    fc.assert(
      fc.property(scene, ({ grid, listed, remembered, truncated }) => {
        const part = (index: number) => ({ ...rangeAt(grid, index), partId: `p${index}`, sha1: sha(index) });
        const listing = layListing(grid, listed.map(part), truncated);
        const plan = planResume(
          grid,
          listing,
          remembered.map((index) => ({ ...part(index), origin: 'sent' as const })),
        );
        const compared = plan.compare.map(({ index }) => index);
        expect([...compared, ...plan.missing].toSorted((a, b) => a - b)).toEqual([...Array(grid.count).keys()]);
        for (const index of compared) {
          expect(listed.includes(index) || (truncated && remembered.includes(index))).toBe(true);
        }
        for (const index of listed) expect(compared).toContain(index);
        expect(plan.unusable).toBeUndefined();
      }),
    );
  });

  test('refuses a session that holds a part off the grid, two in one place, or one without digest', () => {
    const grid = layGrid(100, 10) as Grid;
    const at = (offset: number, sizeBytes: number, partId = 'p', sha1: string | undefined = sha(0)) => ({
      ...{ offset, sizeBytes, partId, sha1 },
    });
    expect(planResume(grid, layListing(grid, [at(5, 10)], false), []).unusable).toMatch(/none of this file/);
    expect(planResume(grid, layListing(grid, [at(0, 20)], false), []).unusable).toMatch(/none of this file/);
    expect(planResume(grid, layListing(grid, [at(0, 10), at(0, 10, 'q')], false), []).unusable).toBeDefined();
    const bare = { offset: 0, sizeBytes: 10, partId: 'p', sha1: undefined };
    expect(planResume(grid, layListing(grid, [bare], false), []).unusable).toMatch(/without its digest/);
    expect(planResume(grid, layListing(grid, [at(0, 10), at(0, 10)], false), []).unusable).toBeUndefined();
  });

  test('takes a part for ours only by its digest', () => {
    const grid = layGrid(100, 10) as Grid;
    const part = { offset: 10, sizeBytes: 10, partId: 'p', sha1: sha(1) };
    const listing = layListing(grid, [part], false);
    expect(findPart(listing, 1, sha(1))).toEqual({ found: part });
    expect(findPart(listing, 1, sha(2))).toBe('differs');
    expect(findPart(listing, 2, sha(1))).toBe('absent');
  });

  test('knows an expired session by the clock of the server', () => {
    expect(isExpired({ expiresAt: '2020-01-01T00:00:00-08:00' }, Date.parse('2020-01-01T08:00:00Z'))).toBe(true);
    expect(isExpired({ expiresAt: '2020-01-01T00:00:00-08:00' }, Date.parse('2020-01-01T07:59:59Z'))).toBe(false);
    expect(isExpired({ expiresAt: '' }, Date.now())).toBe(false);
  });
});

describe('the queue of parts', () => {
  test('gives every part once, in order, and none beyond one that waits', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.nat(50), { maxLength: 30 }),
        fc.array(fc.boolean()),
        async (indexes, fails) => {
          const queue = new PartQueue(indexes);
          const taken: number[] = [];
          let waiting = 0;
          // Two others may have taken theirs in the very moment of the failure.
          let takenMeanwhile = 0;
          const work = async () => {
            for (let index = await queue.take(); index !== undefined; index = await queue.take()) {
              takenMeanwhile = waiting > 0 ? takenMeanwhile + 1 : 0;
              expect(takenMeanwhile).toBeLessThanOrEqual(2);
              taken.push(index);
              if (!fails[index]) continue;
              queue.hold(index);
              waiting += 1;
              await new Promise<void>((resolve) => setImmediate(resolve));
              waiting -= 1;
              queue.resume(index);
            }
          };
          await Promise.all([work(), work(), work()]);
          expect(taken).toEqual(indexes.toSorted((a, b) => a - b));
        },
      ),
      { numRuns: 50 },
    );
  });
});

test('held bytes bound how many parts are at work, down to one', () => {
  const mib = 2 ** 20;
  const run = { parallelParts: 4, maxHeldBytes: 64 * mib };
  expect(heldLimits(run, 8 * mib)).toEqual({ parallelParts: 4, heldParts: 6 });
  expect(heldLimits(run, 32 * mib)).toEqual({ parallelParts: 2, heldParts: 2 });
  expect(heldLimits(run, 200 * mib)).toEqual({ parallelParts: 1, heldParts: 1 });
  expect(heldLimits({ parallelParts: 5, maxHeldBytes: undefined }, 64 * mib)).toEqual({
    parallelParts: 5,
    heldParts: 7,
  });
});

test('a secret goes to https below the configured domain, or to loopback when that is configured', () => {
  const box = ['https://api.box.com/2.0', 'https://upload.box.com/api/2.0'];
  const may = (url: string, bases = box) => maySendSecret(url, bases);
  expect(may('https://upload-las.app.box.com/x')).toBe(true);
  expect(may('https://fupload-ec2usw2.box.com:8443/x')).toBe(true);
  expect(may('http://api.box.com/x')).toBe(false);
  expect(may('https://api.box.com.evil.com/x')).toBe(false);
  expect(may('https://evilbox.com/x')).toBe(false);
  expect(may('https://user:pass@api.box.com/x')).toBe(false);
  expect(may('http://127.0.0.1:99/x')).toBe(false);
  expect(may('not a url')).toBe(false);
  const sandbox = ['http://127.0.0.1:4000/2.0'];
  expect(may('http://127.0.0.1:5000/x', sandbox)).toBe(true);
  expect(may('http://localhost:5000/x', sandbox)).toBe(true);
  expect(may('http://127.0.0.1.evil.com/x', sandbox)).toBe(false);
  expect(may('https://api.box.com/x', sandbox)).toBe(false);
  expect(may('http://10.0.0.1/x', ['http://10.0.0.1'])).toBe(false);
  expect(may('https://10.0.0.2/x', ['https://10.0.0.1'])).toBe(false);
  expect(registrableDomain('box.firm.co.uk')).toBe('firm.co.uk');
  expect(registrableDomain('API.Box.com.')).toBe('box.com');
});

test('Retry-After is read as seconds or as a date, and nonsense as nothing', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  expect(retryAfterMs('7', now)).toBe(7000);
  expect(retryAfterMs(' 0.5 ', now)).toBe(500);
  expect(retryAfterMs('Thu, 01 Jan 2026 00:00:30 GMT', now)).toBe(30_000);
  expect(retryAfterMs('Thu, 01 Jan 2015 00:00:30 GMT', now)).toBe(0);
  expect(retryAfterMs('99999999999', now)).toBe(86_400_000);
  for (const nothing of [undefined, '', 'soon', '-3', '1e3x']) expect(retryAfterMs(nothing, now)).toBeUndefined();
});

test('times are whole seconds after 1970, or left out', () => {
  expect(boxTime(new Date('2020-01-02T03:04:05.999Z'))).toBe('2020-01-02T03:04:05Z');
  expect(boxTime(new Date(1000))).toBe('1970-01-01T00:00:01Z');
  for (const none of [undefined, new Date(0), new Date(999), new Date(-1), new Date(Number.NaN), new Date(8.64e15)]) {
    expect(boxTime(none)).toBeUndefined();
  }
});

test('the form says its attributes first and can carry any name', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => {
      const { boundary, head, tail } = frameMultipart({ name });
      const text = head.toString('utf8');
      expect(text.startsWith(`--${boundary}\r\nContent-Disposition: form-data; name="attributes"`)).toBe(true);
      expect(text.split('\r\n')[4]).toBe(Buffer.from(JSON.stringify({ name })).toString('utf8'));
      expect(text.endsWith('\r\n\r\n')).toBe(true);
      expect(tail.toString()).toBe(`\r\n--${boundary}--\r\n`);
    }),
  );
});

test('the digest header is base64 of the bytes, not of the hex', () => {
  expect(digestHeader('da39a3ee5e6b4b0d3255bfef95601890afd80709')).toBe('sha=2jmj7l5rSw0yVb/vlWAYkK/YBwk=');
});

test('endpoints are kept as given, and derived only where missing', () => {
  const endpoints = { api: 'https://a/2.0', upload: 'https://u/api/2.0', auth: 'https://a', authorize: 'https://a' };
  const none = { uploadPart: undefined, commit: undefined, abort: undefined, listParts: undefined, status: undefined };
  const session = {
    ...{ id: 'A/B', expiresAt: undefined, partSizeBytes: 10, totalParts: undefined, processedParts: 0 },
    endpoints: { ...none, logEvent: undefined },
  };
  const derived = sessionRecord(session, 95, endpoints, true);
  expect(derived.endpoints.commit).toBe('https://u/api/2.0/files/upload_sessions/A%2FB/commit');
  expect(derived.totalParts).toBe(10);
  const given = {
    ...session,
    endpoints: { ...session.endpoints, status: 'https://las/s', listParts: 'https://las/p' },
  };
  const kept = sessionRecord(given, 95, endpoints, true).endpoints;
  expect(kept).toMatchObject({
    uploadPart: 'https://las/s',
    listParts: 'https://las/p',
    commit: 'https://las/s/commit',
  });
});

test('addresses of a session that are empty or no text are derived like missing ones', () => {
  const upload_part = 'https://las/s';
  const given = { id: 'S', part_size: 10, session_endpoints: { upload_part, log_event: '', commit: null, abort: 7 } };
  const session = sessionSchema.parse(given);
  const endpoints = { api: 'https://a', upload: 'https://u', auth: 'https://a', authorize: 'https://a' };
  expect(sessionRecord(session, 95, endpoints, true).endpoints).toEqual({
    ...{ uploadPart: upload_part, commit: `${upload_part}/commit`, abort: upload_part },
    ...{ listParts: `${upload_part}/parts`, status: upload_part, logEvent: undefined },
  });
});

describe('paging', () => {
  const collect = async <T>(items: AsyncIterable<T>) => {
    const all: T[] = [];
    for await (const item of items) all.push(item);
    return all;
  };

  test('follows markers to their end, and ends with an error when they go round', async () => {
    const pages = new Map<string | undefined, { items: number[]; nextMarker: string | undefined }>([
      [undefined, { items: [1], nextMarker: 'a' }],
      ['a', { items: [], nextMarker: 'b' }],
      ['b', { items: [2], nextMarker: undefined }],
    ]);
    expect(await collect(markerPages((marker) => Promise.resolve(pages.get(marker)!)))).toEqual([1, 2]);
    pages.set('b', { items: [2], nextMarker: 'a' });
    await expect(collect(markerPages((marker) => Promise.resolve(pages.get(marker)!)))).rejects.toThrow(/twice/);
  });

  test('by offset ends with the list, whatever the total says, and tells when it could not', async () => {
    for (const total of [undefined, 0, 25, 1000]) {
      const page = (offset: number) =>
        Promise.resolve({
          entries: [...Array(Math.max(0, Math.min(10, 25 - offset))).keys()],
          totalCount: total,
          limit: undefined,
        });
      expect(await collect(offsetPages(10, page))).toHaveLength(25);
    }
    // A server may give fewer at a time than it is asked for, and says so.
    const capped = (limit: number | undefined, cap: number, total: number | undefined) => {
      const offsets: number[] = [];
      const page = (offset: number) => {
        offsets.push(offset);
        const entries = Array.from({ length: Math.max(0, Math.min(cap, 25 - offset)) }, (_, n) => offset + n);
        return Promise.resolve({ entries, totalCount: total, limit });
      };
      return collect(offsetPages(1000, page)).then((found) => ({ found, offsets }));
    };
    const all = [...Array(25).keys()];
    for (const total of [undefined, 0, 25, 1000]) {
      expect(await capped(10, 10, total)).toMatchObject({
        found: all,
        offsets: [0, 10, 20].concat(total === 1000 ? 30 : []),
      });
      expect((await capped(1, 1, total)).found).toEqual(all);
    }
    // One that names no limit, or one that can't be, is taken to have kept to the one it was given.
    for (const limit of [undefined, 0, -5, 0.5, 5000]) {
      expect(await capped(limit, 1000, 25)).toEqual({ found: all, offsets: [0] });
    }
    // Nothing where the total says that there is more ends it too.
    expect(await capped(0, 0, 25)).toEqual({ found: [], offsets: [0] });
    expect(await capped(10, 0, 25)).toEqual({ found: [], offsets: [0] });

    const endless = offsetPages(1000, () =>
      Promise.resolve({ entries: Array(1000).fill(0), totalCount: undefined, limit: 1000 }),
    );
    let count = 0;
    for (;;) {
      const next = await endless.next();
      if (next.done) {
        expect(next.value.truncated).toBe(true);
        break;
      }
      count += 1;
    }
    expect(count).toBe(11_000);
  });
});
