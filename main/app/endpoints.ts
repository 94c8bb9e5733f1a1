import { CallError } from '../../shared/call-error.ts';
import type { EngineOptions } from '../../shared/engine-contract.ts';

const variables = {
  api: ['BOXCAR_API_URL', 'https://api.box.com/2.0'],
  upload: ['BOXCAR_UPLOAD_URL', 'https://upload.box.com/api/2.0'],
  auth: ['BOXCAR_AUTH_URL', 'https://api.box.com/oauth2'],
  authorize: ['BOXCAR_AUTHORIZE_URL', 'https://account.box.com/api/oauth2/authorize'],
} as const;

/**
 * Where Box is: its own addresses, or those of the environment. An authorize address that isn't given follows an auth address
 * that is.
 * @throws CallError `usage` that names the variable. Plain http is for this machine alone: a token would be readable on its way.
 */
export function endpointsFrom(env: NodeJS.ProcessEnv): EngineOptions['endpoints'] {
  const read = ([name, fallback]: readonly [string, string]): string => {
    const text = env[name]?.trim();
    if (!text) return fallback;
    const url = URL.parse(text);
    if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
      throw new CallError('usage', `${name} is not an http address: ${text}`);
    }
    if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
      throw new CallError('usage', `${name} must be https, since the token goes there: ${text}`);
    }
    return text.replace(/\/+$/, '');
  };
  const auth = read(variables.auth);
  const authorize = env['BOXCAR_AUTH_URL']?.trim() ? `${auth}/authorize` : variables.authorize[1];
  return {
    api: read(variables.api),
    upload: read(variables.upload),
    auth,
    authorize: read([variables.authorize[0], authorize]),
  };
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
