import type { Problem } from '../../shared/problem.ts';
import type { ProblemCode } from '../../shared/problem-table.ts';

const codes: Record<string, ProblemCode> = {
  ENOENT: 'local.missing',
  ENOTDIR: 'local.missing',
  ESTALE: 'local.missing',
  EACCES: 'local.unreadable',
  EPERM: 'local.unreadable',
  ENAMETOOLONG: 'local.path-too-long',
  EBUSY: 'local.locked',
  ETXTBSY: 'local.locked',
  EAGAIN: 'local.locked',
  // No descriptors or no memory left for now: like a lock, it is tried again.
  EMFILE: 'local.locked',
  ENFILE: 'local.locked',
  ENOMEM: 'local.locked',
  EISDIR: 'local.not-regular',
  ELOOP: 'local.not-regular',
  ENXIO: 'local.not-regular',
};

/**
 * Errors of a disk, of its driver or of the network under it; what is in neither list is a defect of ours. Windows says of a share whose
 * connection is lost ERROR_NETNAME_DELETED, which is ECONNRESET to libuv (src/win/error.c).
 */
const readErrors = new Set([
  'EIO', 'ENODEV', 'ENOLINK', 'EREMOTEIO', 'EUCLEAN', 'EBADMSG', 'EOVERFLOW', 'EFBIG',
  'ETIMEDOUT', 'EHOSTDOWN', 'EHOSTUNREACH', 'ENOTCONN', 'ENOTSUP', 'EOPNOTSUPP', 'EKEYEXPIRED', 'ENOKEY', 'UNKNOWN',
  'ECONNRESET', 'ECONNABORTED', 'ENETUNREACH',
]); // prettier-ignore

/** What Node says of an error of the system that libuv has no name for: EDEADLK of macOS, say, for a file that is in iCloud alone. */
const nameless = /^Unknown system error -?\d+$/;

/**
 * The problem behind an error of a call to the file system. `operation` is what was tried (`stat`, `read folder`), `item` the
 * path for people. Errors that no file system gives become `local.internal`. Safe to import in a worker: loads nothing.
 */
export function fileProblem(error: unknown, operation: string, item: string, at: number = Date.now()): Problem {
  const { code, message } = error as Partial<NodeJS.ErrnoException>;
  // Node's own message repeats the call and the path: `EACCES: permission denied, open '/a/b'`.
  const detail = /^[A-Z][A-Z0-9]*: [^,]+/.exec(message ?? '')?.[0] ?? message ?? String(error);
  const isReadError = readErrors.has(code ?? '') || nameless.test(code ?? '');
  const known = codes[code ?? ''] ?? (isReadError ? 'local.read-error' : 'local.internal');
  return { code: known, operation, detail, item, at };
}
