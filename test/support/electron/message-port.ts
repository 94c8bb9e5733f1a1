import { EventEmitter } from 'node:events';
import { modelled, UnmodelledError } from './unmodelled.ts';
import { Wire } from './wire.ts';

/** An end of a channel in a process of Node: MessagePortMain, and what a utility process is given. */
export class MessagePortModel extends EventEmitter {
  #wire: Wire | undefined;
  #started = false;

  constructor(wire: Wire) {
    super();
    this.#wire = wire;
  }

  postMessage(message: unknown, transfer?: unknown[]): void {
    if (transfer && transfer.length > 0) throw new UnmodelledError('MessagePortMain.postMessage with ports');
    this.#wire?.post(message);
  }

  /** "Starts the sending of messages queued on the port. Messages will be queued until this method is called." */
  start(): void {
    if (this.#started || !this.#wire) return;
    this.#started = true;
    this.#wire.connect({
      message: (data) => this.emit('message', { data, ports: [] }),
      // "Emitted when the remote end of a MessagePortMain object becomes disconnected."
      close: () => this.emit('close'),
    });
  }

  /** "Disconnects the port, so it is no longer active." */
  close(): void {
    this.#wire?.close();
    this.#wire?.disconnect();
  }

  /** Hands the wire over to another process; the port is of no use from then on. */
  release(): Wire {
    const wire = this.#wire;
    if (!wire || this.#started) throw new UnmodelledError('a port that is handed over after it was started');
    this.#wire = undefined;
    return wire;
  }
}

/** The port at an end of a wire. */
export function portOf(wire: Wire): MessagePortModel {
  const model = new MessagePortModel(wire);
  const port = modelled('MessagePortMain', model);
  released.set(port, () => model.release());
  return port;
}

const released = new WeakMap<object, () => Wire>();

/** The wires of ports that a message takes along. */
export function takeWires(transfer: readonly unknown[] | undefined): Wire[] {
  return (transfer ?? []).map((port) => {
    const release = released.get(port as object);
    if (!release) throw new Error('Port at index 0 is not a valid port');
    return release();
  });
}

/** port1 and port2, each "A MessagePortMain property.": two ends of one channel. */
export class MessageChannelModel {
  readonly port1: MessagePortModel;
  readonly port2: MessagePortModel;

  constructor() {
    const [first, second] = Wire.pair();
    this.port1 = portOf(first);
    this.port2 = portOf(second);
  }
}

const fits: Pick<Electron.MessagePortMain, 'postMessage' | 'start' | 'close'> = null as unknown as MessagePortModel;
void fits;
