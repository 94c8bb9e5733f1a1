/** Where the secrets of accounts are kept; which one an account uses is written down with it. */
export const storeKinds = ['keychain', 'file', 'memory'] as const;
export type StoreKind = (typeof storeKinds)[number];

/** Keeps one text for each account. What a write was told is there after a crash, as a whole; what was not told may be either. */
export interface SecretStore {
  readonly kind: StoreKind;
  /** @throws SecretsLocked, SecretsUnavailable */
  read(accountId: string): Promise<string | undefined>;
  /** Replaces what is there. @throws SecretsLocked, SecretsUnavailable */
  write(accountId: string, secret: string): Promise<void>;
  /** Nothing there is fine. @throws SecretsLocked, SecretsUnavailable */
  remove(accountId: string): Promise<void>;
}

/** It is there and doesn't open, yet: to be shown, and asked again later. */
export class SecretsLocked extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'SecretsLocked';
  }
}

/** There is no such store on this machine, or what lies in it can't be read any more. The message says what a person can do. */
export class SecretsUnavailable extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'SecretsUnavailable';
  }
}

/** Secrets that are gone when this process ends. */
export function memorySecrets(): SecretStore {
  const secrets = new Map<string, string>();
  return {
    kind: 'memory',
    read: (accountId) => Promise.resolve(secrets.get(accountId)),
    write: (accountId, secret) => Promise.resolve(void secrets.set(accountId, secret)),
    remove: (accountId) => Promise.resolve(void secrets.delete(accountId)),
  };
}
