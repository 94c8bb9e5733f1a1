// What a client of the benchmark is told, and what it answers: each runs in a process of its own, so that its CPU and memory
// are its alone.
import { z } from 'zod';

export const taskSchema = z.object({
  sandbox: z.object({ port: z.int(), token: z.string() }),
  /** The file, or the folder of folders of files. */
  path: z.string(),
  /** The folder on Box that it goes into: empty, and another for each run. */
  folderId: z.string(),
  /** An empty folder for what the client keeps. */
  home: z.string(),
  /** The folder of the built bundles. */
  bundles: z.string(),
});
export type Task = z.infer<typeof taskSchema>;

export const delaySchema = z.object({ p50: z.number(), p99: z.number(), p999: z.number(), max: z.number() });

export const answerSchema = z.discriminatedUnion('event', [
  /** The clock starts; these processes are the client. */
  z.object({ event: z.literal('started'), pids: z.array(z.int()) }),
  z.object({
    event: z.literal('result'),
    wallMs: z.number(),
    cpuMs: z.number(),
    /** Boxcar alone tells these. */
    delays: z.object({ app: delaySchema, engine: delaySchema }).optional(),
    enginePeakRssBytes: z.number().optional(),
  }),
]);
export type Answer = z.infer<typeof answerSchema>;
export type Result = Extract<Answer, { event: 'result' }>;

/** The addresses of a sandbox, as BOXCAR_API_URL and its like name them. */
export function endpointsOf({ port }: Task['sandbox']) {
  const origin = `http://127.0.0.1:${port}`;
  return {
    origin,
    api: `${origin}/2.0`,
    upload: `${origin}/api/2.0`,
    auth: `${origin}/oauth2`,
    authorize: `${origin}/api/oauth2/authorize`,
  };
}

/** In a client: its task, from the command line. */
export function readTask(): Task {
  return taskSchema.parse(JSON.parse(process.argv[2] ?? ''));
}

/** In a client: tells the benchmark. Resolves when it has been handed over, so that the process may end. */
export function tell(answer: Answer): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.(answer, (error: Error | null) => (error ? reject(error) : resolve()));
  });
}

/** In a client without other processes: runs the work between two readings of the clock and of the process's CPU. */
export async function measured(work: () => Promise<void> | void): Promise<void> {
  await tell({ event: 'started', pids: [process.pid] });
  const cpu = process.cpuUsage();
  const begun = performance.now();
  await work();
  const wallMs = performance.now() - begun;
  const { user, system } = process.cpuUsage(cpu);
  await tell({ event: 'result', wallMs, cpuMs: (user + system) / 1000 });
  process.disconnect();
}
