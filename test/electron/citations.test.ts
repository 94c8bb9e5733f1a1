// The stand-in for Electron quotes the documents that it models. Those of the interface stand in electron.d.ts, of the very version.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, 'test/support/electron');

/** Sentences of documents that are no interface, with where they stand. */
const elsewhere: Record<string, string> = {
  'Function values are proxied to the other context and all other values are copied and frozen':
    'https://www.electronjs.org/docs/latest/api/context-bridge',
  'a require function similar to Node': 'https://www.electronjs.org/docs/latest/tutorial/sandbox',
  'automatically approve all permission requests unless the developer has manually configured a custom handler':
    'https://www.electronjs.org/docs/latest/tutorial/security',
  'setting nodeIntegration: true disables the sandbox for the process':
    'https://www.electronjs.org/docs/latest/tutorial/sandbox',
};

/** Without marks, and with one space where there is any. */
const plain = (text: string) => text.replaceAll(/[`*]/g, '').replaceAll(/\s+/g, ' ').trim();

function quotes(text: string): string[] {
  const comments = text.match(/\/\*\*[^]*?\*\/|(?:^[ \t]*\/\/.*\n)+/gm) ?? [];
  const flat = comments.map((comment) => plain(comment.replaceAll(/\n\s*(\*|\/\/)/g, ' ')));
  const quoted = flat.flatMap((comment) => [...comment.matchAll(/"([^"]{12,})"/g)].map(([, one = '']) => one));
  return quoted.flatMap((one) => one.split('…')).map((part) => part.trim().replace(/^[.,;:]|[.,;:]$/g, '')).filter(Boolean); // prettier-ignore
}

test('every sentence that the stand-in quotes stands in the documents of this Electron', () => {
  const documents = plain(readFileSync(join(root, 'node_modules/electron/electron.d.ts'), 'utf8').replaceAll(/\n\s*\*/g, ' ')); // prettier-ignore
  /** A quote may say first what it is of. */
  const isKnown = (quote: string) =>
    known.some((text) => text.includes(quote) || text.includes(quote.replace(/^[\w.]+: /, '')));
  const known = [documents, ...Object.keys(elsewhere)].map((text) => text.toLowerCase());
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const all = files.flatMap((name) =>
    quotes(readFileSync(join(folder, name), 'utf8')).map((quote) => ({ name, quote })),
  );
  expect(all.length).toBeGreaterThan(50);
  expect(all.filter(({ quote }) => !isKnown(quote.toLowerCase()))).toEqual([]);
});
