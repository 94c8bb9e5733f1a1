import { z } from 'zod';

/** The names under which the preload, the page and the desktop's main process speak of the same. Nothing else is listened to. */
export const desktopChannels = {
  /** Page -> main: a port is wanted. Main -> page: here it is. */
  port: 'boxcar:port',
  /** Page -> main: paths of files that were dropped or picked, which only the preload can tell; the answer names their places. */
  drop: 'boxcar:drop',
} as const;

/** The scheme and the host of the window's page; no other page exists. */
export const desktopOrigin = 'app://boxcar';

/** The number of an ask for a port, so that the page knows which port answers it. */
export const portRequestSchema = z.int().nonnegative();

/** What the preload sends of a drop. Whether they are absolute is for the main process to see. */
export const dropRequestSchema = z.array(z.string().min(1).max(32_768)).min(1).max(10_000);

/** The answer to a drop. */
export const dropAnswerSchema = z.union([
  z.object({ places: z.array(z.object({ place: z.string(), path: z.string() })) }),
  z.object({ refused: z.string() }),
]);

/** What the preload exposes as `window.boxcar`: named functions, frozen. */
export interface DesktopApi {
  /** Asks for a port, which arrives as a message event of the window with `{ channel, request }` and the one port. */
  askForPort(request: number): void;
  /** Hands files over by their paths; those that lie on no disk are left out. */
  takeFiles(files: readonly unknown[]): Promise<unknown>;
}
