import { onTestFinished } from 'vitest';
import { openSession, type DesktopSession } from './keyring-session.ts';
import { temporaryFolder } from './temporary-folder.ts';

export { noKeyringHere } from './keyring-session.ts';

/** A session that ends with the test. */
export async function startSession(provider?: 'none' | 'stuck'): Promise<DesktopSession> {
  const session = await openSession(temporaryFolder(), provider);
  onTestFinished(() => session.close());
  return session;
}
