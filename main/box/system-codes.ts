import type { ProblemCode } from '../../shared/problem-table.ts';

/** What an error code of the system, of TLS or of undici means for a call; `ambiguous` when its effect may have happened. */
export interface SystemVerdict {
  code: ProblemCode;
  ambiguous: boolean;
}

/** Nothing was sent: no address, no route, nobody there. */
const unreachable = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_FAIL',
  'EAI_NODATA',
  'EAI_NONAME',
  'ENETUNREACH',
  'ENETDOWN',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'EADDRNOTAVAIL',
  'ENOENT',
  'UND_ERR_CONNECT_TIMEOUT',
  // A proxy that refuses to make the tunnel.
  'UND_ERR_ABORTED',
  'UND_ERR_PRX_TLS',
  'UND_ERR_PRX_CONN',
  'UND_ERR_SOCKS5',
]);

const broken = new Set([
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ENETRESET',
  'ENOTCONN',
  'ETIMEDOUT',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_STREAM_DESTROYED',
  'UND_ERR_SOCKET',
  'UND_ERR_CLOSED',
  'UND_ERR_DESTROYED',
  'UND_ERR_INFO',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  'UND_ERR_HEADERS_OVERFLOW',
  'UND_ERR_RES_EXCEEDED_MAX_SIZE',
  'EPROTO',
]);

const stalled = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'BOXCAR_STALLED']);

// OpenSSL's verification errors as Node names them (nodejs.org/api/tls.html, "X509 certificate error codes").
const certificate =
  /^(CERT_|CRL_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|INVALID_CA$|INVALID_PURPOSE$|PATH_LENGTH_EXCEEDED$|HOSTNAME_MISMATCH$|ERR_TLS_CERT_|ERROR_IN_CERT_)/;

/** Classifies a code; without one, or with one that is not known, it is a defect of ours. */
export function classifySystemCode(code: string | undefined, syscall: string | undefined): SystemVerdict {
  if (code === undefined) return { code: 'local.internal', ambiguous: true };
  if (stalled.has(code)) return { code: 'network.stalled', ambiguous: true };
  if (certificate.test(code)) return { code: 'network.certificate', ambiguous: false };
  // TLS with something that doesn't speak it.
  if (code.startsWith('ERR_SSL_')) return { code: 'network.not-box', ambiguous: false };
  // The same code comes from connecting and from a connection that lives; only the latter leaves doubt.
  if (syscall === 'connect' || syscall === 'getaddrinfo') return { code: 'network.unreachable', ambiguous: false };
  const flowing = syscall === 'read' || syscall === 'write';
  if (unreachable.has(code)) return { code: 'network.unreachable', ambiguous: flowing };
  // An answer that isn't HTTP (`HPE_INVALID_CONSTANT`, …): a broken relay, or not Box.
  if (broken.has(code) || code.startsWith('HPE_')) return { code: 'network.interrupted', ambiguous: true };
  // The body had other bytes than announced: what is read has changed since its size was taken.
  if (code === 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH') return { code: 'local.changed', ambiguous: false };
  return { code: 'local.internal', ambiguous: true };
}
