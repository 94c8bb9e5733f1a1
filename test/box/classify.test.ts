// Every row of what Box and the system can say, and what it means.
import { describe, expect, test } from 'vitest';
import type { CallArea } from '../../main/box/call.ts';
import { classifyAnswer, classifyException, successOf } from '../../main/box/classify.ts';
import { BoxError } from '../../main/box/box-error.ts';
import { classOf } from '../../shared/describe-problem.ts';
import type { ProblemCode } from '../../shared/problem-table.ts';

function classify(area: CallArea, status: number, body?: unknown, isJson = body !== undefined) {
  const answer = { status, body, isJson, retryAfterMs: undefined, requestId: 'header-id' };
  return classifyAnswer({ operation: 'test', area }, answer, 1);
}

type Row = [status: number, code: string | undefined, area: CallArea, problem: ProblemCode, ambiguous?: boolean];
const rows: Row[] = [
  [400, 'bad_request', 'item', 'box.unexpected'],
  [400, 'invalid_request_parameters', 'item', 'box.unexpected'],
  [400, 'missing_destination', 'create-session', 'box.unexpected'],
  [400, 'invalid_folder_id', 'create-session', 'target.not-found'],
  [400, 'missing_file_size', 'create-session', 'box.unexpected'],
  [400, 'invalid_file_size', 'create-session', 'box.unexpected'],
  [400, 'missing_file_name', 'create-session', 'box.unexpected'],
  [400, 'file_size_too_small', 'create-session', 'content.too-small-for-session'],
  [400, 'item_name_invalid', 'upload', 'name.invalid'],
  [400, 'item_name_too_long', 'create-folder', 'name.too-long'],
  [400, 'invalid_upload_session_id', 'session', 'session.gone'],
  [400, 'bad_digest', 'upload', 'content.digest'],
  [400, 'digest_mismatch', 'commit', 'content.digest'],
  [400, 'digest_mismatch', 'part', 'content.digest'],
  [400, 'parts_mismatch', 'commit', 'session.parts-missing'],
  [400, 'request_size_mismatch', 'part', 'content.digest'],
  [400, 'metadata_after_file_contents', 'upload', 'box.unexpected'],
  [400, 'folder_not_empty', 'item', 'box.unexpected'],
  [400, 'cyclical_folder_structure', 'item', 'box.unexpected'],
  [400, 'invalid_offset', 'session', 'box.unexpected'],
  [400, 'invalid_grant', 'token', 'account.sign-in'],
  [400, 'password_reset_required', 'account', 'account.blocked'],
  [400, 'terms_of_service_required', 'upload', 'account.blocked'],
  [400, undefined, 'token', 'account.sign-in'],
  [401, 'unauthorized', 'item', 'account.sign-in'],
  [401, undefined, 'part', 'account.sign-in'],
  [403, 'access_denied_insufficient_permissions', 'create-session', 'target.no-permission'],
  [403, 'insufficient_scope', 'item', 'account.scope'],
  [403, 'forbidden', 'part', 'session.gone'],
  [403, 'forbidden', 'item', 'target.no-permission'],
  [403, 'forbidden', 'account', 'account.blocked'],
  [403, 'access_denied_insufficient_permissions', 'account', 'account.blocked'],
  [403, 'insufficient_scope', 'account', 'account.scope'],
  [403, 'forbidden_by_policy', 'upload', 'target.policy'],
  [403, 'access_denied_item_locked', 'upload', 'target.locked'],
  [403, 'access_from_location_blocked', 'item', 'account.blocked'],
  [403, 'user_email_confirmation_required', 'item', 'account.blocked'],
  [403, 'file_size_limit_exceeded', 'create-session', 'target.size-limit'],
  [403, 'storage_limit_exceeded', 'create-session', 'account.quota'],
  [409, 'storage_limit_exceeded', 'create-session', 'account.quota'],
  [403, 'operation_limit_exceeded', 'item', 'target.no-permission'],
  [404, 'not_found', 'item', 'target.not-found'],
  [404, 'not_found', 'part', 'session.gone'],
  [404, 'not_found', 'account', 'box.unexpected'],
  [404, undefined, 'token', 'box.unexpected'],
  [404, 'invalid_parameter', 'create-session', 'target.not-found'],
  [404, 'upload_session_not_found', 'session', 'session.gone'],
  [404, 'trashed', 'item', 'target.trashed'],
  [405, 'method_not_allowed', 'item', 'target.not-found'],
  [405, 'method_not_allowed', 'upload', 'box.unexpected'],
  [408, undefined, 'part', 'network.interrupted', true],
  [409, 'item_name_in_use', 'upload', 'name.taken'],
  [409, 'name_temporarily_reserved', 'upload', 'box.busy'],
  [409, 'operation_blocked_temporary', 'item', 'box.busy'],
  [409, 'session_conflict', 'create-session', 'session.conflict'],
  [409, 'conflict', 'item', 'box.unexpected'],
  [409, 'conflict', 'session', 'box.unexpected'],
  [409, 'conflict', 'create-folder', 'name.taken'],
  [409, 'conflict', 'create-session', 'name.taken'],
  [409, 'conflict', 'upload', 'name.taken'],
  [409, 'conflict', 'commit', 'name.taken'],
  [409, undefined, 'create-session', 'box.busy'],
  [409, 'conflict', 'part', 'part.unsure', true],
  [409, undefined, 'part', 'part.unsure', true],
  [410, 'session_expired', 'part', 'session.gone'],
  [410, 'upload_failed', 'commit', 'session.gone'],
  [410, undefined, 'session', 'session.gone'],
  [410, undefined, 'item', 'box.unexpected'],
  [410, 'session_expired', 'create-session', 'session.gone'],
  [410, 'session_expired', 'item', 'box.unavailable'],
  [410, 'session_expired', 'account', 'box.unavailable'],
  [410, 'upload_failed', 'upload', 'box.unavailable'],
  [503, 'session_expired', 'item', 'box.unavailable', true],
  [411, 'length_required', 'upload', 'box.unexpected'],
  [412, 'precondition_failed', 'commit', 'conflict.changed-on-box'],
  [412, 'precondition_failed', 'part', 'part.unsure', true],
  [304, undefined, 'commit', 'conflict.changed-on-box'],
  [412, 'precondition_failed', 'create-folder', 'box.unexpected'],
  [412, 'precondition_failed', 'account', 'box.unexpected'],
  [412, 'precondition_failed', 'item', 'box.unexpected'],
  [304, undefined, 'item', 'network.not-box'],
  [413, 'request_entity_too_large', 'upload', 'box.unexpected'],
  [416, 'range_overlaps_existing_part', 'part', 'part.unsure', true],
  [416, undefined, 'part', 'part.unsure', true],
  [429, 'rate_limit_exceeded', 'item', 'box.rate-limit'],
  [429, 'too_many_requests', 'part', 'box.rate-limit'],
  [429, undefined, 'part', 'box.rate-limit'],
  [500, 'internal_server_error', 'part', 'box.unavailable', true],
  [502, 'bad_gateway', 'commit', 'box.unavailable', true],
  [503, 'unavailable', 'upload', 'box.unavailable', true],
  [503, 'rate_limit_exceeded', 'part', 'box.rate-limit', true],
  [504, undefined, 'part', 'box.unavailable', true],
  [509, undefined, 'item', 'box.unavailable', true],
  [507, undefined, 'upload', 'account.quota'],
  [302, undefined, 'item', 'network.not-box'],
  [407, undefined, 'item', 'network.not-box'],
  [511, undefined, 'item', 'network.not-box'],
  [418, 'something_new', 'item', 'box.unexpected'],
];

describe('an answer', () => {
  test.each(rows)('%i %s of a call about %s is %s', (status, code, area, problem, ambiguous = false) => {
    const body = code === undefined ? undefined : { type: 'error', status, code, message: 'm', request_id: 'body-id' };
    const error = classify(area, status, body);
    expect(error.problem.code).toBe(problem);
    expect(error.ambiguous).toBe(ambiguous);
    expect(error).toMatchObject({ status, boxCode: code, requestId: code === undefined ? 'header-id' : 'body-id' });
  });

  test('with a page is not of Box below 500, and its trouble from there on', () => {
    for (const [status, problem, ambiguous] of [
      [403, 'network.not-box', false],
      [404, 'network.not-box', false],
      [413, 'network.not-box', false],
      [401, 'account.sign-in', false],
      [429, 'box.rate-limit', false],
      [502, 'box.unavailable', true],
    ] as const) {
      const error = classify('part', status, '<html>\n<h1>Blocked</h1>', false);
      expect([error.problem.code, error.ambiguous]).toEqual([problem, ambiguous]);
      expect(error.problem.detail).toContain('<h1>Blocked');
    }
  });

  test('to a condition on an item says that somebody changed it, and without a condition nothing of the kind', () => {
    const answer = { status: 412, body: undefined, isJson: false, retryAfterMs: undefined, requestId: undefined };
    const call = { operation: 'delete file', area: 'item', headers: { 'if-match': '3' } } as const;
    expect(classifyAnswer(call, answer, 1).problem.code).toBe('conflict.changed-on-box');
    const without = { ...call, headers: { 'if-match': undefined } };
    expect(classifyAnswer(without, answer, 1).problem.code).toBe('box.unexpected');
  });

  test('off the grid is no overlap', () => {
    const body = { code: 'bad_range', message: 'range does not match the session' };
    expect(classify('part', 416, body).problem.code).toBe('box.unexpected');
  });

  test('of the token endpoint says its description', () => {
    const error = classify('token', 400, { error: 'invalid_grant', error_description: 'Refresh token has expired' });
    expect(error.problem).toMatchObject({ code: 'account.sign-in', detail: 'Refresh token has expired' });
  });

  test('names the conflicting items as one or as a list, with ids of either kind', () => {
    const item = { type: 'file', id: 12, etag: 0, sha1: 'ABC', name: 'x' };
    for (const conflicts of [item, [item]]) {
      const error = classify('upload', 409, { code: 'item_name_in_use', context_info: { conflicts } });
      expect(error.conflicts).toEqual([{ type: 'file', id: '12', etag: '0', sha1: 'abc', name: 'x' }]);
    }
    const folder = { code: 'item_name_in_use', context_info: { conflicts: [{ type: 'folder', id: '1' }] } };
    expect(classify('upload', 409, folder).problem.code).toBe('name.taken-by-folder');
    expect(classify('create-folder', 409, folder).problem.code).toBe('name.taken');
    const file = { code: 'item_name_in_use', context_info: { conflicts: item } };
    expect(classify('create-folder', 409, file).problem.code).toBe('name.taken-by-file');
  });

  test('brings the live session of a conflict, also with floats and without endpoints', () => {
    const session = { id: 'S', part_size: 8.388608e6, total_parts: '3', num_parts_processed: null };
    const error = classify('create-session', 409, { code: 'session_conflict', context_info: { session } });
    expect(error.session).toMatchObject({ id: 'S', partSizeBytes: 8_388_608, totalParts: 3, processedParts: 0 });
  });

  test('of any shape is classified and never throws', () => {
    for (const body of [null, 7, 'text', [], { code: 5 }, { context_info: 'x' }, { context_info: { conflicts: 3 } }]) {
      expect(classify('item', 400, body, true).problem.code).toBe('box.unexpected');
      expect(classify('item', 500, body, true).problem.code).toBe('box.unavailable');
    }
  });
});

test('a success is done or pending, and nothing else is one', () => {
  expect([200, 201, 204, 202, 199, 304, 400].map(successOf)).toEqual([
    ...['done', 'done', 'done', 'pending'],
    ...[undefined, undefined, undefined],
  ]);
});

describe('an exception', () => {
  const codes: [code: string, syscall: string | undefined, problem: ProblemCode, ambiguous: boolean][] = [
    ['ECONNREFUSED', 'connect', 'network.unreachable', false],
    ['ECONNREFUSED', undefined, 'network.unreachable', false],
    ['ENOTFOUND', 'getaddrinfo', 'network.unreachable', false],
    ['EAI_AGAIN', 'getaddrinfo', 'network.unreachable', false],
    ['ENETUNREACH', 'connect', 'network.unreachable', false],
    ['EHOSTUNREACH', 'read', 'network.unreachable', true],
    ['ETIMEDOUT', 'connect', 'network.unreachable', false],
    ['ETIMEDOUT', 'read', 'network.interrupted', true],
    ['ECONNRESET', 'read', 'network.interrupted', true],
    ['EPIPE', 'write', 'network.interrupted', true],
    ['UND_ERR_CONNECT_TIMEOUT', undefined, 'network.unreachable', false],
    ['UND_ERR_SOCKET', undefined, 'network.interrupted', true],
    ['UND_ERR_DESTROYED', undefined, 'network.interrupted', true],
    ['UND_ERR_CLOSED', undefined, 'network.interrupted', true],
    ['UND_ERR_ABORTED', undefined, 'network.unreachable', false],
    ['UND_ERR_HEADERS_TIMEOUT', undefined, 'network.stalled', true],
    ['UND_ERR_BODY_TIMEOUT', undefined, 'network.stalled', true],
    ['BOXCAR_STALLED', undefined, 'network.stalled', true],
    ['UND_ERR_REQ_CONTENT_LENGTH_MISMATCH', undefined, 'local.changed', false],
    ['UND_ERR_RES_EXCEEDED_MAX_SIZE', undefined, 'network.interrupted', true],
    ['HPE_INVALID_CONSTANT', undefined, 'network.interrupted', true],
    ['CERT_HAS_EXPIRED', undefined, 'network.certificate', false],
    ['SELF_SIGNED_CERT_IN_CHAIN', undefined, 'network.certificate', false],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', undefined, 'network.certificate', false],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', undefined, 'network.certificate', false],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', undefined, 'network.certificate', false],
    ['ERR_TLS_CERT_ALTNAME_INVALID', undefined, 'network.certificate', false],
    ['ERR_SSL_WRONG_VERSION_NUMBER', undefined, 'network.not-box', false],
    ['UND_ERR_INVALID_ARG', undefined, 'local.internal', true],
  ];
  const call = { operation: 'test', area: 'part' } as const;

  test.each(codes)('%s at %s is %s', (code, syscall, problem, ambiguous) => {
    const system = Object.assign(new Error('words'), { code, syscall });
    for (const thrown of [system, new AggregateError([system]), new Error('fetch failed', { cause: system })]) {
      const error = classifyException(call, thrown, 1);
      expect(error.problem.code).toBe(problem);
      expect(error).toBeInstanceOf(BoxError);
      expect((error as BoxError).ambiguous).toBe(ambiguous);
      expect(error.problem.detail).toContain('words');
    }
  });

  test('without a code is a defect of ours, and one that is classified passes', () => {
    const defect = classifyException(call, new TypeError('x is not a function'), 1);
    expect(classOf(defect.problem)).toBe('give-up');
    expect(classifyException(call, defect, 2)).toBe(defect);
    expect(classifyException(call, 'thrown text', 1).problem.detail).toBe('thrown text');
  });
});
