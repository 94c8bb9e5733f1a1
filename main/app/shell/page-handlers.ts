import type { Handlers } from '../../../shared/contract.ts';
import type { pageCommands } from '../../../shared/page-contract.ts';

/** What answers everything that a page may ask. */
export type PageHandlers = Handlers<typeof pageCommands>;
