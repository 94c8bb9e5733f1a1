import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chromium } from 'playwright';
import { chromiumOptions } from '../support/chromium.ts';

/** Has a Chromium on this machine: the one that is there, else Debian's (as root, by apt-get), else Playwright's own; says what it does. */
export function ensureChromium(): void {
  if (chromiumOptions(existsSync).executablePath ?? existsSync(chromium.executablePath())) return;
  const say = (words: string) => void process.stdout.write(`No Chromium on this machine: ${words}\n`);
  const attempts: [string, string, string[]][] = [];
  if (process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    attempts.push(['installing the package of the system', 'apt-get', ['install', '-y', '-q', 'chromium']]);
    attempts.push(['reading the list of packages first', 'apt-get', ['update', '-q']]);
    attempts.push(['installing the package of the system', 'apt-get', ['install', '-y', '-q', 'chromium']]);
  }
  attempts.push(["downloading Playwright's", 'playwright', ['install', 'chromium']]);
  for (const [words, command, args] of attempts) {
    say(words);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'], env, timeout: 600_000 });
    if (chromiumOptions(existsSync).executablePath ?? existsSync(chromium.executablePath())) return;
  }
  say('none could be installed; install one and name it in CHROMIUM_PATH. The tests that need it will fail.');
}
