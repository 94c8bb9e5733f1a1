import type { z } from 'zod';
import type { BoxAnswer, BoxCall } from './call.ts';
import type { BoxConnection } from './connection.ts';
import { parseAnswer } from './parse-answer.ts';

/** Makes a call and reads its answer: with a schema the parsed body, else the answer as it came. */
export function callBox<T>(connection: BoxConnection, call: BoxCall, schema: z.ZodType<T>): Promise<T>;
export function callBox(connection: BoxConnection, call: BoxCall): Promise<BoxAnswer>;
export async function callBox<T>(
  connection: BoxConnection,
  call: BoxCall,
  schema?: z.ZodType<T>,
): Promise<T | BoxAnswer> {
  if (schema === undefined) return connection.request(call);
  const accepted: T[] = [];
  const accept = (answer: BoxAnswer) => void accepted.push(parseAnswer(call, answer, schema, Date.now()));
  await connection.request({ ...call, accept });
  return accepted[0]!;
}
