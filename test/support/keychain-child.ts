// The keychain in a process of its own, since libsecret keeps the first bus that it met for as long as a process lives.
import { openKeychain, type Keychain } from '../../main/app/accounts/keychain.ts';

const [service = '', limitMs = '5000'] = process.argv.slice(2);
const keychain = openKeychain({ service, limitMs: Number(limitMs) });

process.on('message', ({ id, method, args }: { id: number; method: keyof Keychain; args: string[] }) => {
  const methods = keychain as unknown as Record<string, (...args: string[]) => Promise<unknown>>;
  methods[method]!(...args).then(
    (value) => process.send?.({ id, value }),
    (error: Error) => process.send?.({ id, error: { name: error.name, message: error.message } }),
  );
});
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
