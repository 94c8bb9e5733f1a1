import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { Keychain } from '../../main/app/accounts/keychain.ts';
import { SecretsLocked, SecretsUnavailable } from '../../main/app/accounts/secret-store.ts';

const entry = fileURLToPath(new URL('./keychain-child.ts', import.meta.url));

/** The real keychain, through keytar, in a process of a session's environment. */
export function keychainIn(env: NodeJS.ProcessEnv, service: string, limitMs = 5000): Keychain {
  const child = fork(entry, [service, String(limitMs)], { env });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  const waiting = new Map<number, PromiseWithResolvers<never>>();
  child.on('message', (message) => {
    const { id, value, error } = message as { id: number; value?: never; error?: { name: string; message: string } };
    const kind = error?.name === 'SecretsLocked' ? SecretsLocked : SecretsUnavailable;
    if (error) waiting.get(id)?.reject(new kind(error.message));
    else waiting.get(id)?.resolve(value as never);
  });
  let last = 0;
  const call = (method: string, ...args: string[]) => {
    const id = (last += 1);
    const answer = Promise.withResolvers<never>();
    waiting.set(id, answer);
    child.send({ id, method, args });
    return answer.promise;
  };
  return {
    kind: 'keychain',
    read: (accountId) => call('read', accountId),
    write: (accountId, secret) => call('write', accountId, secret),
    remove: (accountId) => call('remove', accountId),
    probe: () => call('probe'),
  };
}
