import { request } from 'undici';

/** What a browser does when the person decides on Box's page: the address that it is sent to. */
export async function decide(authorizeUrl: string, decision: 'grant' | 'deny' = 'grant'): Promise<URL> {
  const url = new URL(authorizeUrl);
  const form = new URLSearchParams([...url.searchParams, ['decision', decision]]);
  const { headers, body } = await request(`${url.origin}${url.pathname}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
  });
  await body.dump();
  return new URL(String(headers['location']));
}

/** Fetches a page of the listener. */
export async function visit(
  url: URL | string,
  options: { headers?: Record<string, string>; method?: 'HEAD' | 'POST' } = {},
) {
  const { method = 'GET', headers = {} } = options;
  const answer = await request(url, { method, headers });
  return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
}
