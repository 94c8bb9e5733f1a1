import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const wanted = ['/usr/bin/dbus-daemon', '/usr/bin/dbus-send', '/usr/bin/gnome-keyring-daemon'];
const packages = ['dbus', 'gnome-keyring', 'libsecret-1-0'];

/** Has a keyring for the tests of sign-in, which start it in sessions of their own: Debian's packages, as root; elsewhere those tests say why they are left out. */
export function ensureKeyring(): void {
  if (process.platform !== 'linux' || wanted.every((path) => existsSync(path))) return;
  const say = (words: string) => void process.stdout.write(`No keyring on this machine: ${words}\n`);
  const canInstall = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
  for (const verb of canInstall ? ['install', 'update', 'install'] : []) {
    say(verb === 'install' ? 'installing the packages of the system' : 'reading the list of packages first');
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const args = verb === 'install' ? [verb, '-y', '-q', '--no-install-recommends', ...packages] : [verb, '-q'];
    spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'], env, timeout: 600_000 });
    if (wanted.every((path) => existsSync(path))) return;
  }
  say(`the tests that need one are left out; install ${packages.join(', ')} to run them.`);
}
