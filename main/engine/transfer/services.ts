import type { BoxConnection } from '../../box/connection.ts';
import type { UploadLimits } from '../../box/upload-session/options.ts';
import type { Clock } from '../../platform/clock.ts';
import type { HashPool } from '../hash/hash-pool.ts';
import type { FileReader } from '../read/file-reader.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { TransferRowData } from '../ledger/transfers.ts';
import type { LiveBoard } from '../progress/live.ts';
import type { PartSlots } from '../schedule/part-slots.ts';

/** What sending a file needs of the rest of the engine. */
export interface TransferServices {
  ledger: Ledger;
  clock: Clock;
  hashPool: HashPool;
  reader: FileReader;
  board: LiveBoard;
  slots: PartSlots;
  /** For files that go up in one request. */
  directSlots: PartSlots;
  connection: BoxConnection;
  /** For the names of copies. */
  hostName: string;
  parallelParts: () => number;
  /** Box has answered, so it is not unreachable. */
  reached: () => void;
  /** Box held other content, and the transfer goes up beside it under another name from now on. */
  onCopied: (
    transfer: TransferRowData,
    copy: { originalId: string; standingName: string; copyName: string },
  ) => Promise<void>;
  uploadLimits?: Partial<UploadLimits> | undefined;
}
