import type { Account } from '../job/account.ts';
import type { SessionJanitor } from '../job/janitor.ts';
import type { PairDirector } from './pair-director.ts';
import type { PairServices } from './services.ts';

/** What the commands about pairs need of the engine. */
export interface PairCommandOptions {
  services: PairServices;
  account: Account;
  director: PairDirector;
  janitor: SessionJanitor;
  dataFolder: string;
  readOnly: boolean;
  uploadsPerMinute: () => number | undefined;
  /** Of a new pair, where nothing else is chosen. */
  settleMs: () => number;
  /** Connections may be dead after a sleep. */
  onWake: () => void;
  /** Aborted when the engine ends. */
  signal: AbortSignal;
}
