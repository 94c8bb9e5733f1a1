import type { PairOptions } from '../../../shared/pair-model.ts';
import type { BoxConnection } from '../../box/connection.ts';
import type { Clock } from '../../platform/clock.ts';
import type { HashPool } from '../hash/hash-pool.ts';

export interface PreviewOptions {
  connection: BoxConnection;
  clock: Clock;
  hashPool: HashPool;
  /** Absolute. */
  path: string;
  /** null: it would be made. */
  targetFolderId: string | null;
  options: PairOptions;
  /** undefined: Box's own pace on Box's hosts, none elsewhere; 0: none. */
  uploadsPerMinute: number | undefined;
  signal: AbortSignal;
}
