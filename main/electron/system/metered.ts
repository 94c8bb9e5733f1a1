import { askBus } from './ask-bus.ts';

/**
 * Whether the network counts what it carries, as far as the system says: NetworkManager does on Linux. Elsewhere nothing tells a program
 * without a helper of its own, and the answer is no.
 */
export async function isMetered(platform: NodeJS.Platform = process.platform): Promise<boolean> {
  if (platform !== 'linux') return false;
  const name = 'org.freedesktop.NetworkManager';
  const answer = await askBus('system', [
    ...['--dest', name, '--object-path', '/org/freedesktop/NetworkManager'],
    ...['--method', 'org.freedesktop.DBus.Properties.Get', name, 'Metered'],
  ]);
  return saysMetered(answer ?? '');
}

/** NMMetered: 1 yes, 3 guessed yes; 0 unknown, 2 no, 4 guessed no. As gdbus prints it: `(<uint32 1>,)`. */
export function saysMetered(answer: string): boolean {
  return /^\(<uint32 [13]>,\)$/.test(answer);
}
