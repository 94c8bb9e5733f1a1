import type { Link } from '../shared/link.ts';

/** A MessagePort of the window as a link. */
export function messagePortLink(port: MessagePort): Link {
  const ends: (() => void)[] = [];
  let isOver = false;
  const end = () => {
    if (isOver) return;
    isOver = true;
    ends.splice(0).forEach((callback) => callback());
  };
  port.addEventListener('close', end);
  return {
    post: (message) => {
      // As over a WebSocket: a state of Svelte's is a proxy, which can't be cloned as it is.
      if (!isOver) port.postMessage(JSON.parse(JSON.stringify(message)));
    },
    onMessage: (callback) => {
      port.addEventListener('message', ({ data }) => callback(data));
      port.start();
    },
    onClose: (callback) => {
      if (isOver) queueMicrotask(callback);
      else ends.push(callback);
    },
    close: () => {
      port.close();
      // A port tells only the other side of a close.
      end();
    },
  };
}
