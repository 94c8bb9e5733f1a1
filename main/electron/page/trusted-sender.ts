import { desktopOrigin } from '../../../shared/desktop-channels.ts';

/** What of a message says who sent it. */
export interface Sender {
  /** Null: the frame has gone, or has navigated since. */
  senderFrame: { origin: string; url: string; parent: unknown; detached: boolean } | null;
  /** The contents that sent it. */
  sender: unknown;
}

/** Whether a message comes from our page: the top frame, attached, of our window's contents, on our origin and nowhere below it. */
export function isTrusted({ senderFrame, sender }: Sender, windowContents: unknown): boolean {
  if (!senderFrame || windowContents === undefined || sender !== windowContents) return false;
  if (senderFrame.parent !== null || senderFrame.detached) return false;
  return senderFrame.origin === desktopOrigin && senderFrame.url.startsWith(`${desktopOrigin}/`);
}
