/** What the process sends to its parent. */
type SandboxMessage =
  ({ event: 'ready' } & Record<string, unknown>) | { event: 'error'; code: string; message: string };

/** Whoever started this process. */
interface Parent {
  report(message: SandboxMessage): void;
  /** Called back also where it has gone already. Never for a sandbox that was started by hand. */
  onGone(callback: () => void): void;
  /** Nothing more is to be said. */
  leave(): void;
}

/** What of a port of Electron's utility process is used here. */
interface Port {
  on(event: 'close', listener: () => void): unknown;
  start(): void;
  postMessage(message: unknown): void;
  close(): void;
}

/** The parent at the end of the fork's channel, of the port in the first message of Electron's parentPort, or of stdout. */
export async function findParent(): Promise<Parent> {
  const { parentPort } = process as {
    parentPort?: { once(event: 'message', listener: (event: { ports: Port[] }) => void): void };
  };
  if (parentPort) return portParent(await new Promise<Port[]>((r) => parentPort.once('message', (e) => r(e.ports))));
  if (process.send) return ipcParent();
  return {
    report: (message) => void process.stdout.write(JSON.stringify(message) + '\n'),
    onGone: () => undefined,
    leave: () => undefined,
  };
}

function portParent([port]: Port[]): Parent {
  let isGone = false;
  port?.on('close', () => (isGone = true));
  port?.start();
  return {
    report: (message) => port?.postMessage(message),
    onGone: (callback) => {
      if (isGone) callback();
      else port?.on('close', callback);
    },
    leave: () => port?.close(),
  };
}

function ipcParent(): Parent {
  return {
    report: (message) => process.send?.(message),
    onGone: (callback) => {
      // The parent may have gone while the sandbox was starting: that event is over.
      if (process.connected) process.once('disconnect', callback);
      else callback();
    },
    leave: () => {
      if (process.connected) process.disconnect();
    },
  };
}
