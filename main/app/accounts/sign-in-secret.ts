import { z } from 'zod';
import type { TokenPair } from '../../box/auth/oauth.ts';
import { SecretsUnavailable, type SecretStore } from './secret-store.ts';

/** What is kept of an account as one text, so that a new pair replaces the old one as a whole. */
const secretSchema = z.object({
  clientSecret: z.string().optional(),
  refreshToken: z.string().optional(),
  accessToken: z.string().optional(),
  /** When the access token was given, and its end; ms since the epoch. */
  givenAt: z.number().optional(),
  expiresAt: z.number().optional(),
});
export type SignInSecret = z.infer<typeof secretSchema>;

/** The credential manager of Windows takes 2,560 bytes; the access token can be had again. */
const mostBytes = 2500;

/** @throws SecretsLocked, SecretsUnavailable */
export async function readSecret(store: SecretStore, accountId: string): Promise<SignInSecret | undefined> {
  const text = await store.read(accountId);
  if (text === undefined) return undefined;
  try {
    return secretSchema.parse(JSON.parse(text));
  } catch {
    // What can't be read is not quoted: it may hold half of a token.
    throw new SecretsUnavailable(
      'What the keychain holds for this account is not from this version of Boxcar: sign in again.',
    );
  }
}

/** @throws SecretsLocked, SecretsUnavailable */
export function writeSecret(store: SecretStore, accountId: string, secret: SignInSecret): Promise<void> {
  const text = JSON.stringify(secret);
  const { accessToken: _left, ...rest } = secret;
  const isTooLong = Buffer.byteLength(text) > mostBytes && secret.refreshToken !== undefined;
  return store.write(accountId, isTooLong ? JSON.stringify(rest) : text);
}

/** A secret with a new pair in it. */
export function withPair(secret: SignInSecret, pair: TokenPair, now: number): SignInSecret {
  const { refreshToken = secret.refreshToken, accessToken, expiresAt } = pair;
  return { ...secret, ...(refreshToken === undefined ? {} : { refreshToken }), accessToken, expiresAt, givenAt: now };
}

/** Whether the access token is good for a while: a twelfth of its life before its end, at most 5 minutes, it is renewed. */
export function isFresh(secret: SignInSecret, now: number): boolean {
  const { accessToken, givenAt = 0, expiresAt } = secret;
  if (accessToken === undefined) return false;
  if (expiresAt === undefined) return true;
  return now < expiresAt - Math.min(300_000, (expiresAt - givenAt) / 12);
}

/** Whether it can still be used, though it should be renewed. */
export function isValid({ accessToken, expiresAt = Infinity }: SignInSecret, now: number): boolean {
  return accessToken !== undefined && now < expiresAt;
}
