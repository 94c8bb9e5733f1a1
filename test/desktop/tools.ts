// The tools of a desktop as the app runs them: what it does with the system shows in what they were given.
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface DesktopTools {
  /** Has the app find them. */
  env: Record<string, string>;
  /** What was to be opened by the system: addresses and paths, in order. */
  opened(): string[];
  /** Whether the network counts what it carries, as NetworkManager would say. */
  setMetered(metered: boolean): void;
}

/** @param hasTray whether the message bus knows a tray */
export function desktopTools(folder: string, hasTray = true): DesktopTools {
  const tools = join(folder, 'tools');
  const opened = join(folder, 'opened');
  const metered = join(folder, 'metered');
  mkdirSync(tools, { recursive: true });
  const write = (name: string, script: string) => {
    writeFileSync(join(tools, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(tools, name), 0o755);
  };
  // As GLib's own tool prints it.
  write(
    'gdbus',
    `case "$*" in
*StatusNotifierWatcher*) ${hasTray ? "echo '(true,)'" : 'exit 1'};;
*Metered*) if [ -e '${metered}' ]; then cat '${metered}'; else exit 1; fi;;
*) exit 1;;
esac`,
  );
  write('xdg-open', `printf '%s\\n' "$1" >> '${opened}'`);
  return {
    env: { PATH: `${tools}${delimiter}${process.env['PATH'] ?? ''}` },
    opened: () => (existsSync(opened) ? readFileSync(opened, 'utf8').split('\n').filter(Boolean) : []),
    setMetered: (is) => writeFileSync(metered, is ? '(<uint32 1>,)\n' : '(<uint32 2>,)\n'),
  };
}
