import { receivedCount } from './interrupt.ts';

/** Set by the launcher for the process that it starts; the launcher's name for it stands in launcher.ts too, which imports nothing. */
const launchedVariable = 'BOXCAR_LAUNCHED';

/** How long after the launcher's death this process may still live, in ms. */
const lastMomentsMs = 900;
/** Ctrl-C in a terminal reaches both processes; the launcher's word of it is waited for so long before it counts as another. */
const doubleMs = 50;

/**
 * For a process that the launcher started: takes the signals that it passes on, and ends when the launcher is killed, whose channel
 * closes then. Does nothing in a process that was started directly.
 */
export function obeyLauncher(): void {
  if (process.env[launchedVariable] !== '1' || !process.connected) return;
  delete process.env[launchedVariable];
  const passedOn = new Map<string, number>();
  process.on('message', (message: unknown) => {
    const signal = (message as { signal?: NodeJS.Signals } | null)?.signal;
    if (signal !== 'SIGINT' && signal !== 'SIGTERM' && signal !== 'SIGHUP') return;
    const times = (passedOn.get(signal) ?? 0) + 1;
    passedOn.set(signal, times);
    setTimeout(() => {
      if (times > receivedCount(signal)) process.kill(process.pid, signal);
    }, doubleMs);
  });
  process.on('disconnect', () => {
    setTimeout(() => process.exit(130), lastMomentsMs).unref();
    process.kill(process.pid, 'SIGTERM');
  });
  // The channel is not a reason to stay alive.
  process.channel?.unref();
}
