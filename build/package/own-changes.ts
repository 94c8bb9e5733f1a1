import type { Configuration } from 'electron-builder';

/**
 * What of electron-builder.yml depends on where and how a package is made.
 * @param updateUrl where the app will look for updates; empty: nowhere.
 */
export function ownChanges(platform: NodeJS.Platform, updateUrl: string): Configuration {
  return {
    ...(updateUrl === '' ? { publish: null } : {}),
    // Setting fuses breaks the signature that the runtime came with, and Apple's processors start nothing whose signature is broken: it
    // is signed anew without a certificate, and by electron-builder once more where there is one.
    ...(platform === 'darwin' ? { electronFuses: { resetAdHocDarwinSignature: true } } : {}),
  };
}
