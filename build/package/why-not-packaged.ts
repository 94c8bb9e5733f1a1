const network =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|fetch failed|getaddrinfo|certificate|Response code \d|HTTP \d/i;

/**
 * Why there is no package, with what helps. What can't be downloaded is told apart: Electron's runtime, or the tools that make an
 * installer around it. Everything else is in electron-builder's own words.
 * @param hadRuntime whether the app was packed, and the installer alone is missing.
 */
export function whyNotPackaged(error: unknown, electronVersion: string, hadRuntime: boolean): string {
  const first = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
  if (!network.test(first)) return first;
  return hadRuntime
    ? `A tool that makes this kind of installer could not be downloaded: ${first}\n` +
        'Where github.com is out of reach, set ELECTRON_BUILDER_BINARIES_MIRROR to a server that has it, or take the app without an installer: npm run package -- dir'
    : `Electron's runtime ${electronVersion} could not be downloaded: ${first}\n` +
        'Where github.com is out of reach, set ELECTRON_MIRROR to a server that has it. `npm run package:check` looks at everything else without it.';
}
