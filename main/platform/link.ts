import type { ChildProcess } from 'node:child_process';
import type { Duplex } from 'node:stream';
import type { Link } from '../../shared/link.ts';

/** The largest line on a stream, and the most that may wait for a reader who doesn't read, in bytes. */
export const maxLineBytes = 32 * 2 ** 20;

/** The common half of all links: messages and the one end, each told to whoever listens. */
function endpoint() {
  const messages: ((message: unknown) => void)[] = [];
  const ends: (() => void)[] = [];
  let over = false;
  return {
    isOver: () => over,
    deliver: (message: unknown) => messages.forEach((callback) => callback(message)),
    end: () => {
      if (over) return;
      over = true;
      ends.splice(0).forEach((callback) => callback());
    },
    onMessage: (callback: (message: unknown) => void) => void messages.push(callback),
    onClose: (callback: () => void) => {
      if (over) queueMicrotask(callback);
      else ends.push(callback);
    },
  };
}

/**
 * The IPC channel of a forked process: give it the ChildProcess at the parent's end and `process` at the child's. Listening on
 * `process` keeps the child alive until the channel closes.
 */
export function ipcLink(channel: ChildProcess | NodeJS.Process): Link {
  const { isOver, deliver, end, onMessage, onClose } = endpoint();
  const ended = () => {
    channel.off('message', deliver);
    channel.off('disconnect', ended);
    end();
  };
  channel.on('message', deliver);
  channel.on('disconnect', ended);
  if (!channel.connected) ended();
  return {
    post: (message) => {
      // The callback takes the error of a channel that closes meanwhile; without it the process would emit 'error'.
      if (!isOver() && channel.connected) channel.send?.(message as object, undefined, undefined, () => undefined);
    },
    onMessage,
    onClose,
    close: () => {
      if (channel.connected) channel.disconnect?.();
      ended();
    },
  };
}

/**
 * Newline-delimited JSON over a stream. A line that is too long, is not JSON or not UTF-8 ends the link: after it nothing can be
 * told apart any more. So does a reader who lets more than {@link maxLineBytes} pile up.
 */
export function streamLink(stream: Duplex, maxBytes = maxLineBytes): Link {
  const { isOver, deliver, end, onMessage, onClose } = endpoint();
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let pieces: Buffer[] = [];
  let pendingBytes = 0;
  const close = () => {
    stream.destroy();
    end();
  };
  stream.on('data', (chunk: Buffer | string) => {
    let rest = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    try {
      for (let at = rest.indexOf(10); at !== -1 && !isOver(); at = rest.indexOf(10)) {
        if (pendingBytes + at > maxBytes) throw new RangeError('line too long');
        // Decoded as a whole line: a character may be split between two chunks.
        const line = decoder.decode(Buffer.concat([...pieces, rest.subarray(0, at)]));
        pieces = [];
        pendingBytes = 0;
        rest = rest.subarray(at + 1);
        if (line.trim() !== '') deliver(JSON.parse(line));
      }
      if (rest.length > 0) pieces.push(rest);
      pendingBytes += rest.length;
      if (pendingBytes > maxBytes) throw new RangeError('line too long');
    } catch {
      close();
    }
  });
  stream.on('error', close);
  stream.on('close', end);
  stream.on('end', close);
  return {
    post: (message) => {
      if (isOver() || stream.destroyed) return;
      const line = JSON.stringify(message) + '\n';
      if (Buffer.byteLength(line) > maxBytes)
        throw new RangeError(`a message of ${line.length} characters is too large`);
      if (stream.writableLength > maxBytes) close();
      else stream.write(line);
    },
    onMessage,
    onClose,
    close,
  };
}
