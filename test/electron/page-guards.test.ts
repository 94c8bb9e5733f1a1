import { mkdtempSync, mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { mayNavigate, mayOpenOutside, maySignInAt, mayUse, webPreferences } from '../../main/electron/page/guards.ts';
import { answerFromFolder, rendererFile } from '../../main/electron/page/renderer-files.ts';
import { isTrusted } from '../../main/electron/page/trusted-sender.ts';

describe('files of the page', () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'boxcar-renderer-')));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  const folder = join(root, 'renderer');
  mkdirSync(join(folder, 'assets'), { recursive: true });
  writeFileSync(join(folder, 'index.html'), '<!doctype html>');
  writeFileSync(join(folder, 'assets/a b.js'), '1');
  writeFileSync(join(folder, '.env.js'), 'hidden');
  writeFileSync(join(root, 'secret.json'), 'secret');

  test('are found under the one host', () => {
    expect(rendererFile('app://boxcar/', folder)).toBe(join(folder, 'index.html'));
    expect(rendererFile('app://boxcar/assets/a%20b.js?x#y', folder)).toBe(join(folder, 'assets/a b.js'));
  });

  test.each([
    'app://boxcar/..%2fsecret.json',
    'app://boxcar/..%5csecret.json',
    'app://boxcar/%2e%2e%2fsecret.json',
    'app://boxcar//etc/passwd.json',
    'app://boxcar/assets//a.js',
    'app://boxcar/.env.js',
    'app://boxcar/c:/windows/a.js',
    'app://boxcar/a.js%00.json',
    'app://boxcar/%',
    'app://boxcar/assets',
    'app://boxcar/shell.sh',
    'app://other/index.html',
    'app://boxcar:1/index.html',
    'app://user@boxcar/index.html',
    'file:///etc/passwd.json',
    'http://boxcar/index.html',
    'nonsense',
  ])('%s is none', (url) => {
    expect(rendererFile(url, folder)).toBeUndefined();
  });

  test('dots that the address itself loses end at its top', () => {
    for (const url of ['app://boxcar/../secret.json', 'app://boxcar/%2e%2e/secret.json']) {
      expect(rendererFile(url, folder)).toBe(join(folder, 'secret.json'));
    }
  });

  test('never lead out of the folder, whatever stands in the address', () => {
    const piece = fc.constantFrom('..', '.', '%2e', '%2f', '%5c', '/', '\\', 'a', 'index.html', '%00', '%', ':', '.js');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const found = rendererFile(`app://boxcar/${pieces.join('')}`, folder);
        expect(found === undefined || found.startsWith(folder + sep)).toBe(true);
      }),
    );
  });

  test('come with the headers of a page, refusals too', async () => {
    const ok = await answerFromFolder({ url: 'app://boxcar/', method: 'GET' }, folder);
    expect([ok.status, await ok.text(), ok.headers.get('content-type')]).toEqual([
      200,
      '<!doctype html>',
      'text/html; charset=utf-8',
    ]);
    const missing = await answerFromFolder({ url: 'app://boxcar/none.js', method: 'GET' }, folder);
    const posted = await answerFromFolder({ url: 'app://boxcar/', method: 'POST' }, folder);
    expect([missing.status, posted.status]).toEqual([404, 405]);
    for (const answer of [ok, missing, posted]) {
      const policy = answer.headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self';");
      expect(policy).not.toMatch(/unsafe|ws:|http:|\*/);
    }
  });

  test('a link out of the folder is no file of the page where it has no type of ours', async () => {
    symlinkSync('/etc/hostname', join(folder, 'link'));
    expect((await answerFromFolder({ url: 'app://boxcar/link', method: 'GET' }, folder)).status).toBe(404);
  });
});

describe('what a page may do', () => {
  test('the window is a plain web page', () => {
    expect(webPreferences('/p.cjs')).toMatchObject({
      contextIsolation: true,
      sandbox: true,
      webSecurity: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webviewTag: false,
      allowRunningInsecureContent: false,
    });
  });

  test.each([
    ['https://app.box.com/file/1', true],
    ['https://account.box.com/api/oauth2/authorize?x=1', true],
    ['https://box.com/', true],
    ['http://app.box.com/', false],
    ['https://app.box.com:8443/', false],
    ['https://app.box.com.evil.example/', false],
    ['https://evil-box.com/', false],
    ['https://user:pass@app.box.com/', false],
    ['https://app.box.com@evil.example/', false],
    ['file:///etc/passwd', false],
    ['javascript:alert(1)', false],
    ['boxcar://show/t1', false],
    ['smb://app.box.com/', false],
    ['', false],
  ])('%s goes to the browser: %s', (url, may) => {
    expect(mayOpenOutside(url)).toBe(may);
  });

  test('the sign-in goes to the page that is configured and to no other', () => {
    const page = 'https://account.box.com/api/oauth2/authorize';
    expect(maySignInAt(`${page}?state=1`, page)).toBe(true);
    expect(maySignInAt('http://127.0.0.1:9/oauth2/authorize?a', 'http://127.0.0.1:9/oauth2/authorize')).toBe(true);
    expect(maySignInAt('https://account.box.com/elsewhere', page)).toBe(false);
    expect(maySignInAt('https://evil.example/api/oauth2/authorize', page)).toBe(false);
    expect(maySignInAt('file:///api/oauth2/authorize', 'file:///api/oauth2/authorize')).toBe(false);
  });

  test('it goes nowhere but to itself', () => {
    expect(mayNavigate('app://boxcar/index.html#/settings')).toBe(true);
    for (const url of ['app://boxcar/assets/x.js', 'app://other/', 'https://app.box.com/', 'file:///', 'about:blank']) {
      expect(mayNavigate(url)).toBe(false);
    }
  });

  test('it has no permissions', () => {
    for (const permission of [
      'media',
      'geolocation',
      'notifications',
      'clipboard-read',
      'fileSystem',
      'usb',
      'openExternal',
    ]) {
      expect(mayUse(permission)).toBe(false);
    }
  });
});

describe('who sent a message', () => {
  const contents = {};
  const frame = { origin: 'app://boxcar', url: 'app://boxcar/index.html', parent: null, detached: false };

  test('our page is trusted', () => {
    expect(isTrusted({ senderFrame: frame, sender: contents }, contents)).toBe(true);
  });

  test.each([
    ['no frame', { senderFrame: null, sender: contents }, contents],
    ['a frame within', { senderFrame: { ...frame, parent: frame }, sender: contents }, contents],
    ['a frame that has gone', { senderFrame: { ...frame, detached: true }, sender: contents }, contents],
    ['another origin', { senderFrame: { ...frame, origin: 'https://x' }, sender: contents }, contents],
    ['an opaque origin', { senderFrame: { ...frame, origin: 'null' }, sender: contents }, contents],
    ['another address', { senderFrame: { ...frame, url: 'app://boxcar.evil/' }, sender: contents }, contents],
    ['other contents', { senderFrame: frame, sender: {} }, contents],
    ['no window', { senderFrame: frame, sender: undefined }, undefined],
  ])('%s is not', (_who, sender, window) => {
    expect(isTrusted(sender, window)).toBe(false);
  });
});
