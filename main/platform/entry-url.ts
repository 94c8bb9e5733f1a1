/** The processes and worker threads of Boxcar: the name of the built bundle, and the source that stands for it unbuilt. */
const entries = {
  engine: '../engine/index.ts',
  'hash-worker': '../engine/hash/worker.ts',
  'read-worker': '../engine/read/worker.ts',
  'scan-worker': '../engine/scan/worker.ts',
  'watch-worker': '../app/watch/worker.ts',
  sandbox: '../sandbox/index.ts',
} as const;

/**
 * Where the code of another process or worker lies. All bundles are built into one folder, so a built caller finds it
 * beside itself; run from source (tests, scripts on Node 24) it is the TypeScript file.
 */
export function entryUrl(name: keyof typeof entries): URL {
  return import.meta.url.endsWith('.ts')
    ? new URL(entries[name], import.meta.url)
    : new URL(`./${name}.js`, import.meta.url);
}
