import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { CallError } from '../../../shared/call-error.ts';

const mostSessions = 100;

/** Who may speak to the host. Tokens have 256 bits; only their digests are kept, and compared in constant time. */
export interface Sessions {
  /** The token of the link; good for one page. */
  readonly once: string;
  /** @throws CallError `refused` for one that is wrong or was used. */
  trade(once: string): string;
  isKnown(session: string): boolean;
}

export function createSessions(): Sessions {
  const once = newToken();
  let onceDigest: Buffer | undefined = digest(once);
  let usedDigest: Buffer | undefined;
  const known: Buffer[] = [];
  return {
    once,
    trade: (given) => {
      const asked = digest(given);
      if (usedDigest && timingSafeEqual(asked, usedDigest)) {
        throw new CallError(
          'refused',
          'This link has been used. Go on in the page that it opened, or run "boxcar ui" for a new one.',
        );
      }
      if (!onceDigest || !timingSafeEqual(asked, onceDigest)) throw unknownSession();
      usedDigest = onceDigest;
      onceDigest = undefined;
      const session = newToken();
      known.push(digest(session));
      if (known.length > mostSessions) known.shift();
      return session;
    },
    isKnown: (given) => {
      const asked = digest(given);
      return known.reduce((found, one) => timingSafeEqual(asked, one) || found, false);
    },
  };
}

/** The refusal of a page that this host has never seen. */
export function unknownSession(): CallError {
  return new CallError('refused', 'This page is not signed in to this Boxcar. Open the link that "boxcar ui" printed.');
}

function newToken(): string {
  return randomBytes(32).toString('base64url');
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
