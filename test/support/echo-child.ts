// Serves the echo contract over the channel of a forked process.
import { ipcLink } from '../../main/platform/link.ts';
import { openRpc } from '../../main/platform/rpc.ts';
import { CallError } from '../../shared/call-error.ts';
import { ProblemError } from '../../shared/problem-error.ts';
import { echoContract } from './echo-contract.ts';

openRpc({
  link: ipcLink(process),
  remote: {},
  local: {
    contract: echoContract,
    handlers: {
      echo: ({ text }) => Promise.resolve({ text }),
      fail: ({ how }) =>
        Promise.reject(
          how === 'problem'
            ? new ProblemError({ code: 'account.sign-in', operation: 'GET', detail: 'expired', at: 5 })
            : new CallError('refused', how),
        ),
      hang: () => new Promise<never>(() => undefined),
      nonsense: () => Promise.resolve({ count: 3 }),
    },
  },
});
