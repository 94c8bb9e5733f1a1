import type { BoxConnection } from '../../box/connection.ts';
import type { Clock } from '../../platform/clock.ts';
import type { HashPool } from '../hash/hash-pool.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { PairRow } from '../ledger/pairs.ts';

export interface VerifyProgress {
  files: number;
  folders: number;
  hashed: number;
  /** Missing, different, extra and unreadable so far. */
  differences: number;
}

export interface VerifyOptions {
  ledger: Ledger;
  connection: BoxConnection;
  hashPool: HashPool;
  clock: Clock;
  pair: PairRow;
  /** Every file that Box has in the same size is read, whatever the ledger knows of it. */
  full: boolean;
  signal: AbortSignal;
  /** After each slice of a folder. */
  onProgress?: (progress: VerifyProgress) => void;
}
