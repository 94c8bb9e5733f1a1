// One fault at a time, at the wire: what comes of it, and what is never sent twice.
import { describe, expect, test } from 'vitest';
import type { Interception, Intercept, InterceptedRequest } from '../../main/sandbox/http/intercept.ts';
import { ProblemError } from '../../shared/problem-error.ts';
import { UploadControl } from '../../main/box/upload-session/control.ts';
import { uploadThroughSession } from '../../main/box/upload-session/run.ts';
import {
  BytesSource,
  partSizeBytes,
  problemOf,
  RecordingJournal,
  sha1Of,
  startBox,
  uploadOptions,
  type Box,
} from './box-fixture.ts';

const size = partSizeBytes * 6 + 100;
const html = { status: 502, headers: { 'content-type': 'text/html' }, body: '<html>Bad gateway</html>' };
const error = (status: number, code: string, more: object = {}) => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ type: 'error', status, code, message: code, request_id: 'r1', ...more }),
});

/** The first `times` requests of a route meet a fault. */
function first(times: number, route: string, fault: Interception): Intercept {
  let met = 0;
  return (request: InterceptedRequest) => {
    if (request.route !== route || met >= times) return undefined;
    met += 1;
    return fault;
  };
}

async function upload(box: Box) {
  const source = new BytesSource(size);
  const journal = new RecordingJournal();
  const result = await uploadThroughSession(uploadOptions(box, source, journal));
  expect(result.file.sha1).toBe(sha1Of(source.bytes));
  return { source, journal, result };
}

describe('a part', () => {
  const stored = { afterEffect: () => ({ status: 500 }) } satisfies Interception;
  test.each<[string, Interception]>([
    ['stored and then answered 500', stored],
    ['stored and then the line drops', { afterEffect: () => 'drop' }],
    ['stored and answered without a body', { afterEffect: () => ({ status: 201 }) }],
    ['stored and answered with nonsense', { afterEffect: () => ({ status: 200, body: '{"part":{}}' }) }],
    ['stored and answered with a page', { afterEffect: () => ({ ...html, status: 200 }) }],
  ])('%s is found in the list and not sent again', async (_, fault) => {
    const box = await startBox();
    box.intercept(first(1, 'upload-part', fault));
    const { journal } = await upload(box);
    expect(journal.sends).toHaveLength(7);
    expect(journal.failures).toMatchObject([{ next: 'unsure' }]);
  });

  test.each<[string, Interception, string]>([
    ['whose connection is reset', { drop: true }, 'unsure,waiting'],
    ['reset in mid-body', { dropAfterBodyBytes: 7000 }, 'unsure,waiting'],
    ['answered 503 without effect', { answer: { status: 503 } }, 'unsure,waiting'],
    ['answered with HTML', { answer: html }, 'unsure,waiting'],
    ['refused for the rate', { answer: { ...error(429, 'rate_limit_exceeded'), headers: {} } }, 'waiting'],
    ['whose digest is refused', { answer: error(400, 'bad_digest') }, 'waiting'],
  ])('%s is sent again', async (_, fault, expected) => {
    const box = await startBox();
    box.intercept(first(1, 'upload-part', fault));
    const { journal } = await upload(box);
    expect(journal.sends).toHaveLength(8);
    expect(journal.failures.map((failure) => failure.next).join(',')).toBe(expected);
    for (const seen of journal.progress.values()) expect(seen).toEqual([...new Set(seen)].toSorted((a, b) => a - b));
  });

  test('that Box does not answer is asked after, and not sent again when it is there', async () => {
    const box = await startBox({}, { timeouts: { headersMs: 300 } });
    box.intercept(
      first(1, 'upload-part', {
        afterEffect: () => new Promise((resolve) => setTimeout(() => resolve(undefined), 4000).unref()),
      }),
    );
    const { journal } = await upload(box);
    expect(journal.sends).toHaveLength(7);
    expect(journal.failures).toMatchObject([{ next: 'unsure', problem: { code: 'network.stalled' } }]);
  });

  test('that keeps failing ends the upload after ten tries, and the session is kept', async () => {
    const box = await startBox();
    box.intercept((request) =>
      request.route === 'upload-part' && request.headers['content-range']?.startsWith('bytes 0-')
        ? { answer: error(503, 'unavailable') }
        : undefined,
    );
    const journal = new RecordingJournal();
    const source = new BytesSource(size);
    expect(await problemOf(uploadThroughSession(uploadOptions(box, source, journal)))).toBe('box.unavailable');
    expect(journal.sends.filter((index) => index === 0)).toHaveLength(10);
    box.intercept(undefined);
    const again = new RecordingJournal();
    const memory = journal.memory();
    const result = await uploadThroughSession(uploadOptions(box, source, again, { memory }));
    expect(result.file.sha1).toBe(sha1Of(source.bytes));
    expect(again.sessionsOpened).toBe(0);
  });

  test('with a digest refused three times fails as content.digest', async () => {
    const box = await startBox();
    box.intercept((request) => (request.route === 'upload-part' ? { answer: error(400, 'bad_digest') } : undefined));
    const journal = new RecordingJournal();
    const options = uploadOptions(box, new BytesSource(100), journal);
    expect(await problemOf(uploadThroughSession(options))).toBe('content.digest');
    expect(journal.sends).toEqual([0, 0, 0]);
  });

  test.each([
    ['storage_limit_exceeded', 403, 'account.quota'],
    ['insufficient_scope', 403, 'account.scope'],
    ['item_name_invalid', 400, 'name.invalid'],
  ])('refused with %s ends the upload at once', async (code, status, problem) => {
    const box = await startBox();
    box.intercept(first(1, 'upload-part', { answer: error(status, code) }));
    const journal = new RecordingJournal();
    expect(await problemOf(uploadThroughSession(uploadOptions(box, new BytesSource(100), journal)))).toBe(problem);
    expect(journal.session).toBeDefined();
    expect(journal.sends).toEqual([0]);
  });

  test('waits as long as Retry-After says, and a retry by hand ends the wait; no later part overtakes it', async () => {
    const box = await startBox();
    box.intercept(first(1, 'upload-part', { answer: { status: 429, headers: { 'retry-after': '3600' } } }));
    const control = new UploadControl();
    const journal = new RecordingJournal();
    const sentWhileWaiting: string[] = [];
    let waiting = -1;
    journal.onEvent = (event) => {
      const failed = /^failed (\d+) waiting/.exec(event);
      if (failed) {
        waiting = Number(failed[1]);
        expect(journal.failures[0]!.delayMs).toBeGreaterThanOrEqual(3_600_000);
        // The siblings in flight end; then nothing moves until somebody asks.
        setTimeout(() => control.retryPart(waiting), 200);
      } else if (waiting >= 0 && event.startsWith('send')) sentWhileWaiting.push(event);
    };
    const source = new BytesSource(size);
    await uploadThroughSession(uploadOptions(box, source, journal, { control }));
    // What was taken before the failure may still leave; the last part is far behind.
    expect(sentWhileWaiting).toContain(`send ${waiting} #2`);
    expect(sentWhileWaiting.indexOf('send 6 #1')).toBeGreaterThan(sentWhileWaiting.indexOf(`send ${waiting} #2`));
  });
});

describe('a content that changes', () => {
  test('stops the upload with its own problem, no further part and no commit', async () => {
    const box = await startBox();
    const source = new BytesSource(partSizeBytes * 20);
    const journal = new RecordingJournal();
    journal.onEvent = (event) => {
      if (event === 'done 2 sent') {
        source.changed = new ProblemError({ code: 'local.changed', operation: 'stat', detail: '', at: 0 });
      }
    };
    expect(await problemOf(uploadThroughSession(uploadOptions(box, source, journal)))).toBe('local.changed');
    expect(journal.events).not.toContain('committing');
    expect(journal.sends).not.toContain(19);
  });

  test('without telling is caught by the digest of the whole, and goes up once more', async () => {
    const box = await startBox();
    const source = new BytesSource(size);
    const journal = new RecordingJournal();
    let changed = false;
    journal.onEvent = (event) => {
      if (event !== 'done 0 sent' || changed) return;
      changed = true;
      source.bytes = Buffer.from(source.bytes);
      source.bytes[5]! ^= 1;
    };
    const result = await uploadThroughSession(uploadOptions(box, source, journal));
    expect(result.file.sha1).toBe(sha1Of(source.bytes));
    expect(journal.sessionsOpened).toBe(2);
  });
});

describe('the session', () => {
  test('that is lost in the middle is replaced, endpoints and all', async () => {
    const box = await startBox();
    const urls = new Set<string>();
    box.intercept((request) => {
      if (request.route === 'upload-part') urls.add(request.path);
      const lost = request.route === 'upload-part' && request.count >= 4 && urls.size === 1;
      return lost ? { answer: error(410, 'session_expired') } : undefined;
    });
    const { journal } = await upload(box);
    expect(journal.sessionsOpened).toBe(2);
    expect(urls.size).toBe(2);
    expect(journal.session!.endpoints.uploadPart).toContain([...urls][1]!.split('/').at(-1));
  });

  test('whose every replacement is lost ends the upload', async () => {
    const box = await startBox();
    box.intercept((request) => (request.route === 'upload-part' ? { answer: error(404, 'not_found') } : undefined));
    const journal = new RecordingJournal();
    const work = uploadThroughSession(uploadOptions(box, new BytesSource(100), journal));
    expect(await problemOf(work)).toBe('session.gone');
    expect(journal.sessionsOpened).toBe(3);
  });

  test.each([0, -5, 0.5, 'x', null])('with part_size %s is refused in clear words', async (partSize) => {
    const box = await startBox();
    box.intercept((request) =>
      request.route === 'create-session'
        ? {
            afterEffect: (reply) => ({
              ...reply,
              body: JSON.stringify({ ...(JSON.parse(reply.body!) as object), part_size: partSize }),
            }),
          }
        : undefined,
    );
    const options = uploadOptions(box, new BytesSource(100), new RecordingJournal());
    expect(await problemOf(uploadThroughSession(options))).toBe('box.unexpected');
  });

  test('without endpoints, total_parts and expiry is used by its id', async () => {
    const box = await startBox();
    box.intercept((request) =>
      request.route === 'create-session'
        ? {
            afterEffect: (reply) => {
              const { id, part_size } = JSON.parse(reply.body!) as { id: string; part_size: number };
              return { ...reply, body: JSON.stringify({ id, part_size: String(part_size) }) };
            },
          }
        : undefined,
    );
    await upload(box);
  });

  test('whose answer to create was lost leaves one that Box tells of; it is used, and never aborted', async () => {
    const box = await startBox({ sessionConflict: true });
    box.intercept(first(1, 'create-session', { afterEffect: () => 'drop' }));
    const { journal } = await upload(box);
    expect(journal.session!.ours).toBe(false);
    expect(journal.sends).toHaveLength(7);
  });

  test('of somebody else with other bytes is left alone', async () => {
    const box = await startBox({ sessionConflict: true });
    const theirs = new RecordingJournal();
    const stop = new AbortController();
    theirs.onEvent = (event) => event === 'done 1 sent' && stop.abort(new Error('left'));
    const left = uploadOptions(box, new BytesSource(size), theirs, { signal: stop.signal });
    await expect(uploadThroughSession(left)).rejects.toThrow('left');
    const routes: string[] = [];
    box.intercept((request) => void routes.push(request.route ?? ''));
    const options = uploadOptions(box, new BytesSource(size), new RecordingJournal());
    expect(await problemOf(uploadThroughSession(options))).toBe('session.conflict');
    expect(routes).not.toContain('abort-session');
  });
});
