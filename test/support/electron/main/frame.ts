import { cloneCodec } from '../clone-codec.ts';
import { takeWires } from '../message-port.ts';
import { modelled } from '../unmodelled.ts';
import type { ToPage } from '../page/worlds.ts';
import type { Wire } from '../wire.ts';

const codec = cloneCodec();

interface FrameOptions {
  url: string;
  origin: string;
  isTop: boolean;
  tell: (message: ToPage) => void;
}

/** A document in a frame, with the preload's world in it. */
export class FrameModel {
  readonly url: string;
  readonly origin: string;
  /** "the property would be null if webFrame is top". */
  readonly parent: object | null;
  /** "detached: Whether the frame is detached from the frame tree." Navigated away counts as gone here. */
  detached = false;
  readonly #tell: (message: ToPage) => void;
  readonly #ports = new Map<number, Wire>();
  #last = 0;

  constructor({ url, origin, isTop, tell }: FrameOptions) {
    this.parent = isTop ? null : modelled('the parent of a frame', {});
    this.url = url;
    this.origin = origin;
    this.#tell = tell;
  }

  /** "Send a message to the renderer process, optionally transferring ownership of zero or more MessagePortMain objects." */
  postMessage(channel: string, message: unknown, transfer?: unknown[]): void {
    const args = codec.encode([message]);
    const ports = takeWires(transfer).map((wire) => this.#carry(wire));
    this.#tell({ kind: 'message', channel, args, ports });
  }

  send(channel: string, ...args: unknown[]): void {
    this.#tell({ kind: 'message', channel, args: codec.encode(args), ports: [] });
  }

  takePort(message: { kind: 'port'; port: number; data: string } | { kind: 'port-closed'; port: number }): void {
    const wire = this.#ports.get(message.port);
    if (message.kind === 'port') return wire?.post(codec.decode(message.data));
    this.#ports.delete(message.port);
    wire?.close();
  }

  /** The document is gone, and with it its ends of the ports. */
  end(): void {
    this.detached = true;
    this.#ports.forEach((wire) => wire.close());
    this.#ports.clear();
  }

  #carry(wire: Wire): number {
    const port = (this.#last += 1);
    this.#ports.set(port, wire);
    wire.connect({
      message: (data) => this.#tell({ kind: 'port', port, data: codec.encode(data) }),
      close: () => {
        this.#ports.delete(port);
        this.#tell({ kind: 'port-closed', port });
      },
    });
    return port;
  }
}

export function frameOf(model: FrameModel): FrameModel {
  return modelled('WebFrameMain', model);
}

const fits: Partial<Omit<Electron.WebFrameMain, 'parent'>> = null as unknown as FrameModel;
void fits;
