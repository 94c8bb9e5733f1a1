import { readFile } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { desktopOrigin } from '../../../shared/desktop-channels.ts';
import { pageHeaders } from '../../../shared/page-headers.ts';

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.map': 'application/json',
};

/**
 * The file that an address of the app's scheme names, below the folder of the built renderer; undefined for any other origin, any
 * kind of file that the interface isn't made of, and every way out of the folder.
 */
export function rendererFile(url: string, folder: string): string | undefined {
  const parsed = URL.parse(url);
  if (!parsed || `${parsed.protocol}//${parsed.host}` !== desktopOrigin) return undefined;
  if (parsed.username !== '' || parsed.password !== '') return undefined;
  let path: string;
  try {
    path = decodeURIComponent(parsed.pathname === '/' ? '/index.html' : parsed.pathname);
  } catch {
    return undefined;
  }
  // An encoded separator, a drive or a stream of Windows: no file of ours is called so.
  if (/[\\:\0]/.test(path)) return undefined;
  const names = path.slice(1).split('/');
  if (names.some((name) => name === '' || name.startsWith('.'))) return undefined;
  const file = join(folder, ...names);
  if (!file.startsWith(folder.endsWith(sep) ? folder : folder + sep)) return undefined;
  return types[extname(file).toLowerCase()] === undefined ? undefined : file;
}

/** Answers a request of the app's scheme. Every answer has the page's headers. */
export async function answerFromFolder(request: { url: string; method: string }, folder: string): Promise<Response> {
  const refuse = (status: number, text: string) => new Response(text, { status, headers: pageHeaders() });
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(405, 'Only GET is answered.');
  const file = rendererFile(request.url, folder);
  if (file === undefined) return refuse(404, 'Not found.');
  let bytes: Buffer<ArrayBuffer>;
  try {
    bytes = await readFile(file);
  } catch {
    return refuse(404, 'Not found.');
  }
  return new Response(request.method === 'HEAD' ? null : bytes, {
    headers: { ...pageHeaders(), 'content-type': types[extname(file).toLowerCase()] ?? '' },
  });
}
