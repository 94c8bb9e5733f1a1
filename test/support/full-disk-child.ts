// Takes a dropped file into the folder of argv[2], whose disk is smaller than the file, and prints what came of it.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { receiveFile } from '../../main/app/shell/receive-file.ts';
import { CallError } from '../../shared/call-error.ts';

const folder = process.argv[2] ?? '';
const sizeBytes = 4 * 2 ** 20;
const temporary = join(folder, 'x.part');
const file = { temporary, final: join(folder, 'x'), sizeBytes, modifiedAtMs: undefined };
const bytes = Readable.from(Array.from({ length: 4 }, () => Buffer.alloc(2 ** 20)));
const error = await receiveFile(file, bytes, new AbortController().signal).catch((thrown: unknown) => thrown);
const told = error instanceof CallError ? { code: error.code, message: error.message } : String(error);
process.stdout.write(JSON.stringify({ told, left: readdirSync(folder) }));
