import type { Contract } from '../../shared/contract.ts';
import { connectRpc, type Rpc, type RpcOptions } from '../../shared/rpc.ts';

/** {@link connectRpc} with the timers of Node. */
export function openRpc<Local extends Contract, Peer extends Contract>(
  options: Omit<RpcOptions<Local, Peer>, 'startTimer'>,
): Rpc<Peer> {
  return connectRpc({
    ...options,
    startTimer: (callback, delayMs) => {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
  });
}
