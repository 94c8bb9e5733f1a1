import { join } from 'node:path';
import { pino, stdSerializers, type Logger } from 'pino';
import { redact } from './redact.ts';
import { RotatingFile } from './rotating-file.ts';

export type { Logger } from 'pino';
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Two processes, a file and its predecessor each: at most 20 MB in all. */
const maxFileBytes = 5_000_000;

export interface Log {
  logger: Logger;
  /** Writes what is pending and closes the file. */
  close(): void;
}

/** The folder of the logs in a data folder. */
export function logFolder(home: string): string {
  return join(home, 'logs');
}

/**
 * The log of one process, as JSON lines in `logs/NAME.log` of the data folder, rotated by size, without secrets. The file comes
 * into being with the first line. Errors belong under the key `err`.
 */
export function openLog(options: { home: string; name: 'app' | 'engine' | 'desktop'; level: LogLevel }): Log {
  const file = new RotatingFile(join(logFolder(options.home), `${options.name}.log`), maxFileBytes);
  const logger = pino(
    {
      level: options.level,
      base: { pid: process.pid },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: stdSerializers.errWithCause },
    },
    // The whole line is redacted, since a secret may stand in any message or address.
    { write: (line: string) => file.write(redact(line)) },
  );
  return { logger, close: () => file.close() };
}

/** A log that goes nowhere: for tests and for callers that have no data folder. */
export function silentLogger(): Logger {
  return pino({ level: 'silent' }, { write: () => undefined });
}
