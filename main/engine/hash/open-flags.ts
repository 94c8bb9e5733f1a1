import { constants } from 'node:fs';

/** For reading what should be a file: a FIFO must not block the thread that opens it (Windows has neither flag nor trouble). */
export const readingFlags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
