import { readFileSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { shellSettingsSchema } from '../../../shared/shell-model.ts';
import { readJson, writeJsonAtomic } from '../../platform/atomic-file.ts';

const schema = z.object({
  /** Null: signed out. Absent: nothing was ever chosen. */
  account: z.string().min(1).max(100).nullable().optional(),
  sandboxPort: z.int().min(1).max(65_535).optional(),
  settings: shellSettingsSchema.prefault({}),
});
export type ShellMemory = z.infer<typeof schema>;

/** What the shell keeps over restarts, in `shell.json` of the data folder. No secret is in it. */
export interface ShellFile {
  read(): ShellMemory;
  /** Settles when it is on the disk; changes made meanwhile are written together. */
  change(changes: Partial<ShellMemory>): Promise<void>;
  /** What happened to a file that could not be read, for the person; null as a rule. */
  notice: string | null;
}

/** The account that was chosen last, as `account` of the memory; undefined also where the file can't be read. */
export function chosenAccountId(home: string): ShellMemory['account'] {
  try {
    return schema.parse(JSON.parse(readFileSync(join(home, 'shell.json'), 'utf8'))).account;
  } catch {
    return undefined;
  }
}

/** Reads it; a file that is no longer understood is set aside, and the shell begins anew. */
export async function openShellFile(home: string): Promise<ShellFile> {
  const path = join(home, 'shell.json');
  let notice: string | null = null;
  let memory: ShellMemory;
  try {
    memory = schema.parse((await readJson(path)) ?? {});
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof z.ZodError)) throw error;
    const aside = `${path}.broken-${new Date().toISOString().replaceAll(':', '-')}`;
    await rename(path, aside);
    notice = `The settings in ${path} could not be read; they are back to what they were at first. The file is kept as ${aside}.`;
    memory = schema.parse({});
  }
  let writing = Promise.resolve();
  return {
    notice,
    read: () => memory,
    change: (changes) => {
      memory = { ...memory, ...changes };
      writing = writing.catch(() => undefined).then(() => writeJsonAtomic(path, memory));
      return writing;
    },
  };
}
