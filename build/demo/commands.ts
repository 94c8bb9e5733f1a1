import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const cli = fileURLToPath(new URL('../../out/main/boxcar.cjs', import.meta.url));

const eventSchema = z.looseObject({ event: z.string() });
export type Event = z.infer<typeof eventSchema>;

const readySchema = z.looseObject({
  event: z.literal('ready'),
  port: z.int(),
  api: z.string(),
  upload: z.string(),
  auth: z.string(),
  authorize: z.string(),
  token: z.string(),
});
export type Ready = z.infer<typeof readySchema>;

const versionsSchema = z.object({ entries: z.array(z.unknown()) });

/** A command under way, by the JSON lines that it prints. */
export interface Running {
  pid: number;
  /** The next event of a name; rejects when the command ends before. */
  next(event: string): Promise<Event>;
  /** The events of a name so far. */
  all(event: string): Event[];
  /** Its exit code, or null when it was killed. */
  ended: Promise<number | null>;
}

/** The built `boxcar`, as a person starts it, on one data folder and one sandbox. */
export class Commands {
  readonly home: string;
  readonly #children = new Set<ChildProcess>();
  #ready: Ready | undefined;

  constructor(home: string) {
    this.home = home;
  }

  get box(): Ready {
    if (!this.#ready) throw new Error('the sandbox is not there yet');
    return this.#ready;
  }

  async startSandbox(root: string): Promise<Ready> {
    const ready = await this.#spawn(['sandbox', '--root', root, '--json']).next('ready');
    this.#ready = readySchema.parse(ready);
    return this.#ready;
  }

  start(args: readonly string[]): Running {
    return this.#spawn([...args, '--home', this.home, '--json']);
  }

  /** Runs a short command to its end; rejects unless its exit code is 0. */
  async run(args: readonly string[]): Promise<Event[]> {
    const events: Event[] = [];
    const exitCode = await this.#spawn([...args, '--home', this.home, '--json'], (event) => events.push(event)).ended;
    if (exitCode !== 0) throw new Error(`boxcar ${args.join(' ')} ended with exit code ${exitCode}`);
    return events;
  }

  /** How many versions before the present one the other side keeps of a file. */
  async earlierVersions(fileId: string): Promise<number> {
    const answer = await fetch(`${this.box.api}/files/${fileId}/versions`, {
      headers: { authorization: `Bearer ${this.box.token}` },
      signal: AbortSignal.timeout(10_000),
    });
    return versionsSchema.parse(await answer.json()).entries.length;
  }

  /** The last resort, and the end: nothing that was started here stays. */
  killAll(): void {
    for (const child of this.#children) child.kill('SIGKILL');
  }

  #spawn(args: readonly string[], onEvent: (event: Event) => void = () => undefined): Running {
    const child = spawn(process.execPath, [cli, ...args], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, ...this.#environment() },
    });
    this.#children.add(child);
    const seen: Event[] = [];
    const waiting: { name: string; resolve: (event: Event) => void; reject: (error: Error) => void }[] = [];
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      // After 'close' every line has been read.
      child.once('close', (code) => resolve(code));
    }).finally(() => {
      this.#children.delete(child);
      for (const { name, reject } of waiting) reject(new Error(`boxcar ${args[0]} ended before "${name}"`));
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      const event = eventSchema.parse(JSON.parse(line));
      seen.push(event);
      onEvent(event);
      for (const one of waiting.filter(({ name }) => name === event.event)) {
        waiting.splice(waiting.indexOf(one), 1);
        one.resolve(event);
      }
    });
    return {
      pid: child.pid ?? 0,
      next: (name) => new Promise((resolve, reject) => waiting.push({ name, resolve, reject })),
      all: (name) => seen.filter(({ event }) => event === name),
      ended,
    };
  }

  #environment(): NodeJS.ProcessEnv {
    if (!this.#ready) return {};
    const { api, upload, auth, authorize, token } = this.#ready;
    return {
      BOXCAR_API_URL: api,
      BOXCAR_UPLOAD_URL: upload,
      BOXCAR_AUTH_URL: auth,
      BOXCAR_AUTHORIZE_URL: authorize,
      BOXCAR_TOKEN: token,
    };
  }
}
