// The table of parts on the screen of a transfer.
import { expect, type Locator, type Page } from '@playwright/test';
import type { Intercept, InterceptedRequest } from '../../main/sandbox/http/intercept.ts';

/** Opens the table; closing it again is not needed. */
export async function showPartTable(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Show as table' }).click();
  await expect(page.getByRole('region', { name: 'Parts as a table' })).toBeVisible();
}

export function partRow(page: Page, index: number): Locator {
  return page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: String(index), exact: true }) });
}

/** The part of 1 MiB that a request carries; undefined for other requests. */
export function partOf({ route, headers }: InterceptedRequest): number | undefined {
  if (route !== 'upload-part') return undefined;
  const start = /bytes (\d+)-/.exec(String(headers['content-range']))?.[1];
  return start === undefined ? undefined : Number(start) / 2 ** 20;
}

/** Parts arrive at this pace, so that there is time to look; `faults` decides first. */
export const slowParts =
  (bytesPerSecond: number, faults?: Intercept): Intercept =>
  async (request) =>
    (await faults?.(request)) ?? (request.route === 'upload-part' ? { bodyBytesPerSecond: bytesPerSecond } : undefined);
