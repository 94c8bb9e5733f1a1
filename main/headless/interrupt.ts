const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const counts = new Map<string, number>();

/** How often a signal reached this process while somebody listened for it: what tells one Ctrl-C that came twice from two. */
export function receivedCount(signal: string): number {
  return counts.get(signal) ?? 0;
}

/** Ctrl-C and its kin as an AbortSignal. */
export interface Interrupt {
  signal: AbortSignal;
  /** The signal of the system that came; undefined before. */
  received(): NodeJS.Signals | undefined;
  /** Gives the signals back to the system. */
  dispose(): void;
}

/**
 * Turns the first SIGINT, SIGTERM or SIGHUP into an abort; the second one ends the process at once, and the engine with it, since
 * its channel closes. Everything unfinished is in the ledger either way.
 */
export function onInterrupt(): Interrupt {
  const controller = new AbortController();
  let first: NodeJS.Signals | undefined;
  const received = (name: NodeJS.Signals) => {
    counts.set(name, receivedCount(name) + 1);
    if (controller.signal.aborted) process.exit(130);
    first = name;
    controller.abort(new Error('interrupted'));
  };
  for (const name of signals) process.on(name, received);
  return {
    signal: controller.signal,
    received: () => first,
    dispose: () => {
      for (const name of signals) process.off(name, received);
    },
  };
}
