import { z } from 'zod';
import { engineSettingsSchema, type EngineSettings } from '../../../shared/settings.ts';
import type { Database } from './database.ts';

const pauseSchema = z.object({ startedAt: z.number(), lengthMs: z.number().positive().nullable() });
/** A pause of everything, as it is kept: a start and a length. */
export type StoredPause = z.infer<typeof pauseSchema>;

/** What people set for everything together. Every method that writes is called within a transaction. */
export class SettingsStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** What is not set, or was set by a Boxcar with other limits, is as usual. */
  get(): EngineSettings {
    const stored = engineSettingsSchema.safeParse(this.#read('settings') ?? {});
    return stored.success ? stored.data : engineSettingsSchema.parse({});
  }

  set(settings: EngineSettings): void {
    this.#write('settings', settings);
  }

  pause(): StoredPause | null {
    return pauseSchema.safeParse(this.#read('pause')).data ?? null;
  }

  setPause(pause: StoredPause | null): void {
    if (pause) this.#write('pause', pause);
    else this.#db.run("DELETE FROM meta WHERE key = 'pause'");
  }

  #read(key: string): unknown {
    const value = this.#db.get('SELECT value FROM meta WHERE key = ?', key)?.['value'];
    return typeof value === 'string' ? JSON.parse(value) : undefined;
  }

  #write(key: string, value: object): void {
    this.#db.run(
      'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
      key,
      JSON.stringify(value),
    );
  }
}
