import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';
import { expect, onTestFinished, test } from 'vitest';
import { chromiumOptions } from '../../support/chromium.ts';
import { startTestHost } from '../../support/ui-host.ts';

test('the link opens again in the browser that has used it, and in no other', async () => {
  const renderer = fileURLToPath(new URL('../../../out/renderer', import.meta.url));
  const { server } = await startTestHost({ renderer });
  const browser = await chromium.launch(chromiumOptions(existsSync));
  onTestFinished(() => browser.close());
  const mine = await browser.newContext();
  const first = await mine.newPage();
  await first.goto(server.url);
  await first.getByRole('button', { name: 'Try the sandbox' }).waitFor();
  await first.close();
  const again = await mine.newPage();
  await again.goto(server.url);
  await again.getByRole('button', { name: 'Try the sandbox' }).waitFor();
  expect(again.url()).not.toContain('t=');

  const other = await (await browser.newContext()).newPage();
  await other.goto(server.url);
  await other.getByRole('heading', { name: 'This page belongs to an earlier start of Boxcar' }).waitFor();
});
