import { ProblemError } from '../../shared/problem-error.ts';
import type { Problem } from '../../shared/problem.ts';
import type { ProblemCode } from '../../shared/problem-table.ts';
import { BoxError } from './box-error.ts';
import type { BoxCall, CallArea } from './call.ts';
import { errorBodySchema, type ErrorBody } from './schema/errors.ts';
import { classifySystemCode } from './system-codes.ts';
import { withoutSecrets } from './without-secrets.ts';

// The only place that reads status codes and error codes. Everything above sees problems and their classes.

/** What a call was, as far as its failure is concerned. */
export type FailedCall = Pick<BoxCall, 'operation' | 'area' | 'item' | 'headers'> & {
  /** What it carried and no problem may tell, whatever the answer gives back. */
  secrets?: readonly string[] | undefined;
};

/** An answer whose body was read. */
export interface ReceivedAnswer {
  status: number;
  /** Parsed JSON; the text when it isn't JSON; undefined when empty. */
  body: unknown;
  isJson: boolean;
  retryAfterMs: number | undefined;
  requestId: string | undefined;
  location?: string | undefined;
}

/** Whether an answer is a success, and if so whether Box is done. */
export function successOf(status: number): 'done' | 'pending' | undefined {
  if (status === 202) return 'pending';
  return status >= 200 && status < 300 ? 'done' : undefined;
}

/** Whether the token was refused, so that another one is worth a try. Box's 401 often has no body. */
export function tokenRefused(status: number): boolean {
  return status === 401;
}

interface Verdict {
  code: ProblemCode;
  ambiguous?: boolean;
}

/** The failure that an answer stands for. Never throws, whatever the body is. */
export function classifyAnswer(call: FailedCall, answer: ReceivedAnswer, now: number): BoxError {
  const parsed = errorBodySchema.safeParse(answer.isJson ? answer.body : {});
  const body: ErrorBody = parsed.data ?? noBody;
  const verdict = judge(call, answer, body);
  const problem: Problem = {
    code: verdict.code,
    operation: call.operation,
    detail: answerDetail(call, answer, body),
    item: call.item,
    status: answer.status,
    boxCode: shortWithoutSecrets(call, body.code),
    requestId: shortWithoutSecrets(call, body.requestId ?? answer.requestId),
    retryAfterMs: answer.retryAfterMs,
    at: now,
  };
  return new BoxError(problem, {
    conflicts: body.conflicts,
    session: body.session,
    ambiguous: verdict.ambiguous ?? false,
  });
}

const noBody: ErrorBody = {
  code: undefined,
  message: undefined,
  requestId: undefined,
  conflicts: [],
  session: undefined,
};

function shortWithoutSecrets({ secrets }: FailedCall, text: string | undefined): string | undefined {
  return text === undefined ? undefined : withoutSecrets(text, secrets);
}

function answerDetail({ secrets }: FailedCall, answer: ReceivedAnswer, body: ErrorBody): string {
  if (body.message !== undefined) return withoutSecrets(body.message, secrets);
  if (answer.location !== undefined) return `redirected to ${hostOf(answer.location)}`;
  if (answer.isJson || typeof answer.body !== 'string') return '';
  return `not JSON: ${withoutSecrets(answer.body.replace(/\s+/g, ' ').trim(), secrets, 120)}`;
}

function hostOf(location: string): string {
  return URL.canParse(location) ? new URL(location).host : 'another path';
}

function judge(call: FailedCall, answer: ReceivedAnswer, body: ErrorBody): Verdict {
  const { status } = answer;
  const byCode = body.code === undefined ? undefined : judgeCode(call.area, body.code, status, body);
  if (byCode) return byCode;
  // A page of HTML with a 4xx comes from something in between: a proxy, a captive portal, a firewall.
  const foreign = !answer.isJson && answer.body !== undefined;
  if (foreign && status < 500 && status !== 401 && status !== 429) return { code: 'network.not-box' };
  return judgeStatus(call, status, body);
}

const sessionAreas: readonly CallArea[] = ['session', 'part', 'commit'];

/** Codes that mean the same wherever they come. Box's list is not complete (box-openapi#422), so the status decides the rest. */
const plainCodes: Readonly<Record<string, ProblemCode>> = {
  file_size_too_small: 'content.too-small-for-session',
  item_name_invalid: 'name.invalid',
  item_name_too_long: 'name.too-long',
  invalid_folder_id: 'target.not-found',
  invalid_upload_session_id: 'session.gone',
  upload_session_not_found: 'session.gone',
  session_expired: 'session.gone',
  upload_failed: 'session.gone',
  bad_digest: 'content.digest',
  digest_mismatch: 'content.digest',
  request_size_mismatch: 'content.digest',
  parts_mismatch: 'session.parts-missing',
  session_conflict: 'session.conflict',
  invalid_grant: 'account.sign-in',
  invalid_client: 'account.sign-in',
  unauthorized_client: 'account.sign-in',
  invalid_token: 'account.sign-in',
  unauthorized: 'account.sign-in',
  insufficient_scope: 'account.scope',
  password_reset_required: 'account.blocked',
  terms_of_service_required: 'account.blocked',
  access_from_location_blocked: 'account.blocked',
  user_email_confirmation_required: 'account.blocked',
  storage_limit_exceeded: 'account.quota',
  pending_app_folder_size_limit: 'account.quota',
  access_denied_insufficient_permissions: 'target.no-permission',
  forbidden_by_policy: 'target.policy',
  access_denied_item_locked: 'target.locked',
  file_size_limit_exceeded: 'target.size-limit',
  trashed: 'target.trashed',
  name_temporarily_reserved: 'box.busy',
  operation_blocked_temporary: 'box.busy',
  rate_limit_exceeded: 'box.rate-limit',
  too_many_requests: 'box.rate-limit',
};

function judgeCode(area: CallArea, code: string, status: number, body: ErrorBody): Verdict | undefined {
  if (code === 'item_name_in_use') return { code: takenName(area, body) };
  // The bytes just sent are not stored, but those of an earlier try may be: the list of parts knows.
  if (code === 'range_overlaps_existing_part') return { code: 'part.unsure', ambiguous: true };
  const plain = plainCodes[code];
  if (plain === undefined) return undefined;
  if (!belongs(plain, area)) {
    // A lost session where there is none is a mangled answer, and passes like one.
    return plain.startsWith('session.') && status < 500 ? { code: 'box.unavailable' } : undefined;
  }
  // A trashed or missing parent ends a session like any other loss of it, but a server's trouble outranks what it says.
  return { code: plain, ambiguous: status >= 500 && status !== 507 };
}

/** Whether a problem can be one of such a call: an account has no folder, and a folder no session. Else the status decides. */
function belongs(code: ProblemCode, area: CallArea): boolean {
  if (isOfAccount(area)) return /^(account|box)\./.test(code);
  if (code.startsWith('session.')) return area === 'create-session' || sessionAreas.includes(area);
  return true;
}

/** Calls that are about no file, folder or session. */
function isOfAccount(area: CallArea): boolean {
  return area === 'account' || area === 'token';
}

/** Whether a call goes with a state that somebody may have changed: the content always does, an item where it says so. */
function isConditional({ area, headers }: FailedCall): boolean {
  if (area === 'item') return headers?.['if-match'] !== undefined;
  return ['create-session', 'upload', 'commit'].includes(area);
}

/** Calls that put something under a name. */
const takesName: readonly CallArea[] = ['create-folder', 'create-session', 'upload', 'commit'];

/** Files and folders share their names: what stands there decides. */
function takenName(area: CallArea, body: ErrorBody): ProblemCode {
  const standing = body.conflicts[0]?.type;
  if (area === 'create-folder')
    return standing === undefined || standing === 'folder' ? 'name.taken' : 'name.taken-by-file';
  return standing === 'folder' ? 'name.taken-by-folder' : 'name.taken';
}

function judgeStatus(call: FailedCall, status: number, body: ErrorBody): Verdict {
  const { area } = call;
  const ofSession = sessionAreas.includes(area);
  switch (status) {
    case 400:
      return { code: area === 'token' ? 'account.sign-in' : 'box.unexpected' };
    case 401:
      return { code: 'account.sign-in' };
    case 403:
      if (isOfAccount(area)) return { code: 'account.blocked' };
      // Only the user who opened a session may use it, so another account's session is as good as gone.
      return { code: ofSession ? 'session.gone' : 'target.no-permission' };
    case 404:
      if (isOfAccount(area)) return { code: 'box.unexpected' };
      return { code: ofSession ? 'session.gone' : 'target.not-found' };
    case 405:
      // Box answers this to an id that is no number.
      return { code: area === 'item' ? 'target.not-found' : 'box.unexpected' };
    case 407:
    case 511:
      return { code: 'network.not-box' };
    case 408:
      return { code: 'network.interrupted', ambiguous: true };
    case 409:
      if (area === 'part') return { code: 'part.unsure', ambiguous: true };
      if (body.conflicts.length > 0) return { code: takenName(area, body) };
      // The general code for a name in use, where Box's documents know no other 409.
      if (body.code === 'conflict' && takesName.includes(area)) return { code: 'name.taken' };
      // A 409 that says nothing of what it conflicts with is a mangled answer, or passes like every unnamed lock.
      return { code: body.code === undefined ? 'box.busy' : 'box.unexpected' };
    case 410:
      return { code: ofSession ? 'session.gone' : 'box.unexpected' };
    case 304:
    case 412:
      if (area === 'part') return { code: 'part.unsure', ambiguous: true };
      if (isConditional(call)) return { code: 'conflict.changed-on-box' };
      return { code: status === 304 ? 'network.not-box' : 'box.unexpected' };
    case 416:
      return area === 'part' && overlaps(body) ? { code: 'part.unsure', ambiguous: true } : { code: 'box.unexpected' };
    case 429:
      return { code: 'box.rate-limit' };
    case 507:
      return { code: 'account.quota' };
    default:
      if (status >= 500) return { code: 'box.unavailable', ambiguous: true };
      return { code: status < 400 ? 'network.not-box' : 'box.unexpected' };
  }
}

/** A 416 without a known code: an overlap by its words, or for want of any; else the range is off the session's grid. */
function overlaps(body: ErrorBody): boolean {
  return body.message === undefined || /overlap/i.test(body.message);
}

/**
 * A success whose body is not what Box sends. The call was answered, so its effect has probably happened. A mangled answer
 * passes, so this is trouble and no refusal.
 */
export function unreadableAnswer(
  call: Pick<FailedCall, 'operation' | 'item' | 'secrets'>,
  detail: string,
  requestId: string | undefined,
  now: number,
): BoxError {
  const problem: Problem = {
    code: 'box.unavailable',
    operation: call.operation,
    detail: `the answer is not understood: ${withoutSecrets(detail, call.secrets)}`,
    item: call.item,
    requestId,
    at: now,
  };
  return new BoxError(problem, { ambiguous: true });
}

/** A success with a page of HTML or the like: a captive portal answers so. Some relay the call all the same. */
export function foreignAnswer(call: FailedCall, answer: ReceivedAnswer, now: number): BoxError {
  const problem: Problem = {
    code: 'network.not-box',
    operation: call.operation,
    detail: answerDetail(call, answer, noBody),
    item: call.item,
    status: answer.status,
    requestId: shortWithoutSecrets(call, answer.requestId),
    at: now,
  };
  return new BoxError(problem, { ambiguous: true });
}

/**
 * The failure that an exception of the network stands for. What is classified already passes unchanged (a source that
 * can't be read, for one).
 */
export function classifyException(call: FailedCall, error: unknown, now: number): ProblemError {
  if (error instanceof ProblemError) return error;
  const facts = systemFacts(error);
  const verdict = classifySystemCode(facts.code, facts.syscall);
  const problem: Problem = {
    code: verdict.code,
    operation: call.operation,
    detail: withoutSecrets([facts.code, facts.message].filter(Boolean).join(': '), call.secrets),
    item: call.item,
    at: now,
  };
  return new BoxError(problem, { ambiguous: verdict.ambiguous, cause: error });
}

/** Code and message, also of the errors inside (`fetch failed` and Node's AggregateError of all addresses have none of their own). */
function systemFacts(error: unknown, depth = 0): { code?: string; syscall?: string; message: string } {
  if (!(error instanceof Error)) return { message: String(error) };
  const { code, syscall } = error as { code?: unknown; syscall?: unknown };
  if (typeof code === 'string' && code !== '') {
    return { code, message: error.message, ...(typeof syscall === 'string' ? { syscall } : {}) };
  }
  const inner: unknown = error instanceof AggregateError ? error.errors[0] : error.cause;
  return inner === undefined || depth > 4 ? { message: error.message } : systemFacts(inner, depth + 1);
}
