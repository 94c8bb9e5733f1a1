import { expect, test } from 'vitest';
import { receiptsCsv } from '../../renderer/state/receipts.svelte.ts';
import type { Receipt } from '../../shared/model.ts';

const receipt: Receipt = {
  id: 1,
  jobId: 1,
  pairId: null,
  path: '/home/a/b.txt',
  sizeBytes: 3,
  sha1: 'a9993e364706816aba3e25717850c26c9cd0d89d',
  boxSha1: 'a9993e364706816aba3e25717850c26c9cd0d89d',
  fileId: '11',
  versionId: null,
  etag: '0',
  how: 'sent',
  sentBytes: 3,
  at: Date.UTC(2026, 0, 2, 3, 4, 5),
};

const rowsOf = (csv: string) => csv.split('\r\n').slice(1, -1);

test('a receipt is a line of CSV with its time in ISO 8601', () => {
  expect(rowsOf(receiptsCsv([receipt]))).toEqual([
    `2026-01-02T03:04:05.000Z,/home/a/b.txt,3,${receipt.sha1},${receipt.sha1},11,,sent,3`,
  ]);
});

test('commas, quotes and line breaks in a path stay in their cell', () => {
  const [row] = rowsOf(receiptsCsv([{ ...receipt, path: '/a,"b"' }]));
  expect(row).toContain('"/a,""b"""');
});

test('a path that a spreadsheet would compute is kept as text', () => {
  const [row] = rowsOf(receiptsCsv([{ ...receipt, path: '=1+1' }]));
  expect(row).toContain(",'=1+1,");
});
