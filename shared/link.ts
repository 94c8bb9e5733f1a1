/**
 * A two-way pipe for whole messages: what `connectRpc` speaks over. A MessagePort and Electron's utility process fit it
 * too. `post` after the end is silent (the end is told through `onClose`); `close` may be called twice; `onClose` calls back
 * once, also when the link is already gone.
 */
export interface Link {
  /** @throws RangeError where the message is larger than the link takes; nothing was sent then. */
  post(message: unknown): void;
  onMessage(callback: (message: unknown) => void): void;
  onClose(callback: () => void): void;
  close(): void;
}
