import type { Remote } from '../shared/contract.ts';
import type { pageCommands, Place } from '../shared/page-contract.ts';
import type { Batch, View } from '../shared/progress-contract.ts';
import type { PageEvents } from './page-link.ts';
import type { DroppedFile } from './state/dropped-files.ts';

export type PageCommands = Omit<Remote<typeof pageCommands>, 'subscribe' | 'unsubscribe'>;

/** How the page reaches its shell. One link: when it drops, a new one is opened by whoever holds it. */
export interface Link {
  commands: PageCommands;
  subscribe(view: View, onBatch: (batch: Batch) => void | Promise<void>): Promise<{ close(): Promise<void> }>;
  /** Makes places of what was dropped or picked; in a browser its bytes are copied to the host first. */
  takeFiles(files: DroppedFile[], options: TakeOptions): Promise<{ place: Place; path: string }[]>;
  /** Settles when the link is gone. */
  closed: Promise<void>;
}

export interface TakeOptions {
  signal: AbortSignal;
  onProgress: (progress: { files: number; bytes: number }) => void;
}

export interface Bridge {
  /** Whether the shell reads dropped folders itself: then they are handed over as they are. */
  wholeFolders: boolean;
  /** @throws CallError `refused` where the link of the page isn't known any more: a new one has to be opened. */
  connect(events: PageEvents): Promise<Link>;
}
