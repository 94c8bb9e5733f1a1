import { chmod, mkdir, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../../platform/atomic-file.ts';
import { fits, readHeader, seal, sealKey, unseal, type SealKey } from './sealed-text.ts';
import { SecretsLocked, SecretsUnavailable, type SecretStore } from './secret-store.ts';

export interface PassphraseFileOptions {
  /** The file of an account, in a folder that is made where it is missing. */
  pathOf: (accountId: string) => string;
  /** Asks for the passphrase when it is first needed, once at a time; undefined where there is nobody to ask. `isNew`: nothing is kept yet. */
  passphrase: (asked: { isNew: boolean }) => Promise<string | undefined>;
}

/** A file store whose passphrase can be given later too. */
export interface PassphraseFile extends SecretStore {
  /** Asks for the passphrase, where it isn't known, before anything is to be kept. @throws SecretsLocked where there is nobody to ask */
  prepare(): Promise<void>;
  /** Tries a passphrase on what an account has kept, and keeps it in memory. @throws SecretsLocked where it is another one. */
  unlock(accountId: string, passphrase: string): Promise<void>;
  /** The passphrase for what is written next. */
  usePassphrase(passphrase: string): void;
}

/** Secrets in files of mode 0600, each sealed under the person's passphrase, which is written nowhere. */
export function passphraseFile(options: PassphraseFileOptions): PassphraseFile {
  let given: string | undefined;
  /** What is written next is to be under the passphrase that was given last, whatever stood there. */
  let isNewPassphrase = false;
  const keys = new Map<string, SealKey>();
  let asking: Promise<string | undefined> | undefined;

  const passphrase = async (isNew: boolean): Promise<string> => {
    asking ??= given === undefined ? options.passphrase({ isNew }) : Promise.resolve(given);
    const answer = await asking.finally(() => (asking = undefined));
    if (!answer) {
      throw new SecretsLocked(
        'The sign-in is kept in a file under a passphrase: give it in BOXCAR_PASSPHRASE, or run Boxcar on a terminal, where it asks.',
      );
    }
    given = answer;
    return answer;
  };

  async function open(accountId: string, sealed: string, tried?: string): Promise<string> {
    const header = understood(options.pathOf(accountId), () => readHeader(sealed));
    const kept = keys.get(accountId);
    const isKept = tried === undefined && kept !== undefined && fits(kept, header);
    const key = isKept ? kept : await sealKey(tried ?? (await passphrase(false)), header);
    const text = understood(options.pathOf(accountId), () => unseal(sealed, key));
    if (text === undefined) {
      if (tried === undefined) given = undefined;
      keys.delete(accountId);
      throw new SecretsLocked('This is not the passphrase that the sign-in was kept under. Try again.');
    }
    keys.set(accountId, key);
    return text;
  }

  return {
    kind: 'file',
    read: async (accountId) => {
      const sealed = await readIfThere(options.pathOf(accountId));
      return sealed === undefined ? undefined : open(accountId, sealed);
    },
    write: async (accountId, secret) => {
      const path = options.pathOf(accountId);
      const key = (isNewPassphrase ? undefined : keys.get(accountId)) ?? (await sealKey(await passphrase(true)));
      isNewPassphrase = false;
      keys.set(accountId, key);
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await writeFileAtomic(path, seal(secret, key), 0o600);
      // What stood there is gone with the rename; a umask can only have taken rights away.
      await chmod(path, 0o600);
    },
    remove: async (accountId) => {
      keys.delete(accountId);
      await rm(options.pathOf(accountId), { force: true });
    },
    prepare: async () => {
      await passphrase(true);
    },
    unlock: async (accountId, tried) => {
      const sealed = await readIfThere(options.pathOf(accountId));
      if (sealed !== undefined) await open(accountId, sealed, tried);
      given = tried;
    },
    usePassphrase: (passphrase) => {
      given = passphrase;
      isNewPassphrase = true;
    },
  };
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new SecretsUnavailable(`${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

function understood<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof z.ZodError)) throw error;
    throw new SecretsUnavailable(`${path} is not a file of secrets of this version of Boxcar: sign in again.`);
  }
}
