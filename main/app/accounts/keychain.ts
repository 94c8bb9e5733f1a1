import { createHash } from 'node:crypto';
import { withinMs } from './within.ts';
import { SecretsLocked, SecretsUnavailable, type SecretStore } from './secret-store.ts';

/** What is used of keytar: it is native, and missing where its one library (libsecret) is. */
export interface Keytar {
  getPassword(service: string, account: string): Promise<string | null>;
  setPassword(service: string, account: string, password: string): Promise<void>;
  deletePassword(service: string, account: string): Promise<boolean>;
}

/** `locked`: it is there and doesn't open, or answers late; `none`: there is none on this machine or in this session. */
export type KeychainState = 'available' | 'locked' | 'none';

export interface Keychain extends SecretStore {
  /** Tries to keep something, which alone tells; at most {@link keychainLimitMs}. `detail` is what the system said. */
  probe(): Promise<{ state: KeychainState; detail: string }>;
}

/** A provider that can't start answers after 25 s; people are told before. */
export const keychainLimitMs = 5000;

/** The name under which a data folder's secrets are kept: two folders on one machine never share one. @param home its real path */
export function keychainService(home: string): string {
  return `boxcar-${createHash('sha256').update(home).digest('hex').slice(0, 32)}`;
}

const probeAccount = 'probe';

/**
 * The system's keychain: Secret Service on Linux, Keychain on macOS, Credential Manager on Windows. One call at a time goes out, since
 * each that hangs holds a thread; a call that is late goes on, and until it ends every other is told that the keychain is locked.
 */
export function openKeychain(options: { service: string; load?: () => Promise<Keytar>; limitMs?: number }): Keychain {
  const { service, load = loadKeytar, limitMs = keychainLimitMs } = options;
  let late: Promise<unknown> | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  async function once<T>(work: (keytar: Keytar) => Promise<T>): Promise<T> {
    if (late) throw new SecretsLocked('The keyring has not answered yet.');
    let running: Promise<T> | undefined;
    try {
      const keytar = await load().catch(noKeychain);
      running = work(keytar);
      const answer = await withinMs(running, limitMs);
      if (answer !== 'late') return answer.value;
    } catch (error) {
      throw asSecretsError(error);
    }
    late = running;
    running.then(
      () => (late = undefined),
      () => (late = undefined),
    );
    throw new SecretsLocked(`The keyring has not answered within ${limitMs / 1000} s.`);
  }
  const call: typeof once = (work) => {
    const done = turn.then(() => once(work));
    turn = done.catch(() => undefined);
    return done;
  };

  const tryOut = () =>
    call(async (keytar) => {
      await keytar.setPassword(service, probeAccount, 'nothing');
      await keytar.deletePassword(service, probeAccount);
    });

  return {
    kind: 'keychain',
    read: async (accountId) => {
      const found = await call((keytar) => keytar.getPassword(service, accountId));
      if (found !== null) return found;
      // libsecret finds nothing in a locked collection, and doesn't say that it is locked.
      await tryOut();
      return (await call((keytar) => keytar.getPassword(service, accountId))) ?? undefined;
    },
    write: (accountId, secret) => call((keytar) => keytar.setPassword(service, accountId, secret)),
    remove: async (accountId) => {
      await call((keytar) => keytar.deletePassword(service, accountId));
    },
    probe: async () => {
      try {
        await tryOut();
        return { state: 'available', detail: '' };
      } catch (error) {
        const detail = error instanceof Error ? error.message : String(error);
        return { state: error instanceof SecretsLocked ? 'locked' : 'none', detail };
      }
    },
  };
}

async function loadKeytar(): Promise<Keytar> {
  const module = (await import('keytar')) as Keytar & { default?: Keytar };
  // CommonJS: its names may hang under `default`.
  return module.default ?? module;
}

function noKeychain(error: unknown): never {
  const said = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  throw new SecretsUnavailable(`The system's keychain cannot be used: ${said}`, { cause: error });
}

/** What libsecret says of a session without a keyring; everything else may pass. */
const nobodyThere = [
  /autolaunch D-Bus/i,
  /could not connect/i,
  /connection (is closed|refused)/i,
  /was not provided by any \.service files/i,
  /no such (file|interface|method)/i,
  /unknown method|ServiceUnknown/i,
  /cannot spawn a message bus/i,
  /unsupported/i,
];

function asSecretsError(error: unknown): Error {
  if (error instanceof SecretsLocked || error instanceof SecretsUnavailable) return error;
  const said = error instanceof Error ? error.message : String(error);
  if (nobodyThere.some((pattern) => pattern.test(said))) {
    return new SecretsUnavailable(`There is no keyring in this session: ${said}`, { cause: error });
  }
  return new SecretsLocked(`The keyring does not open: ${said}`, { cause: error });
}
