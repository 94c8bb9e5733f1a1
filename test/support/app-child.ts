// An app in a process of its own, to be killed: opens the data folder of argv[2] with the stub engine and says what it became.
import { openBoxcar } from '../../main/app/open-boxcar.ts';
import { environmentTokens } from '../../main/app/token-provider.ts';

const boxcar = await openBoxcar({
  home: process.argv[2] ?? '',
  endpoints: {
    api: 'http://127.0.0.1:9/2.0',
    upload: 'http://127.0.0.1:9/api/2.0',
    auth: 'http://127.0.0.1:9/oauth2',
    authorize: 'http://127.0.0.1:9/authorize',
  },
  readOnly: process.argv[3] === 'read-only',
  logLevel: 'silent',
  tokens: environmentTokens({ BOXCAR_TOKEN: 'stub-token' }),
  env: process.env,
  engineEntry: new URL('./stub-engine.ts', import.meta.url),
});
process.send?.({ kind: boxcar.kind, pid: boxcar.pid });
process.on('message', () => void boxcar.close().then(() => process.disconnect?.()));
process.on('disconnect', () => process.exit(0));
