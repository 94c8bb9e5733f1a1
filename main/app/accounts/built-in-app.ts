import type { OAuthApp } from '../../box/auth/oauth.ts';

export type { OAuthApp };

/**
 * The Box app of this build: build/build.mjs puts the values of BOXCAR_BUILD_CLIENT_ID and BOXCAR_BUILD_CLIENT_SECRET here. As a rule
 * there is none: Box takes no app without a secret, and a secret that everybody can read out of a package is none. People then enter
 * their own.
 */
export function builtInApp(): OAuthApp | undefined {
  const clientId = process.env.BOXCAR_BUILD_CLIENT_ID ?? '';
  const clientSecret = process.env.BOXCAR_BUILD_CLIENT_SECRET ?? '';
  return clientId === '' || clientSecret === '' ? undefined : { clientId, clientSecret };
}
