import { isAbsolute } from 'node:path';
import { ipcMain, MessageChannelMain, type IpcMainEvent, type IpcMainInvokeEvent, type WebContents } from 'electron';
import type { z } from 'zod';
import {
  desktopChannels,
  dropRequestSchema,
  portRequestSchema,
  type dropAnswerSchema,
} from '../../../shared/desktop-channels.ts';
import type { Link } from '../../../shared/link.ts';
import type { Logger } from '../../platform/log.ts';
import { portLink } from '../../platform/port-link.ts';
import { isTrusted } from './trusted-sender.ts';

export interface PagePortsOptions {
  /** The contents of the window that stands; undefined while there is none. */
  contents: () => WebContents | undefined;
  /** Serves the page at the end of the link. */
  serve: (link: Link) => void;
  /** The places of paths that the page's own person has dropped or picked. */
  takePaths: (paths: string[]) => Promise<{ place: string; path: string }[]>;
  logger: Logger;
}

type DropAnswer = z.input<typeof dropAnswerSchema>;

/**
 * Listens to the two channels that a page may use, and to no other. What doesn't come from our page's top frame, or isn't what the
 * channel takes, is dropped and noted. Each ask for a port ends the port before: a reloaded page gets its own.
 */
export function servePagePorts({ contents, serve, takePaths, logger }: PagePortsOptions): void {
  let current: Link | undefined;

  const trusted = <Payload>(
    event: IpcMainEvent | IpcMainInvokeEvent,
    channel: string,
    schema: z.ZodType<Payload>,
    args: unknown[],
  ): Payload | undefined => {
    const payload = schema.safeParse(args[0]);
    if (isTrusted(event, contents()) && payload.success && args.length === 1) return payload.data;
    logger.warn({ channel, from: event.senderFrame?.origin ?? 'no frame' }, 'a message of a page was refused');
    return undefined;
  };

  ipcMain.on(desktopChannels.port, (event, ...args: unknown[]) => {
    const request = trusted(event, desktopChannels.port, portRequestSchema, args);
    if (request === undefined) return;
    current?.close();
    const { port1, port2 } = new MessageChannelMain();
    const link = portLink(port1);
    current = link;
    serve(link);
    event.senderFrame?.postMessage(desktopChannels.port, request, [port2]);
  });

  ipcMain.handle(desktopChannels.drop, async (event, ...args: unknown[]): Promise<DropAnswer> => {
    const paths = trusted(event, desktopChannels.drop, dropRequestSchema, args);
    if (!paths?.every((path) => isAbsolute(path) && !path.includes('\0'))) {
      return { refused: 'These files are not on a disk of this machine. Save them first, then drop them again.' };
    }
    return { places: await takePaths(paths) };
  });
}
