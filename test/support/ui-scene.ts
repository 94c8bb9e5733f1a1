// A Boxcar with something of everything on its screens.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, type Page } from '@playwright/test';
import { json } from '../../main/sandbox/http/reply.ts';
import type { UiBox } from './ui-box.ts';
import { writeRandom } from './ui-files.ts';
import { openBoxcar, rowOf, uploadFiles } from './ui-page.ts';
import { addPair } from './ui-pair.ts';
import { partOf, slowParts } from './ui-parts.ts';

export const runningFile = 'Interview with the harbour master, uncut, second camera.mov';

/** What the user's own folder holds, for a pair: files, and a name that Box doesn't take. */
export function writeUserFolder(user: string): void {
  mkdirSync(join(user, 'Photographs/2026/Harbour'), { recursive: true });
  for (let n = 1; n <= 12; n += 1) writeFileSync(join(user, `Photographs/2026/Harbour/DSC0${1000 + n}.jpg`), `p${n}`);
  writeFileSync(join(user, 'Photographs/2026/contract .pdf '), 'odd');
}

/**
 * A pair that is up to date but for a question, uploads that are done, one that was refused, one under way with a part that fails, and
 * one that waits.
 */
export async function fillScreens(page: Page, url: string, box: UiBox, folder: string): Promise<void> {
  await openBoxcar(page, url);
  await addPair(page, 'Photographs', 'Photographs');
  await expect(page.getByText('Up to date, but for what needs you')).toBeVisible({ timeout: 30_000 });
  await page.goto(`${new URL(url).origin}/#/transfers`);
  let isRefused = false;
  box.intercept(({ route }) => (route === 'upload-file' && isRefused ? refused : undefined));
  const small = [
    'Minutes 2026-10.docx',
    'Budget.xlsx',
    'Poster.png',
    'Recording.flac',
    'Contract, signed.pdf',
    'Logo.svg',
    'Season schedule.csv',
  ];
  await uploadFiles(
    page,
    small.map((name) => writeRandom(join(folder, name), 300_000)),
  );
  await expect(rowOf(page, 'Budget.xlsx')).toHaveAccessibleName(/compared and equal/);
  isRefused = true;
  await uploadFiles(page, writeRandom(join(folder, 'Personnel file.pdf'), 80_000));
  await expect(page.getByRole('rowgroup', { name: /^Needs you/ })).toBeVisible({ timeout: 30_000 });
  box.intercept(
    slowParts(700_000, (request) => (partOf(request) === 5 ? { answer: { status: 503, headers: {} } } : undefined)),
  );
  await uploadFiles(page, [
    writeRandom(join(folder, runningFile), 120 * 2 ** 20),
    writeRandom(join(folder, 'Machine image.vmdk'), 30 * 2 ** 20),
  ]);
  await expect(rowOf(page, runningFile)).toHaveAccessibleName(/Sending: [1-9]/, { timeout: 30_000 });
}

const refused = { answer: json(403, { code: 'access_denied_insufficient_permissions', message: 'Access denied' }) };
