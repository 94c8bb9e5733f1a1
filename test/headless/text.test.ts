import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvRecord } from '../../main/headless/csv.ts';
import { endpointsFrom } from '../../main/app/endpoints.ts';
import { cutMiddle, displayWidth, printable, table } from '../../main/headless/text.ts';

describe('names on a terminal', () => {
  test('control characters and direction marks are escaped, all else stays', () => {
    expect(printable('a\u001b[31m\nb\u202ecod.exe\u0085')).toBe('a\\x1b[31m\\nb\\u202ecod.exe\\x85');
    expect(printable('Häßlich 日本 👩‍🚀')).toBe('Häßlich 日本 👩‍🚀');
    expect(printable('half \ud83d')).toBe('half \ufffd');
  });

  test('a cut name keeps both ends, fits, and holds whole graphemes', () => {
    expect(cutMiddle('holiday-photos-0042.jpeg', 15)).toBe('holiday…42.jpeg');
    expect(cutMiddle('short', 15)).toBe('short');
    expect(cutMiddle('👩‍🚀👩‍🚀👩‍🚀👩‍🚀', 5)).toBe('👩‍🚀…👩‍🚀');
    expect(cutMiddle('日本語テスト', 6)).toBe('日…ト');
    expect(cutMiddle('abc', 0)).toBe('');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.integer({ min: 0, max: 40 }), (text, width) => {
        expect(displayWidth(cutMiddle(text, width))).toBeLessThanOrEqual(Math.max(width, 0));
      }),
    );
  });

  test('columns line up by what is seen, not by what is stored', () => {
    expect(table([['日本', 'x'], ['a', 'y']])).toEqual(['日本  x', 'a     y']); // prettier-ignore
  });
});

describe('CSV', () => {
  test('quotes what RFC 4180 says, and no field is a formula', () => {
    expect(csvRecord(['a,b', 'say "x"', 'line\nbreak', 7, null, 'plain'])).toBe(
      '"a,b","say ""x""","line\nbreak",7,,plain\r\n',
    );
    expect(csvRecord(['=1+1', '-x', '@a', '+b', -3])).toBe("'=1+1,'-x,'@a,'+b,-3\r\n");
  });

  test('can be read back, whatever the fields hold', () => {
    const field = fc.string({ unit: 'binary' }).filter((text) => !/^[=+\-@\t\r]/.test(text));
    fc.assert(
      fc.property(fc.array(field, { minLength: 1 }), (fields) => {
        expect(readRecord(csvRecord(fields))).toEqual(fields);
      }),
    );
  });
});

/** A reader of one RFC 4180 record, for the test alone. */
function readRecord(text: string): string[] {
  const fields: string[] = [];
  const pattern = /("(?:[^"]|"")*"|[^,"\r\n]*)(,|\r\n$)/gy;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const raw = match[1]!;
    fields.push(raw.startsWith('"') ? raw.slice(1, -1).replaceAll('""', '"') : raw);
    if (match[2] !== ',') break;
  }
  return fields;
}

describe('where Box is', () => {
  test('its own addresses, or those of the environment; authorize follows auth', () => {
    expect(endpointsFrom({})).toEqual({
      api: 'https://api.box.com/2.0',
      upload: 'https://upload.box.com/api/2.0',
      auth: 'https://api.box.com/oauth2',
      authorize: 'https://account.box.com/api/oauth2/authorize',
    });
    const local = { BOXCAR_API_URL: 'http://127.0.0.1:1/2.0/', BOXCAR_AUTH_URL: 'http://localhost:1/oauth2' };
    expect(endpointsFrom(local)).toMatchObject({
      api: 'http://127.0.0.1:1/2.0',
      authorize: 'http://localhost:1/oauth2/authorize',
    });
    const own = { ...local, BOXCAR_AUTHORIZE_URL: 'https://a.example/z' };
    expect(endpointsFrom(own)).toMatchObject({ authorize: 'https://a.example/z' });
  });

  test.each(['box.com', 'ftp://x', 'http://127.0.0.1.evil.example', 'http://10.0.0.1'])(
    '%s is refused',
    (BOXCAR_API_URL) => {
      expect(() => endpointsFrom({ BOXCAR_API_URL })).toThrow(/BOXCAR_API_URL/);
    },
  );
});
