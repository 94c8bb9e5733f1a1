// A D-Bus session of the test's own, with gnome-keyring in it, locked, late or missing. Nothing of the machine's own session is touched.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';

const password = 'the password of the login';

/** Why these tests can't run here; undefined where they can. */
export const noKeyringHere: string | undefined =
  process.platform !== 'linux'
    ? 'the Secret Service is a thing of Linux'
    : ['/usr/bin/dbus-daemon', '/usr/bin/gnome-keyring-daemon'].some((path) => !existsSync(path))
      ? 'dbus and gnome-keyring are not installed'
      : undefined;

export interface DesktopSession {
  /** The environment of a program in this session. */
  env: NodeJS.ProcessEnv;
  /** Starts the keyring: opened with the person's password, or as it is after a login that didn't open it. */
  startKeyring(how: 'open' | 'locked'): Promise<void>;
  /** Opens the keyring that runs, as a person does who types their password. */
  unlock(): Promise<void>;
  /** Ends the keyring; what it holds stays in the session's home. */
  stopKeyring(): Promise<void>;
  /** Ends everything of it. */
  close(): Promise<void>;
}

/**
 * @param folder its own, and short: sockets lie in it
 * @param provider `none`: nobody is ever started for it; `stuck`: one that is started and never answers
 */
export async function openSession(folder: string, provider: 'none' | 'stuck' = 'none'): Promise<DesktopSession> {
  const runtime = join(folder, 'run');
  const home = join(folder, 'home');
  for (const path of [runtime, home]) mkdirSync(path, { mode: 0o700 });
  const stuckPid = join(folder, 'stuck.pid');
  if (provider === 'stuck') writeStuckProvider(folder, stuckPid);
  writeFileSync(join(folder, 'bus.conf'), busConfiguration(folder));
  const children: ChildProcess[] = [];
  const bus = spawn('/usr/bin/dbus-daemon', [`--config-file=${folder}/bus.conf`, '--nofork', '--print-address'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  children.push(bus);
  const [address] = (await once(bus.stdout, 'data')) as [Buffer];
  const { DISPLAY: _display, WAYLAND_DISPLAY: _wayland, ...inherited } = process.env;
  const env = {
    ...inherited,
    HOME: home,
    XDG_RUNTIME_DIR: runtime,
    DBUS_SESSION_BUS_ADDRESS: address.toString().trim(),
  };
  const run = (args: string[], input: string | undefined) => {
    const child = spawn('/usr/bin/gnome-keyring-daemon', args, { env, stdio: ['pipe', 'ignore', 'ignore'] });
    child.stdin.end(input ?? '');
    return child;
  };
  let keyring: ChildProcess | undefined;
  return {
    env,
    startKeyring: async (how) => {
      const open = how === 'open' ? ['--unlock'] : [];
      keyring = run(['--foreground', '--components=secrets', ...open], how === 'open' ? password : undefined);
      children.push(keyring);
      await nameIsOwned(env);
    },
    unlock: async () => {
      await askControl(join(runtime, 'keyring/control'));
    },
    stopKeyring: async () => {
      if (keyring) await end(keyring);
    },
    close: async () => {
      if (existsSync(stuckPid)) process.kill(Number(readFileSync(stuckPid, 'utf8')), 'SIGKILL');
      for (const child of children.reverse()) await end(child);
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** Opens the keyring as PAM does at a login: gnome-keyring's pam/gkr-pam-client.c has the words of its control socket. */
async function askControl(path: string): Promise<void> {
  const unlock = 1;
  const text = Buffer.from(password);
  const packet = Buffer.alloc(12 + text.length);
  packet.writeUInt32BE(packet.length, 0);
  packet.writeUInt32BE(unlock, 4);
  packet.writeUInt32BE(text.length, 8);
  text.copy(packet, 12);
  const socket = connect(path);
  await once(socket, 'connect');
  socket.write(Buffer.concat([Buffer.alloc(1), packet]));
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  if (answer.readUInt32BE(4) !== 0) throw new Error(`the keyring did not open: ${answer.toString('hex')}`);
}

/** Waits until somebody answers as the Secret Service. */
async function nameIsOwned(env: NodeJS.ProcessEnv): Promise<void> {
  const ask = [
    '--session',
    '--print-reply',
    '--dest=org.freedesktop.DBus',
    '/',
    'org.freedesktop.DBus.GetNameOwner',
    'string:org.freedesktop.secrets',
  ];
  for (;;) {
    const [code] = (await once(spawn('/usr/bin/dbus-send', ask, { env, stdio: 'ignore' }), 'exit')) as [number];
    if (code === 0) return;
  }
}

function writeStuckProvider(folder: string, pidFile: string): void {
  const script = join(folder, 'stuck.sh');
  writeFileSync(script, `#!/bin/sh\necho $$ > ${pidFile}\nexec sleep 120\n`, { mode: 0o700 });
  mkdirSync(join(folder, 'services'));
  writeFileSync(
    join(folder, 'services/org.freedesktop.secrets.service'),
    `[D-BUS Service]\nName=org.freedesktop.secrets\nExec=${script}\n`,
  );
}

function busConfiguration(folder: string): string {
  const services = existsSync(join(folder, 'services')) ? `<servicedir>${folder}/services</servicedir>` : '';
  return `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path=${folder}/run/bus</listen><auth>EXTERNAL</auth>${services}
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>`;
}
