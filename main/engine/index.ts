// The engine's process: forked by the app, which is its only peer. It ends when the channel to the app closes.
import type { Handlers } from '../../shared/contract.ts';
import {
  engineCommands,
  engineContract,
  engineHostContract,
  engineOptionsSchema,
} from '../../shared/engine-contract.ts';
import { watchCommands } from '../../shared/pair-commands.ts';
import { progressContract } from '../../shared/progress-contract.ts';
import { takeArchivesForFiles } from '../platform/archives.ts';
import { trustSystemCertificates } from '../platform/certificates.ts';
import { systemClock } from '../platform/clock.ts';
import { parentLink } from '../platform/parent-link.ts';
import { openLog } from '../platform/log.ts';
import { openRpc } from '../platform/rpc.ts';
import { ProcessMeter } from './commands/metrics.ts';
import { createEngine } from './engine.ts';
import { watchLink } from './pair/watch-link.ts';
import { beginAgain } from './job/begin-again.ts';
import { Ledger } from './ledger/ledger.ts';
import { LedgerError, openLedgerDatabase } from './ledger/open.ts';
import { prepareScanThread } from './scan/scan-thread.ts';
import { isNetworkFileSystem } from '../platform/data-folder.ts';

const lockWaitMs = 10_000;

takeArchivesForFiles();
const options = engineOptionsSchema.parse(JSON.parse(process.argv[2] ?? '{}'));
// Most engines are started to walk: the thread for it is ready by the time that it is asked for.
if (!options.readOnly) prepareScanThread();
const { logger } = openLog({ home: options.home, name: 'engine', level: options.logLevel });

// [Note: orphans] A killed app closes the channel; nothing is worth keeping this process for then: the ledger has it all.
const link = await parentLink();
link.onClose(() => process.exit(0));
if (options.endpoints.api.startsWith('https:')) {
  for (const failure of trustSystemCertificates(process.env))
    logger.warn({ failure }, 'not all certificates are trusted');
}
// Ctrl-C in a terminal reaches every process of the group; when to stop is for the app to say.
process.on('SIGINT', () => undefined);
process.on('SIGHUP', () => undefined);

const hostContract = { ...engineHostContract, ...progressContract };
const starting = Promise.withResolvers<ReturnType<typeof createEngine>>();
type EngineHandlers = Handlers<typeof engineContract>;

const shutDown: EngineHandlers['shutDown'] = async () => {
  await (await starting.promise).close();
  // After the answer has left.
  setTimeout(() => process.exit(0), 50);
  return {};
};
const meter = new ProcessMeter();
// Every command waits until the ledger is open.
const allCommands = { ...engineCommands, ...watchCommands };
const commands = Object.keys(allCommands).map((name) => [
  name,
  async (args: never) => {
    const { handlers } = await starting.promise;
    return handlers[name as keyof typeof allCommands](args);
  },
]);

const { remote: host } = openRpc({
  link,
  local: {
    contract: engineContract,
    handlers: {
      ...(Object.fromEntries(commands) as EngineHandlers),
      shutDown,
      metrics: (args) => Promise.resolve(meter.read(args)),
    },
  },
  remote: hostContract,
  timeoutsMs: { batch: null, accessToken: 120_000 },
  onDefect: (method, error) => logger.error({ err: error, method }, 'a command failed by a defect'),
});

try {
  const database = await openLedgerDatabase(options.home, {
    clock: systemClock,
    lockWaitMs,
    networkFileSystem: await isNetworkFileSystem(options.home),
    signal: AbortSignal.timeout(lockWaitMs * 2),
  });
  const ledger = new Ledger(database);
  await ledger.write(() => beginAgain(ledger, systemClock.now()));
  starting.resolve(
    createEngine({
      options,
      ledger,
      clock: systemClock,
      log: logger,
      accessToken: (args) => host.accessToken(args),
      sendBatch: (subscription, batch) => host.batch({ subscription, batch }),
      watchLink: watchLink(host, logger),
      proxyFor: async (url) => (await host.proxyFor({ url })).proxy,
    }),
  );
  await host.ready({ ok: true });
} catch (error) {
  logger.error({ err: error }, 'the engine could not start');
  const code = error instanceof LedgerError ? error.code : 'internal';
  const message = error instanceof Error ? error.message : String(error);
  await host.ready({ ok: false, code, message }).catch(() => undefined);
  process.exit(1);
}
