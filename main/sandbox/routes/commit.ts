// POST /files/upload_sessions/:session_id/commit
import { setTimeout as wait } from 'node:timers/promises';
import { BoxError } from '../http/box-error.ts';
import { readJson } from '../http/body.ts';
import type { Call } from '../http/call.ts';
import { empty, json, type Reply } from '../http/reply.ts';
import { digestMismatch, parseDigest } from '../state/grid.ts';
import type { Part, Session, Sessions } from '../state/sessions.ts';
import { checkPreconditions, param, show, type Context } from './context.ts';
import { commit, parse } from './wire.ts';
import type { z } from 'zod';

const retryAfter = { 'retry-after': '1' };
/** As long as one commit waits for the digest of what has arrived; after that the answer is 202. */
const patienceMs = 20_000;

type Listed = z.output<typeof commit>['parts'][number];

const mismatch = (message: string): BoxError => new BoxError(400, 'parts_mismatch', message);

/**
 * The parts a client lists must be parts that are here, and cover the file without gap or overlap. Their order doesn't matter.
 * @throws BoxError 400 parts_mismatch
 */
function checkParts(listed: Listed[], stored: Part[], fileBytes: number): void {
  const byId = new Map(stored.map((part) => [part.part_id, part]));
  const seen = new Set<string>();
  for (const part of listed) {
    const match = byId.get(part.part_id);
    const same = match?.offset === part.offset && match.size === part.size && (part.sha1 ?? match.sha1) === match.sha1;
    if (!same || seen.has(part.part_id)) throw mismatch(`No matching part found on server for ${JSON.stringify(part)}`);
    seen.add(part.part_id);
  }
  const bytes = listed.reduce((sum, part) => sum + part.size, 0);
  if (bytes !== fileBytes) throw mismatch(`The parts hold ${bytes} of ${fileBytes} bytes`);
}

/** The whole file's digest, or undefined where it isn't known in time. */
async function wholeDigest(sessions: Sessions, session: Session, closing: AbortSignal): Promise<string | undefined> {
  const stop = new AbortController();
  const path = sessions.items.state.path(sessions.path(session.id));
  try {
    const patience = wait(patienceMs, undefined, { signal: AbortSignal.any([stop.signal, closing]), ref: false });
    return await Promise.race([sessions.digests.digest(path, session.size), patience]);
  } catch (error) {
    // Aborted before its bytes were read: they are gone because the session is, and that is the answer.
    sessions.usable(session.id);
    throw error;
  } finally {
    stop.abort();
  }
}

/**
 * Checks in the order of what a client can do about it: parts, then 202 while "processing", then the whole digest, then the
 * preconditions and the name, which was only checked when the session began.
 */
export async function commitSession(call: Call, context: Context): Promise<Reply> {
  const { sessions, items, settings } = context;
  const expected = parseDigest(call.headers['digest']);
  const body = parse(commit, await readJson(call));
  const session = sessions.usable(param(call, 'session_id'));
  const end = sessions.beginCommit(session);
  try {
    checkParts(body.parts, sessions.parts(session.id, -1, 0), session.size);
    if (session.rounds < settings.commitRounds) {
      sessions.addRound(session.id);
      return empty(202, retryAfter);
    }
    const actual = await wholeDigest(sessions, session, context.closing);
    if (actual === undefined) return empty(202, retryAfter);
    if (actual !== expected) throw digestMismatch(expected, actual);
    sessions.usable(session.id);
    const arrived = { path: sessions.path(session.id), sizeBytes: session.size, sha1: actual };
    const { attributes } = body;
    const times = {
      createdAt: attributes?.content_created_at ?? undefined,
      modifiedAt: attributes?.content_modified_at ?? undefined,
      description: attributes?.description ?? undefined,
    };
    const file =
      session.file === null
        ? items.createFile(String(session.folder), session.name, arrived, times, (made) =>
            sessions.markCommitted(session.id, made.id),
          )
        : items.createVersion(String(session.file), arrived, times, {
            // Without a new name in the session, a rename made meanwhile stands.
            name: session.renames === 1 ? session.name : undefined,
            check: (now) => checkPreconditions(call, now),
            also: (made) => sessions.markCommitted(session.id, made.id),
          });
    sessions.afterCommit(session.id);
    return json(201, { total_count: 1, entries: [show(call, context, file)] });
  } finally {
    end();
  }
}
