import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright';
import { expect, onTestFinished, test } from 'vitest';
import { chromiumOptions } from '../../support/chromium.ts';
import { rendererFixture, startTestHost } from '../../support/ui-host.ts';

test('in a real browser only our own scripts run, our WebSocket opens, and nothing else is reached', async () => {
  const renderer = rendererFixture();
  writeFileSync(
    join(renderer, 'index.html'),
    `<!doctype html><title>Boxcar</title><body onload="window.handler = true"><script>window.inline = true</script>
     <script src="/assets/page.js"></script>`,
  );
  writeFileSync(
    join(renderer, 'assets/page.js'),
    `window.refused = [];
     document.addEventListener('securitypolicyviolation', (event) => window.refused.push(event.effectiveDirective));
     const tried = (url) => fetch(url).then(() => 'reached', () => 'refused');
     const socket = new WebSocket('ws://' + location.host + '/socket');
     window.tried = Promise.all([
       new Promise((resolve) => { socket.onopen = () => resolve('open'); socket.onerror = () => resolve('refused'); }),
       tried('/assets/page.js'),
       tried('http://127.0.0.1:9/'),
     ]);`,
  );
  const host = await startTestHost({ renderer });
  const browser = await chromium.launch(chromiumOptions(existsSync));
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  await page.goto(host.origin);
  expect(await page.evaluate('window.tried')).toEqual(['open', 'reached', 'refused']);
  expect(await page.evaluate('[window.inline, window.handler]')).toEqual([undefined, undefined]);
  expect(await page.evaluate('window.refused')).toContain('connect-src');

  const framed = await browser.newPage();
  await framed.setContent(`<iframe src="${host.origin}"></iframe>`);
  await expect.poll(() => framed.frames().map((frame) => frame.url())).not.toContain(`${host.origin}/`);
});

test('a browser is told why a file is refused, however large it is', async () => {
  const host = await startTestHost();
  const { session, remote } = await host.page();
  const { dropId } = await remote.beginDrop({ files: 1, bytes: 1 });
  const browser = await chromium.launch(chromiumOptions(existsSync));
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  await page.goto(host.origin);
  const put = (path: string, token: string) =>
    page.evaluate(
      `fetch(${JSON.stringify(`/drop/${dropId}?path=${path}`)}, {
         method: 'PUT', headers: { 'x-boxcar-session': '${token}' }, body: new Blob([new Uint8Array(80e6)]),
       }).then(async (answer) => [answer.status, await answer.text()])`,
    );
  expect(await put('a', 'wrong')).toEqual([401, expect.stringContaining('not signed in')]);
  expect(await put('..', session)).toEqual([400, expect.stringContaining('cannot be taken')]);
  expect(await put('a', session)).toEqual([204, '']);
});
