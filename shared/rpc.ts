import { createBirpc, type BirpcReturn } from 'birpc';
import { z } from 'zod';
import { CallError, callErrorSchema } from './call-error.ts';
import type { Contract, Handlers, Remote } from './contract.ts';
import { ProblemError } from './problem-error.ts';
import type { Link } from './link.ts';

const defaultTimeoutMs = 60_000;

/** What may arrive: a call that wants an answer, or an answer. birpc's own format, checked because it trusts its input. */
const messageSchema = z.union([
  z.object({ t: z.literal('q'), i: z.string().max(64), m: z.string().max(200), a: z.array(z.unknown()).max(1) }),
  z.object({ t: z.literal('s'), i: z.string().max(64), r: z.unknown() }),
]);

/** Every answer, so that an error keeps its code over JSON and structured clone alike. */
const answerSchema = z.union([
  z.object({ ok: z.literal(true), value: z.unknown() }),
  z.object({ ok: z.literal(false), error: callErrorSchema }),
]);
type Answer = z.input<typeof answerSchema>;

/** Calls back once after so many ms, unless the returned function is called before. Each runtime has its own timers. */
export type StartTimer = (callback: () => void, delayMs: number) => () => void;

export interface RpcOptions<Local extends Contract, Peer extends Contract> {
  link: Link;
  startTimer: StartTimer;
  /** What this end answers. */
  local: { contract: Local; handlers: Handlers<Local> };
  /** What the other end answers. */
  remote: Peer;
  /** How long a call waits for its answer: 60 s. */
  timeoutMs?: number;
  /** Calls that wait another time; null waits as long as the link stands. */
  timeoutsMs?: { [Name in keyof Peer]?: number | null };
  /** Told of what a handler threw that was neither a CallError nor a ProblemError: a defect, for the log. */
  onDefect?: (method: string, error: unknown) => void;
}

export interface Rpc<Peer extends Contract> {
  remote: Remote<Peer>;
  /** Settles when the link is gone; never rejects. */
  closed: Promise<void>;
  /** Ends the link: the calls under way reject with `link-lost` on both sides. */
  close(): void;
}

/** The error of a handler as it crosses the boundary. A stack stays at home. */
function errorAnswer(error: unknown): Answer {
  if (error instanceof CallError) {
    const { code, message, problem } = error;
    return { ok: false, error: problem ? { code, message, problem } : { code, message } };
  }
  if (error instanceof ProblemError) {
    return { ok: false, error: { code: 'problem', message: error.message, problem: error.problem } };
  }
  return { ok: false, error: { code: 'internal', message: error instanceof Error ? error.message : String(error) } };
}

/**
 * Typed calls in both directions over one link. The receiving end parses the arguments, the calling end the result; a method
 * outside the contract is refused; a peer that sends anything but calls and answers is disconnected. A call fails with a
 * CallError, and nothing else: the one that the handler threw (a ProblemError becomes `problem`), `usage` for arguments that
 * don't fit, `timeout`, or `link-lost`, after which it is unknown whether the other end did what was asked.
 */
export function connectRpc<Local extends Contract, Peer extends Contract>(options: RpcOptions<Local, Peer>): Rpc<Peer> {
  const { link, startTimer, local, remote, timeoutMs = defaultTimeoutMs, onDefect } = options;
  const timeoutsMs = new Map<string, number | null | undefined>(Object.entries(options.timeoutsMs ?? {}));
  const closed = Promise.withResolvers<void>();
  let over = false;

  const answer = async (method: string, args: unknown): Promise<Answer> => {
    const shape = Object.hasOwn(local.contract, method) ? local.contract[method] : undefined;
    const handler = local.handlers[method];
    if (!shape || !handler) return errorAnswer(new CallError('refused', `There is no command "${method}".`));
    const parsed = shape.args.safeParse(args);
    if (!parsed.success) return errorAnswer(new CallError('usage', `${method}: ${z.prettifyError(parsed.error)}`));
    try {
      return { ok: true, value: await handler(parsed.data as z.output<Local[string]['args']>) };
    } catch (error) {
      if (!(error instanceof CallError || error instanceof ProblemError)) onDefect?.(method, error);
      return errorAnswer(error);
    }
  };

  const peer: BirpcReturn<Record<string, (args: unknown) => Promise<unknown>>> = createBirpc<
    Record<string, (args: unknown) => Promise<unknown>>
  >(
    {},
    {
      timeout: -1, // ours below, since birpc knows one for all calls
      resolver: (method: string) => (args: unknown) => answer(method, args),
      post: (message: { t: string; i?: string; e?: unknown }) =>
        link.post(message.e === undefined ? message : { t: 's', i: message.i, r: errorAnswer(message.e) }),
      on: (receive) =>
        link.onMessage((message) => {
          const parsed = messageSchema.safeParse(message);
          if (parsed.success) Promise.resolve(receive(parsed.data)).catch(() => link.close());
          else link.close();
        }),
      // An answer that can't be posted (too large) is answered by its error instead; a call that can't (no method) rejects.
      onGeneralError: (_error, method) => method !== undefined,
    },
  );

  link.onClose(() => {
    over = true;
    void peer.$rejectPendingCalls(({ reject }) => reject(linkLost()));
    peer.$close();
    closed.resolve();
  });

  const call = async (method: string, args: unknown): Promise<unknown> => {
    const shape = Object.hasOwn(remote, method) ? remote[method] : undefined;
    if (!shape) throw new CallError('refused', `There is no command "${method}".`);
    if (over) throw linkLost();
    const ownLimitMs = timeoutsMs.get(method);
    const limitMs = ownLimitMs === undefined ? timeoutMs : ownLimitMs;
    const answered = answerSchema.safeParse(await withTimeout(peer.$call(method, args), method, limitMs, startTimer));
    if (!answered.success) throw new CallError('internal', `The answer to ${method} is not understood.`);
    if (!answered.data.ok) {
      const { code, message, problem } = answered.data.error;
      throw new CallError(code, message, problem);
    }
    const result = shape.result.safeParse(answered.data.value);
    if (result.success) return result.data;
    throw new CallError('internal', `The answer to ${method} is not understood: ${z.prettifyError(result.error)}`);
  };

  const calls = Object.keys(remote).map((method) => [method, (args: unknown) => call(method, args)]);
  return {
    remote: Object.fromEntries(calls) as Remote<Peer>,
    closed: closed.promise,
    close: () => link.close(),
  };
}

function linkLost(): CallError {
  return new CallError('link-lost', 'The connection to the other Boxcar process is gone.');
}

/** The call's answer, or a CallError `timeout`; a late answer is dropped. */
async function withTimeout(
  work: Promise<unknown>,
  method: string,
  limitMs: number | null,
  startTimer: StartTimer,
): Promise<unknown> {
  const expired = Promise.withResolvers<never>();
  const stopTimer =
    limitMs === null
      ? undefined
      : startTimer(
          () => expired.reject(new CallError('timeout', `No answer to ${method} within ${limitMs / 1000} s.`)),
          limitMs,
        );
  try {
    return await Promise.race([work, expired.promise]);
  } catch (error) {
    if (error instanceof CallError) throw error;
    throw new CallError('internal', error instanceof Error ? error.message : String(error));
  } finally {
    stopTimer?.();
  }
}
