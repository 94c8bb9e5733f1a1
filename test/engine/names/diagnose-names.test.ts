import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { diagnoseNames } from '../../../main/engine/names/diagnose-names.ts';
import { lookUpLink } from '../../../main/engine/names/look-up-link.ts';
import type { NamedEntry } from '../../../main/engine/names/model.ts';
import { proposeName } from '../../../main/engine/names/propose-name.ts';
import type { EntryKind } from '../../../main/engine/scan/model.ts';
import { nameKey, nameProblem } from '../../../shared/box-names.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const entry = (name: string, more: Partial<NamedEntry> = {}): NamedEntry => ({
  name,
  rawName: null,
  kind: 'file',
  facts: { sizeBytes: 10 },
  problem: null,
  ...more,
});

const diagnose = (entries: readonly (string | NamedEntry)[], onBox: string[] = []) =>
  diagnoseNames({
    path: 'Documents',
    entries: entries.map((given) => (typeof given === 'string' ? entry(given) : given)),
    onBox: new Set(onBox),
  }).map(({ path, kind, proposal }) => [path, kind, proposal.do === 'rename' ? proposal.to : null]);

describe('names', () => {
  test('what Box takes is not mentioned', () => {
    expect(diagnose(['a', ' a', 'a<b>:"|?*', '.a', 'a.', '~$a', '🚀', 'b'.repeat(255)])).toEqual([]);
  });

  test('what Box refuses is repaired, and stays out of the way of others', () => {
    expect(diagnose(['a ', 'a', 'b\\c.txt', 'line\nbreak', 'tab\t', ' ', 'report.pdf  ', 'REPORT.PDF'])).toEqual([
      ['Documents/ ', 'refused', '_'],
      ['Documents/a ', 'refused', 'a (2)'],
      ['Documents/b\\c.txt', 'refused', 'b_c.txt'],
      ['Documents/line\nbreak', 'refused', 'line_break'],
      ['Documents/report.pdf  ', 'refused', 'report (2).pdf'],
      ['Documents/tab\t', 'refused', 'tab_'],
    ]);
  });

  test('too long: cut before the extension, between characters that people see', () => {
    const family = '👨‍👩‍👧‍👦';
    const long = `${'x'.repeat(240)}${family}${family}.docx`;
    const [finding] = diagnoseNames({ path: '', entries: [entry(long)] });
    expect(finding).toMatchObject({ kind: 'too-long', proposal: { do: 'rename', to: `${'x'.repeat(240)}.docx` } });
    expect(proposeName('n'.repeat(300), false, 300, new Set())).toBe('n'.repeat(255));
    expect(proposeName(`a${'\u0301'.repeat(400)}`, false, 801, new Set())).toBe('_');
    expect(proposeName(`${'é'.repeat(127)}.a`, false, 256, new Set())).toBe(`${'é'.repeat(127)}.a`);
    expect(proposeName(`${'é'.repeat(130)} .a b c d e f g h i`, true, 200, new Set())).toBe('é'.repeat(127));
  });

  test('twins: one goes up, by its exact name on Box or else the first; files and folders share names', () => {
    expect(diagnose(['a.txt', 'A.txt', 'A.TXT'])).toEqual([
      ['Documents/A.txt', 'case-twins', 'A (2).txt'],
      ['Documents/a.txt', 'case-twins', 'a (3).txt'],
    ]);
    expect(diagnose(['a.txt', 'A.txt'], ['a.txt', 'A (2).TXT'])).toEqual([
      ['Documents/A.txt', 'case-twins', 'A (3).txt'],
    ]);
    expect(diagnose([entry('v1.2', { kind: 'folder' }), 'V1.2'])).toEqual([
      ['Documents/v1.2', 'case-twins', 'v1.2 (2)'],
    ]);
    const [nfc, nfd] = ['é'.normalize('NFC'), 'é'.normalize('NFD')];
    expect(diagnose([nfc, nfd])).toEqual([[`Documents/${nfc}`, 'unicode-twins', `${nfc} (2)`]]);
  });

  test('a name that is not UTF-8 and another that reads like its stand-in', () => {
    const raw = entry('caf‛E9', { rawName: new Uint8Array([0x63, 0x61, 0x66, 0xe9]) });
    expect(diagnose([raw])).toEqual([]);
    expect(diagnose([raw, 'caf‛E9'])).toEqual([['Documents/caf‛E9', 'unicode-twins', 'caf‛E9 (2)']]);
  });
});

describe('what is no content', () => {
  test('links, loops, sockets, pipes and devices are to be skipped, and are nobody’s twin', () => {
    const odd = (['link', 'socket', 'fifo', 'device', 'unknown'] as const).map((kind) =>
      entry(kind.toUpperCase(), { kind }),
    );
    expect(diagnose([...odd, 'link'])).toEqual([
      ['Documents/DEVICE', 'special', null],
      ['Documents/FIFO', 'special', null],
      ['Documents/LINK', 'link', null],
      ['Documents/SOCKET', 'special', null],
      ['Documents/UNKNOWN', 'special', null],
    ]);
    expect(diagnose([entry('x', { kind: 'link', linkTarget: 'loop' })])).toEqual([['Documents/x', 'loop', null]]);
    const circle = { kind: 'link', problem: { code: 'local.not-regular' } } as const;
    expect(diagnose([entry('x', circle)])).toEqual([['Documents/x', 'loop', null]]);
  });

  test('what vanished or cannot be read is no matter of names', () => {
    expect(diagnose([entry('x', { kind: 'unknown', facts: null, problem: { code: 'local.missing' } })])).toEqual([]);
  });

  test('placeholders by name and size, and what has no blocks', () => {
    const sized = (name: string, sizeBytes: number, more: Partial<NamedEntry> = {}) =>
      entry(name, { facts: { sizeBytes }, ...more });
    const stubs = [sized('.a.pdf.icloud', 200), sized('a.cloud', 0), sized('b.cloudf', 0), sized('c.pdf.nextcloud', 1), sized('d.owncloud', 1)]; // prettier-ignore
    expect(diagnose(stubs).map(([, kind]) => kind)).toEqual(Array<string>(5).fill('placeholder'));
    const real = [sized('a.pdf.icloud', 200), sized('tag.cloud', 9), sized('my.nextcloud', 2), sized('.icloud', 9), sized('.x.icloud', 9000)]; // prettier-ignore
    expect(diagnose(real)).toEqual([]);
    expect(diagnose([sized('video.mov', 1e9, { isHollow: true })])).toEqual([
      ['Documents/video.mov', 'placeholder', null],
    ]);
  });

  test('where links lead', async () => {
    const root = temporaryFolder();
    mkdirSync(join(root, 'a/b'), { recursive: true });
    mkdirSync(join(root, 'other'));
    writeFileSync(join(root, 'file'), '');
    const links = {
      up: '..',
      round: 'round',
      self: '.',
      other: '../other',
      file: '../file',
      gone: '../gone',
      via: '../file/x',
    };
    for (const [name, target] of Object.entries(links)) symlinkSync(target, join(root, 'a', name));
    const look = (name: string) => lookUpLink(join(root, 'a'), { name, rawName: null });
    const targets = await Promise.all([...Object.keys(links), 'never'].map(look));
    expect(targets).toEqual(['loop', 'loop', 'loop', 'folder', 'file', 'missing', 'missing', 'missing']);
  });
});

describe('any folder', () => {
  const piece = fc.constantFrom('a', 'A', 'b', 'é', 'e\u0301', ' ', '.', '.txt', '\\', '\t', '\u007f', '(2)', ' (2)', 'ß', 'İ', 'ı', '👩‍🚀', '\ud800', '‛E9', 'x'.repeat(130), '漢'.repeat(60)); // prettier-ignore
  const name = fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join('')); // prettier-ignore
  const kind = fc.constantFrom<EntryKind>('file', 'file', 'folder', 'folder', 'link', 'socket');
  const entries = fc.uniqueArray(fc.tuple(name, kind).map(([text, of]) => entry(text, { kind: of })), { selector: ({ name: n }) => n, maxLength: 12 }); // prettier-ignore
  const onBox = fc
    .array(name, { maxLength: 4 })
    .map((names) => new Set(names.filter((n) => nameProblem(n) === undefined)));

  test('proposals are taken by Box, clash with nothing, settle all, and come out alike in any order', () => {
    fc.assert(
      fc.property(entries, onBox, fc.infiniteStream(fc.nat()), (given, box, order) => {
        const findings = diagnoseNames({ path: 'x', entries: given, onBox: box });
        const renames = new Map(
          findings.flatMap(({ path, proposal }) => (proposal.do === 'rename' ? [[path.slice(2), proposal.to]] : [])),
        );
        const keys = new Set([...given.map((e) => e.name), ...box].map(nameKey));
        for (const [from, to] of renames) {
          expect(nameProblem(to)).toBeUndefined();
          expect(keys.has(nameKey(to))).toBe(false);
          keys.add(nameKey(to));
          expect(Buffer.byteLength(to)).toBeLessThanOrEqual(Math.max(255, Buffer.byteLength(from)));
        }
        const shuffled = given.map((e) => [order.next().value, e] as const).sort(([a], [b]) => a - b).map(([, e]) => e); // prettier-ignore
        expect(diagnoseNames({ path: 'x', entries: shuffled, onBox: box })).toEqual(findings);

        const repaired = given.map((e) => ({ ...e, name: renames.get(e.name) ?? e.name }));
        const left = diagnoseNames({ path: 'x', entries: repaired, onBox: box });
        expect(left.filter(({ proposal }) => proposal.do === 'rename')).toEqual([]);

        const goingUp = repaired.filter((e) => ['file', 'folder'].includes(e.kind)).map((e) => e.name);
        expect(goingUp.map(nameProblem).filter(Boolean)).toEqual([]);
        expect(new Set(goingUp.map(nameKey)).size).toBe(goingUp.length);
      }),
      { numRuns: 500 },
    );
  });
});
