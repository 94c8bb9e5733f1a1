import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { launchSchema, readLaunch, readLink } from '../../main/electron/launch.ts';

describe('the words of a start', () => {
  test('files become absolute, switches of Chromium are passed over', () => {
    const words = ['--hidden', '--no-sandbox', 'a.txt', '/b/c', 'file:///d/e%20f.txt', '--home=/data', '--', '--odd'];
    expect(readLaunch(words, '/work')).toEqual({
      home: '/data',
      hidden: true,
      paths: ['/work/a.txt', '/b/c', '/d/e f.txt', '/work/--odd'],
      link: null,
      target: null,
    });
    expect(readLaunch(['--home', '/x'], '/').home).toBe('/x');
  });

  test('a file of another machine is nothing', () => {
    expect(readLaunch(['file://server/share/a', 'file:%'], '/').paths).toEqual([]);
  });

  test('what a second start hands over is believed only as paths and a link', () => {
    expect(launchSchema.safeParse({ paths: ['relative'], link: null }).success).toBe(false);
    expect(launchSchema.safeParse({ paths: ['/a'], link: 'x'.repeat(501) }).success).toBe(false);
    expect(launchSchema.safeParse({ paths: ['/a'], link: null }).success).toBe(true);
  });
});

describe('boxcar:// links', () => {
  test('can show an id', () => {
    expect(readLink('boxcar://show/t41')).toEqual({ kind: 'transfer', id: 41 });
    expect(readLink('boxcar://show/p3/')).toEqual({ kind: 'pair', id: 3 });
    expect(readLink('BOXCAR://show/J7')).toEqual({ kind: 'job', id: 7 });
    expect(readLaunch(['boxcar://show/t41'], '/')).toMatchObject({ paths: [], target: { kind: 'transfer', id: 41 } });
  });

  test('words behind one are not read: on Windows a quote in a link would make words of its rest', () => {
    const words = ['--hidden', 'boxcar://show/t41', '/etc/passwd', '--home=//server/share'];
    expect(readLaunch(words, '/')).toMatchObject({
      home: undefined,
      hidden: true,
      paths: [],
      link: 'boxcar://show/t41',
    });
  });

  test.each([
    'boxcar://upload/etc/passwd',
    'boxcar://show//etc/passwd',
    'boxcar://show/t41?path=/etc/passwd',
    'boxcar://show/t41#/settings',
    'boxcar://show/../settings',
    'boxcar://settings/limit/1',
    'boxcar:///etc/passwd',
    'boxcar:show/t41',
    'boxcar://show/x1',
    'boxcar://show/t0',
    'boxcar://user@show/t41',
    'https://show/t41',
  ])('%s only brings the window up', (link) => {
    expect(readLink(link)).toBeNull();
  });

  test('no link ever becomes a path, and what it shows is an id', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), (rest) => {
        const { paths, target, home, hidden } = readLaunch([`boxcar:${rest}`], '/work');
        expect({ paths, home, hidden }).toEqual({ paths: [], home: undefined, hidden: false });
        if (target) expect(Object.keys(target).toSorted()).toEqual(expect.arrayContaining(['id', 'kind']));
      }),
    );
  });
});
