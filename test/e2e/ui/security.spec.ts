import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { existsSync } from 'node:fs';
import { chromium } from '@playwright/test';
import { chromiumOptions } from '../../support/chromium.ts';
import { openBoxcar } from '../../support/ui-page.ts';
import { expect, test } from './fixture.ts';

test('another name that leads here is refused', async ({ startHost }) => {
  const { origin } = await startHost();
  const { args, ...options } = chromiumOptions(existsSync);
  const browser = await chromium.launch({
    ...options,
    args: [...args, '--host-resolver-rules=MAP evil.test 127.0.0.1'],
  });
  try {
    const page = await browser.newPage();
    const answer = await page.goto(`http://evil.test:${new URL(origin).port}/`);
    expect(answer?.status()).toBe(403);
    expect(await page.textContent('body')).not.toContain('Boxcar');
  } finally {
    await browser.close();
  }
});

test('a page of another origin gets neither the socket nor a drop', async ({ page, startHost, expectErrors }) => {
  expectErrors(/WebSocket|CORS|Failed to load resource|403/);
  const { origin } = await startHost();
  const server = createServer((_request, response) => response.end('<!doctype html><title>elsewhere</title>'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const tried = await page.evaluate(async (host) => {
      const socket = new WebSocket(`${host.replace('http', 'ws')}/socket`);
      const opened = await new Promise((resolve) => {
        socket.onopen = () => resolve('open');
        socket.onerror = () => resolve('refused');
      });
      const put = await fetch(`${host}/drop/drop-1?path=a`, { method: 'PUT', body: 'x' }).then(
        ({ status }) => status,
        () => 'refused',
      );
      return { opened, put };
    }, origin);
    expect(tried).toEqual({ opened: 'refused', put: 'refused' });
  } finally {
    server.close();
  }
});

test('a wrong token is refused, and a used one in another browser too', async ({ page, browser, startHost }) => {
  const { url, origin } = await startHost();
  await page.goto(`${origin}/#t=${'x'.repeat(43)}`);
  const refused = 'This page belongs to an earlier start of Boxcar';
  await expect(page.getByRole('heading', { name: refused })).toBeVisible();
  await page.goto(url);
  await expect(page.getByRole('button', { name: 'Try the sandbox' })).toBeVisible();
  expect(page.url()).not.toContain('t=');

  const stranger = await browser.newContext();
  const other = await stranger.newPage();
  await other.goto(url);
  await expect(other.getByRole('heading', { name: refused })).toBeVisible();
  await stranger.close();
});

test('no content of others runs: the policy has neither inline scripts nor other hosts', async ({ page, opened }) => {
  await openBoxcar(page, opened.host.origin);
  const answer = await page.request.get(opened.host.origin);
  const policy = answer.headers()['content-security-policy'] ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toContain('unsafe-eval');
  expect(/script-src[^;]*/.exec(policy)?.[0]).not.toContain('unsafe-inline');
});
