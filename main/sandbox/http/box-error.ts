// Box's error answers. Codes and shapes: Box's OpenAPI description (ClientError) and its common-errors guide.
import { randomHex } from '../random-hex.ts';

/** Thrown by handlers; the server turns it into Box's error body. */
export class BoxError extends Error {
  readonly status: number;
  readonly code: string;
  readonly contextInfo: Record<string, unknown> | null;
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    code: string,
    message: string,
    contextInfo: Record<string, unknown> | null = null,
    headers: Record<string, string> = {},
  ) {
    super(message);
    this.name = 'BoxError';
    this.status = status;
    this.code = code;
    this.contextInfo = contextInfo;
    this.headers = headers;
  }
}

/** 401: Box leaves the body empty and tells the reason in WWW-Authenticate alone (rclone looks for `expired_token` there). */
export class UnauthorizedError extends Error {
  readonly reason: 'missing' | 'invalid_token' | 'expired_token';

  constructor(reason: 'missing' | 'invalid_token' | 'expired_token') {
    super(reason);
    this.reason = reason;
  }
}

/** OAuth errors have a shape of their own: `{error, error_description}` (RFC 6749, 5.2). */
export class OauthError extends Error {
  readonly status = 400;
  readonly error: string;

  constructor(error: string, description: string) {
    super(description);
    this.error = error;
  }
}

/** The peer went away before its body was complete: there is nobody left to answer. */
export class BodyAborted extends Error {}

/** `400 bad_request` naming one field, with the reason in `context_info.errors` as Box gives it. */
export const badRequest = (name: string, message: string): BoxError =>
  new BoxError(400, 'bad_request', message, { errors: [{ reason: 'invalid_parameter', name, message }] });

export const notFound = (what: string): BoxError =>
  new BoxError(404, 'not_found', `Not Found: ${what}`, {
    errors: [{ reason: 'invalid_parameter', name: 'item', message: `Invalid value '${what}'.` }],
  });

export const newRequestId = (): string => randomHex(8);

/** Box's ClientError body as JSON text. */
export const errorBody = (error: BoxError, requestId: string): string =>
  JSON.stringify({
    type: 'error',
    status: error.status,
    code: error.code,
    message: error.message,
    context_info: error.contextInfo,
    help_url: 'https://developer.box.com/guides/api-calls/permissions-and-errors/common-errors/',
    request_id: requestId,
  });
