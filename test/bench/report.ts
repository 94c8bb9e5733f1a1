import { cpus, release, totalmem } from 'node:os';
import type { Spread } from './spread.ts';

export interface Budget {
  limit: number;
  direction: 'at most' | 'at least';
}

/** One line of the table. */
export interface Row {
  section: string;
  name: string;
  wallMs?: Spread;
  clientCpuMs?: Spread;
  sandboxCpuMs?: Spread;
  /** A figure that is no time of a client: a ratio, bytes, files a second. */
  value?: Spread;
  unit?: 'ratio' | 'MB' | 'files/s' | 'ms' | 'count' | 'KB/s' | '%';
  budget?: Budget;
}

/** Whether a row keeps its budget, by its median; undefined where it has none. */
export function verdictOf({ value, budget }: Row): 'ok' | 'over' | undefined {
  if (!value || !budget) return undefined;
  const kept = budget.direction === 'at most' ? value.median <= budget.limit : value.median >= budget.limit;
  return kept ? 'ok' : 'over';
}

/** What the figures were measured on. */
export function machineFacts() {
  return {
    cores: cpus().length,
    cpu: cpus()[0]?.model ?? 'unknown',
    memoryBytes: totalmem(),
    node: process.version,
    kernel: `${process.platform} ${release()} ${process.arch}`,
    date: new Date().toISOString(),
  };
}

/** The table: medians, with the least and the largest of the runs in parentheses. */
export function formatTable(rows: readonly Row[]): string {
  const head = ['row', 'wall', 'client CPU', 'sandbox CPU', 'value', 'budget', ''];
  const lines = rows.map((row) => [
    `${row.section.padEnd(7)} ${row.name}`,
    time(row.wallMs),
    time(row.clientCpuMs),
    time(row.sandboxCpuMs),
    row.value ? figure(row.value, row.unit) : '',
    row.budget ? `${row.budget.direction === 'at most' ? '<=' : '>='} ${row.budget.limit}` : '',
    verdictOf(row) ?? '',
  ]);
  const widths = head.map((_, column) => Math.max(...[head, ...lines].map((line) => line[column]!.length)));
  const format = (line: string[]) =>
    line
      .map((cell, column) =>
        column === 0 || column === 6 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
      )
      .join('  ')
      .trimEnd();
  return [format(head), widths.map((width) => '-'.repeat(width)).join('  '), ...lines.map(format)].join('\n');
}

function time(spread: Spread | undefined): string {
  return spread ? `${withRange(spread, (ms) => (ms / 1000).toFixed(2))} s` : '';
}

function figure(spread: Spread, unit: Row['unit']): string {
  const digits = unit === 'ratio' || unit === '%' ? 2 : unit === 'ms' ? 1 : 0;
  const text = withRange(spread, (value) => value.toFixed(digits));
  return unit === 'ratio' || unit === 'count' ? text : `${text} ${unit}`;
}

function withRange({ median, min, max, values }: Spread, format: (value: number) => string): string {
  return values.length < 2 ? format(median) : `${format(median)} (${format(min)}-${format(max)})`;
}
