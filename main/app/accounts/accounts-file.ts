import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { CallError } from '../../../shared/call-error.ts';
import { engineOptionsSchema } from '../../../shared/engine-contract.ts';
import { writeJsonAtomic } from '../../platform/atomic-file.ts';
import { storeKinds } from './secret-store.ts';

const accountSchema = z.object({
  /** Also the name of its folder and of its secret. */
  id: z.string().regex(/^box-[a-f0-9]{12}$/),
  kind: z.enum(['oauth', 'client-credentials', 'token']),
  /** What a person calls it; one of a kind. */
  name: z.string().min(1).max(100),
  /** On Box. */
  login: z.string().max(320),
  userId: z.string().max(100),
  /** Null for a token, which belongs to no app that we know. */
  clientId: z.string().max(200).nullable(),
  /** Whom client credentials stand for. */
  subject: z.object({ type: z.enum(['enterprise', 'user']), id: z.string().max(100) }).nullable(),
  /** The Box where it was signed in: its tokens go there and nowhere else. */
  endpoints: engineOptionsSchema.shape.endpoints,
  store: z.enum(storeKinds),
  /** `out`: signed out by its person; `refused`: Box takes the sign-in no longer. */
  signIn: z.enum(['in', 'out', 'refused']),
});
/** An account, without any secret. */
export type Account = z.infer<typeof accountSchema>;

const fileSchema = z.object({ version: z.literal(1), accounts: z.array(accountSchema).max(1000) });

/** `accounts.json` of a data folder, which several processes may read and change: it is read again each time. */
export interface AccountsFile {
  /** @throws CallError `refused` where it can't be understood: guessing would lose accounts. */
  read(): Account[];
  /** Reads, changes and writes, one change after the other. */
  change(work: (accounts: Account[]) => Account[]): Promise<void>;
}

/** The accounts of a data folder. @param home its real path */
export function accountsFile(home: string): AccountsFile {
  const path = join(home, 'accounts.json');
  let turn: Promise<unknown> = Promise.resolve();
  const read = () => {
    try {
      return fileSchema.parse(JSON.parse(readFileSync(path, 'utf8'))).accounts;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      const said = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
      throw new CallError('refused', `The list of accounts in ${path} cannot be read: ${said}. Mend or remove it.`);
    }
  };
  return {
    read,
    change: (work) => {
      const done = turn.then(() => writeJsonAtomic(path, { version: 1, accounts: work(read()) }));
      turn = done.catch(() => undefined);
      return done;
    },
  };
}

/** The data folder of an account: its ledger, its logs, its socket. */
export function accountHome(home: string, accountId: string): string {
  return join(home, 'accounts', accountId);
}
