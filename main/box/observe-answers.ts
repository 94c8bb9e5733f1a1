import { BoxError } from './box-error.ts';
import type { BoxConnection } from './connection.ts';

/**
 * The same connection, which tells the request id of each call that Box has answered, refusals included: the one that Box's
 * support asks for. Of a call that is repeated inside it is the last one.
 */
export function observeAnswers(
  connection: BoxConnection,
  onAnswer: (operation: string, requestId: string) => void,
): BoxConnection {
  return {
    endpoints: connection.endpoints,
    get serverTimeOffsetMs() {
      return connection.serverTimeOffsetMs;
    },
    request: async (call) => {
      try {
        const answer = await connection.request(call);
        if (answer.requestId !== undefined) onAnswer(call.operation, answer.requestId);
        return answer;
      } catch (error) {
        if (error instanceof BoxError && error.requestId !== undefined) onAnswer(call.operation, error.requestId);
        throw error;
      }
    },
    dropConnections: () => connection.dropConnections(),
    close: () => connection.close(),
  };
}
