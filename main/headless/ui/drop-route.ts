import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { CallError } from '../../../shared/call-error.ts';
import { describeProblem } from '../../../shared/describe-problem.ts';
import { ProblemError } from '../../../shared/problem-error.ts';
import { sessionHeader } from '../../../shared/page-contract.ts';
import type { Spool } from '../../app/shell/spool.ts';
import { unknownSession, type Sessions } from './sessions.ts';

const headSchema = z.object({
  dropId: z.string(),
  path: z.string().min(1).max(20_000),
  /** When the file was changed last, in ms since 1970; a time that can't be set is left out. */
  modified: z.coerce.number().min(0).max(4e12).optional().catch(undefined),
  sizeBytes: z.coerce.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER),
});

/**
 * `PUT /drop/:dropId?path=…[&modified=…]`: takes the bytes of one dropped file, which Content-Length announces. 204 when it is here
 * as a whole; else what went wrong as plain text, and nothing of it is left.
 */
export function dropRoute(app: FastifyInstance, { spool, sessions }: { spool: Spool; sessions: Sessions }): void {
  // The bytes go on as they come, whatever they are called: nothing is gathered or parsed.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _bytes, done) => done(null));
  app.put('/drop/:dropId', async (request, reply) => {
    const { raw } = request;
    // A browser reads an answer only once its bytes are taken: those that nobody wants are thrown away.
    reply.raw.once('finish', () => raw.resume());
    const session = request.headers[sessionHeader];
    if (typeof session !== 'string' || !sessions.isKnown(session)) {
      return reply.code(401).send(unknownSession().message);
    }
    const length = request.headers['content-length'];
    if (length === undefined) return reply.code(411).send('Content-Length is missing.');
    const head = headSchema.safeParse({
      ...(request.query as object),
      ...(request.params as object),
      sizeBytes: length,
    });
    if (!head.success) return reply.code(400).send(z.prettifyError(head.error));
    const { dropId, path, sizeBytes, modified } = head.data;
    const gone = new AbortController();
    const end = () => gone.abort(new CallError('link-lost', 'The page has gone.'));
    raw.once('close', () => raw.complete || end());
    try {
      await spool.receive(dropId, { path, sizeBytes, modifiedAtMs: modified }, raw, gone.signal);
      return await reply.code(204).send();
    } catch (error) {
      // A request that was read to its end is destroyed too, and its sender waits for the answer.
      if (gone.signal.aborted || (raw.destroyed && !raw.complete)) {
        raw.destroy();
        return reply.hijack();
      }
      const { status, text } = refusal(error);
      return await reply.code(status).send(text);
    }
  });
}

function refusal(error: unknown): { status: number; text: string } {
  if (error instanceof CallError) return { status: error.code === 'usage' ? 400 : 409, text: error.message };
  if (error instanceof ProblemError) return { status: 409, text: describeProblem(error.problem) };
  return {
    status: 500,
    text: `The file could not be written: ${error instanceof Error ? error.message : String(error)}`,
  };
}
