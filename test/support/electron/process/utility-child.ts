// Loaded before the code of a utility process: gives it `process.parentPort` over the channel of the fork.
import './asar.ts';
import { EventEmitter } from 'node:events';
import { portOf } from '../message-port.ts';
import { modelled } from '../unmodelled.ts';
import { Wire } from '../wire.ts';
import { CarriedWires, type UtilityMessage } from './utility-channel.ts';

const send = (message: UtilityMessage) => {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
};
const carried = new CarriedWires(send);
const waiting: unknown[] = [];

/** The way to the main process: "Messages received on this port will be queued up until a handler is registered for this event." */
class ParentPortModel extends EventEmitter {
  constructor() {
    super();
    this.on('newListener', (event) => {
      if (event === 'message') setImmediate(() => waiting.splice(0).forEach((one) => this.emit('message', one)));
    });
  }

  /** "Sends a message from the process to its parent." */
  postMessage(data: unknown): void {
    send({ kind: 'message', data, ports: [] });
  }
}

const parentPort = new ParentPortModel();
process.on('message', (message: UtilityMessage) => {
  if (message.kind !== 'message') return carried.take(message);
  // With their ports.
  const ports = message.ports.map((port) => {
    const [near, far] = Wire.pair();
    carried.adopt(port, far);
    return portOf(near);
  });
  const event = { data: message.data, ports };
  if (parentPort.listenerCount('message') > 0) parentPort.emit('message', event);
  else waiting.push(event);
});
// The main process is gone: its ends of the ports are, too.
process.on('disconnect', () => carried.end());
Object.assign(process, { parentPort: modelled('process.parentPort', parentPort), type: 'utility' });
