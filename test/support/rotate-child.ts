// Renews a token of an account and is killed by its test between Box's answer and the end of the store's write.
import { accountTokens } from '../../main/app/accounts/account-tokens.ts';
import { passphraseFile } from '../../main/app/accounts/passphrase-file.ts';
import { createOAuthClient } from '../../main/box/auth/oauth.ts';

const [path = '', clientId = '', auth = '', authorize = ''] = process.argv.slice(2);
const file = passphraseFile({ pathOf: () => path, passphrase: () => Promise.resolve('a passphrase') });
const store = {
  ...file,
  write: () => {
    process.send?.('answered');
    return new Promise<void>(() => undefined);
  },
};
const account = { id: 'box-1', kind: 'oauth' as const, clientId, subject: null };
const oauth = createOAuthClient({ endpoints: { auth, authorize } });
const tokens = accountTokens({ account, store, oauth, onSignIn: () => undefined });
tokens.accessToken({}).then(
  () => process.send?.('used'),
  () => process.send?.('failed'),
);
