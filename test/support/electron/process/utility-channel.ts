// How a stand-in's main process and its utility processes speak: ports cross as numbers, over the channel of a fork.
import type { Wire } from '../wire.ts';

export type UtilityMessage =
  | { kind: 'message'; data: unknown; ports: number[] }
  | { kind: 'port'; port: number; data: unknown }
  | { kind: 'port-closed'; port: number };

/** The ends of wires that lead to the other process. */
export class CarriedWires {
  readonly #wires = new Map<number, Wire>();
  readonly #send: (message: UtilityMessage) => void;
  #last = 0;

  constructor(send: (message: UtilityMessage) => void) {
    this.#send = send;
  }

  /** Has the other process carry on a wire; the number under which it knows it. */
  carry(wire: Wire): number {
    const port = (this.#last += 1);
    this.adopt(port, wire);
    return port;
  }

  adopt(port: number, wire: Wire): void {
    this.#wires.set(port, wire);
    wire.connect({
      message: (data) => this.#send({ kind: 'port', port, data }),
      close: () => {
        this.#wires.delete(port);
        this.#send({ kind: 'port-closed', port });
      },
    });
  }

  take(message: UtilityMessage): void {
    if (message.kind === 'message') return;
    const wire = this.#wires.get(message.port);
    if (message.kind === 'port') return wire?.post(message.data);
    this.#wires.delete(message.port);
    wire?.close();
  }

  /** The other process has gone. */
  end(): void {
    this.#wires.forEach((wire) => wire.close());
    this.#wires.clear();
  }
}
