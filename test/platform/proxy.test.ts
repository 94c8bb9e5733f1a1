import { expect, test } from 'vitest';
import { certificatesIn } from '../../main/platform/certificates.ts';
import { chosenProxy, isThisMachine, proxyOfEnvironment, proxyUrl } from '../../main/platform/proxy.ts';

const box = 'https://api.box.com/2.0';

test('the environment says which proxy a host has', () => {
  expect(proxyOfEnvironment(box, {})).toBeNull();
  expect(proxyOfEnvironment(box, { HTTPS_PROXY: 'http://p:8080' })).toBe('http://p:8080');
  expect(proxyOfEnvironment(box, { https_proxy: 'q:1', HTTPS_PROXY: 'http://p:8080' })).toBe('http://q:1');
  expect(proxyOfEnvironment(box, { HTTP_PROXY: 'http://p' })).toBeNull();
  expect(proxyOfEnvironment('http://plain.example/', { HTTP_PROXY: 'http://p' })).toBe('http://p');
  expect(proxyOfEnvironment(box, { ALL_PROXY: 'socks5://s:1080' })).toBe('socks5://s:1080');
  expect(proxyOfEnvironment(box, { HTTPS_PROXY: 'http://user:secret@p:8080/x' })).toBe('http://user:secret@p:8080');
  expect(proxyOfEnvironment(box, { HTTPS_PROXY: 'ftp://p' })).toBeNull();
});

test.each([
  ['*', true],
  ['box.com', true],
  ['.box.com', true],
  ['*.box.com', true],
  ['other.com, api.box.com', true],
  ['API.BOX.COM', true],
  ['api.box.com:443', true],
  ['api.box.com:8443', false],
  ['ox.com', false],
  ['upload.box.com', false],
  ['.', false],
  ['', false],
])('NO_PROXY=%s exempts api.box.com: %s', (list, isExempt) => {
  expect(proxyOfEnvironment(box, { HTTPS_PROXY: 'http://p:1', NO_PROXY: list })).toBe(isExempt ? null : 'http://p:1');
});

test('addresses of IPv6 can be exempt', () => {
  const env = { HTTPS_PROXY: 'http://p:1', no_proxy: '[fd00::1]:8443 fd00::2' };
  expect(proxyOfEnvironment('https://[fd00::1]:8443/', env)).toBeNull();
  expect(proxyOfEnvironment('https://[fd00::1]/', env)).toBe('http://p:1');
});

test('what a person has set comes before what the system says', async () => {
  const system = () => Promise.resolve('http://system:1');
  const chosen = (setting: string) => chosenProxy(() => setting, system)(box);
  expect(await chosen('system')).toBe('http://system:1');
  expect(await chosen('none')).toBeNull();
  expect(await chosen('socks5://mine:1080')).toBe('socks5://mine:1080');
});

test('a proxy is an address and nothing else', () => {
  expect([proxyUrl('p:8080'), proxyUrl('https://p/x?y'), proxyUrl('ftp://p'), proxyUrl('')]).toEqual([
    'http://p:8080',
    'https://p',
    null,
    null,
  ]);
  expect(['localhost', 'a.localhost', '127.9.9.9', '[::1]', 'api.box.com', '10.0.0.1'].map(isThisMachine)).toEqual([
    true,
    true,
    true,
    true,
    false,
    false,
  ]);
});

test('certificates are read one by one from a file of them', () => {
  const one = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';
  expect(certificatesIn(`# a comment\n${one}\n${one}\n`)).toEqual([one, one]);
  expect(() => certificatesIn('')).toThrow('no certificate');
});
