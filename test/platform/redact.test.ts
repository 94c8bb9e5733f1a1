import fc from 'fast-check';
import { expect, test } from 'vitest';
import { redact } from '../../main/platform/redact.ts';

test.each([
  ['Authorization: Bearer abc.DEF-123_~+/=', 'Authorization: Bearer [redacted]'],
  ['{"authorization":"Bearer abc","x":1}', '{"authorization":"Bearer [redacted]","x":1}'],
  ['{"access_token":"abc","expires_in":5}', '{"access_token":"[redacted]","expires_in":5}'],
  ['{"msg":"{\\"refresh_token\\":\\"abc\\",\\"a\\":1}"}', '{"msg":"{\\"refresh_token\\":\\"[redacted]\\",\\"a\\":1}"}'],
  ['grant_type=x&client_secret=abc&client_id=id', 'grant_type=x&client_secret=[redacted]&client_id=id'],
  ['BOXCAR_TOKEN=abc boxcar upload', 'BOXCAR_TOKEN=[redacted] boxcar upload'],
  ["clientSecret: 'abc'", "clientSecret: '[redacted]'"],
  ['GET https://dl.box.com/a/b?signed=abc&x=1 failed', 'GET https://dl.box.com/a/b?[redacted] failed'],
  ['"http://127.0.0.1/cb?code=abc&state=d"', '"http://127.0.0.1/cb?[redacted]"'],
  ['http://user:word@proxy:8080', 'http://[redacted]@proxy:8080'],
  ['PUT part 7 of session AB12 in 20 ms', 'PUT part 7 of session AB12 in 20 ms'],
  ['{"code":"EACCES","token_type":"bearer"}', '{"code":"EACCES","token_type":"bearer"}'],
])('%s', (text, redacted) => {
  expect(redact(text)).toBe(redacted);
});

test('a secret never survives in JSON, and the JSON stays JSON', () => {
  const secret = fc.stringMatching(/^[A-Za-z0-9._~+/=-]{8,40}$/).filter((text) => !text.includes('redacted'));
  const name = fc.constantFrom('access_token', 'refresh_token', 'client_secret', 'authorization', 'password');
  fc.assert(
    fc.property(secret, name, fc.string(), (value, key, other) => {
      const text = JSON.stringify({
        msg: JSON.stringify({ [key]: value }),
        [key]: value,
        header: `Bearer ${value}`,
        n: 1,
      });
      const result = redact(text);
      expect(result).not.toContain(value);
      expect(JSON.parse(result)).toMatchObject({ n: 1 });
      expect(() => void JSON.parse(redact(JSON.stringify({ other })))).not.toThrow();
    }),
  );
});
