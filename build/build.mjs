// Builds every bundle into out/: one Vite build per module format. Run by `npm run build`.
import { chmodSync, cpSync, rmSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { build } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
// keytar is native: it is loaded from node_modules, and only where a keychain is asked for.
const external = [/^node:/, ...builtinModules, 'keytar', 'electron'];

/** The Box app of this build, where it has one: main/app/accounts/built-in-app.ts. */
const builtInApp = Object.fromEntries(
  ['BOXCAR_BUILD_CLIENT_ID', 'BOXCAR_BUILD_CLIENT_SECRET'].map((name) => [
    `process.env.${name}`,
    JSON.stringify(process.env[name] ?? ''),
  ]),
);

/** One Node bundle set: entries beside each other, so that an entry finds another by its file name. */
const nodeBundles = (entries, format, extension, target, banner) => ({
  root,
  configFile: false,
  logLevel: 'warn',
  define: builtInApp,
  ssr: { noExternal: true, target: 'node' },
  resolve: { conditions: ['node', 'import', 'default'], mainFields: ['module', 'main'] },
  build: {
    ssr: true,
    target,
    outDir: 'out/main',
    emptyOutDir: false,
    sourcemap: true,
    minify: false,
    rolldownOptions: {
      input: entries,
      external,
      output: {
        format,
        banner,
        entryFileNames: `[name].${extension}`,
        chunkFileNames: `[name]-[hash].${extension}`,
      },
    },
  },
});

rmSync(new URL('../out/main', import.meta.url), { recursive: true, force: true });
await build(
  nodeBundles(
    {
      cli: 'main/headless/index.ts',
      engine: 'main/engine/index.ts',
      'hash-worker': 'main/engine/hash/worker.ts',
      'read-worker': 'main/engine/read/worker.ts',
      'scan-worker': 'main/engine/scan/worker.ts',
      'watch-worker': 'main/app/watch/worker.ts',
      sandbox: 'main/sandbox/index.ts',
      desktop: 'main/electron/index.ts',
      'sandbox-hash-worker': 'main/sandbox/hash-worker.ts',
    },
    'es',
    'js',
    'node24',
  ),
);
// The launcher must parse on any Node that may be installed, so that it can say what is missing.
await build(
  nodeBundles({ boxcar: 'main/headless/launcher.ts' }, 'cjs', 'cjs', 'node12', '#!/usr/bin/env node\n"use strict";'),
);
chmodSync(new URL('../out/main/boxcar.cjs', import.meta.url), 0o755);

// What runs in the desktop's window before the page: a sandboxed preload is one file of CommonJS.
rmSync(new URL('../out/preload', import.meta.url), { recursive: true, force: true });
const preload = nodeBundles({ preload: 'main/electron/preload/index.ts' }, 'cjs', 'cjs', 'chrome140');
await build({ ...preload, build: { ...preload.build, outDir: 'out/preload' } });
cpSync(new URL('./tray', import.meta.url), new URL('../out/tray', import.meta.url), { recursive: true });

// The interface, for a browser tab and for the desktop's window: no inline script or style, so that the CSP can forbid them.
await build({
  root: `${root}renderer`,
  base: './',
  configFile: false,
  logLevel: 'warn',
  plugins: [svelte({ configFile: false })],
  build: {
    outDir: `${root}out/renderer`,
    emptyOutDir: true,
    sourcemap: true,
    target: 'chrome140',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
