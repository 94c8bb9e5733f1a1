import type { z } from 'zod';

/** One call of a contract: what goes in, what comes back. Commands always answer, with an empty object at least. */
export interface CallShape {
  args: z.ZodType;
  result: z.ZodType;
}
/** One map per boundary; both sides derive their types and their checks from it, so a new call is one edit. */
export type Contract = Record<string, CallShape>;

/** What the serving side implements. Arguments are parsed before, results after. */
export type Handlers<C extends Contract> = {
  [Name in keyof C]: (args: z.output<C[Name]['args']>) => Promise<z.input<C[Name]['result']>>;
};

/** What the calling side sees. Rejects with a CallError when the other side refused, or the link is gone. */
export type Remote<C extends Contract> = {
  [Name in keyof C]: (args: z.input<C[Name]['args']>) => Promise<z.output<C[Name]['result']>>;
};
