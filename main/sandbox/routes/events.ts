import { BoxError } from '../http/box-error.ts';
import type { Call } from '../http/call.ts';
import { json, type Reply } from '../http/reply.ts';
import { queryNumber, type Context } from './context.ts';

const streamTypes = new Set(['all', 'changes', 'sync']);
/** Box's own figure: a long poll is answered within it, or sent again. */
const retryTimeoutSeconds = 610;

/**
 * GET /events. The position counts events: `0` is the beginning, `now` the end. Without one they begin with the oldest:
 * https://developer.box.com/guides/events/pagination
 */
export function listEvents(call: Call, { events }: Context): Reply {
  const type = call.query.get('stream_type') ?? 'all';
  if (!streamTypes.has(type)) {
    throw new BoxError(
      400,
      'bad_request',
      `Invalid value '${type}' for stream_type: user events are all, changes or sync`,
    );
  }
  const limit = queryNumber(call, 'limit', 100, 500, 1);
  const position = call.query.get('stream_position') || '0';
  if (position === 'now') return json(200, { chunk_size: 0, next_stream_position: events.last, entries: [] });
  if (!/^\d{1,15}$/.test(position)) {
    throw new BoxError(400, 'bad_request', `Invalid value '${position}' for stream_position`);
  }
  const { entries, next } = events.after(Number(position), limit);
  return json(200, { chunk_size: entries.length, next_stream_position: next, entries });
}

/** OPTIONS /events: where to wait for the next change. */
export function longPollServer(call: Call, { events }: Context): Reply {
  const url = `${call.origin}/realtime/subscribe?channel=sandbox&stream_type=all&stream_position=${events.last}`;
  return json(200, {
    chunk_size: 1,
    entries: [{ type: 'realtime_server', url, ttl: '10', max_retries: '10', retry_timeout: retryTimeoutSeconds }],
  });
}

/**
 * GET /realtime/subscribe: answers `new_change` as soon as there is an event behind `stream_position`, and `reconnect` after 600
 * seconds or when the sandbox closes.
 */
export function longPoll(call: Call, { events, closing }: Context): Promise<Reply> {
  // The client may add its own position behind the one in the URL: the last one counts.
  const position = Number(call.query.getAll('stream_position').at(-1) ?? events.last);
  const answer = (message: string): Reply => json(200, { version: 1, message });
  return new Promise((resolve) => {
    if (events.last > position) return resolve(answer('new_change'));
    if (closing.aborted) return resolve(answer('reconnect'));
    const finish = (message: string): void => {
      clearTimeout(timer);
      stopWaiting();
      closing.removeEventListener('abort', onClosing);
      call.request.socket.off('close', onClosing);
      resolve(answer(message));
    };
    const onClosing = (): void => finish('reconnect');
    const stopWaiting = events.onNext(() => finish('new_change'));
    const timer = setTimeout(() => finish('reconnect'), (retryTimeoutSeconds - 10) * 1000).unref();
    closing.addEventListener('abort', onClosing);
    call.request.socket.once('close', onClosing);
  });
}
