const debian = '/usr/bin/chromium';

/** How tests start Chromium: the one named in CHROMIUM_PATH, Debian's where it is installed, Playwright's own elsewhere. */
export function chromiumOptions(exists: (path: string) => boolean): { executablePath?: string; args: string[] } {
  const executablePath = process.env['CHROMIUM_PATH'] ?? (exists(debian) ? debian : undefined);
  const quiet = ['--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
  // Chromium refuses its sandbox to root.
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return { ...(executablePath ? { executablePath } : {}), args: [...asRoot, ...quiet] };
}
