import { EventEmitter } from 'node:events';
import { cloneCodec } from '../clone-codec.ts';
import type { FromPage, ToPage } from '../page/worlds.ts';
import { modelled } from '../unmodelled.ts';
import type { FrameModel } from './frame.ts';

const codec = cloneCodec();
type Handler = (event: unknown, ...args: unknown[]) => unknown;
const handlers = new Map<string, Handler>();

class IpcMainModel extends EventEmitter {
  /** "Adds a handler for an invokeable IPC." A second one for a channel throws. */
  handle(channel: string, handler: Handler): void {
    if (handlers.has(channel)) throw new Error(`Attempted to register a second handler for '${channel}'`);
    handlers.set(channel, handler);
  }

  /** "Removes any handler for channel, if present." */
  removeHandler(channel: string): void {
    handlers.delete(channel);
  }
}

export const ipcMain = modelled('ipcMain', new IpcMainModel());

const fits: Partial<Pick<Electron.IpcMain, 'removeHandler'>> = ipcMain;
void fits;

/** Hands on what a preload's world has sent. "event.sender: Returns the webContents that sent the message." */
export function deliver(
  message: Extract<FromPage, { kind: 'send' | 'invoke' }>,
  { sender, frame, tell }: { sender: unknown; frame: FrameModel; tell: (message: ToPage) => void },
): void {
  const event = {
    sender,
    // "May be null if accessed after the frame has either navigated or been destroyed."
    get senderFrame() {
      return frame.detached ? null : frame;
    },
    ports: [],
  };
  const args = codec.decode(message.args) as unknown[];
  const shown = modelled(message.kind === 'send' ? 'IpcMainEvent' : 'IpcMainInvokeEvent', event);
  if (message.kind === 'send') {
    ipcMain.emit(message.channel, shown, ...args);
    return;
  }
  const { id, channel } = message;
  const handler = handlers.get(channel);
  // "Errors thrown through handle in the main process are not transparent … only the message property from the original error".
  const fail = (error: unknown) => tell({ kind: 'answer', id, error: `Error invoking remote method '${channel}': ${String(error)}` }); // prettier-ignore
  if (!handler) return fail(new Error(`No handler registered for '${channel}'`));
  Promise.resolve()
    .then(() => handler(shown, ...args))
    .then((value) => tell({ kind: 'answer', id, value: codec.encode(value) }))
    .catch(fail);
}
