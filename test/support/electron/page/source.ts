import { cloneCodec } from '../clone-codec.ts';
import { pageWorld, preloadWorld, webviewWorld, type PreloadOptions } from './worlds.ts';

/** "nodeIntegrationInSubFrames: … all your preloads will load for every iframe": without it in the top frame alone. */
const inFrames = (script: string, subFrames: boolean) =>
  subFrames ? script : `if (window === window.top) { ${script} }`;

export function pageWorldSource({ secret, subFrames }: PreloadOptions): string {
  return inFrames(`(${pageWorld.toString()})(${JSON.stringify(secret)});`, subFrames);
}

export function webviewSource(binding: string): string {
  return `(${webviewWorld.toString()})(${JSON.stringify(binding)});`;
}

/**
 * The preload's bundle in its world. "The preload script … will be loaded before other scripts run in the page."
 * @param preload its text: CommonJS.
 */
export function preloadSource(options: PreloadOptions, preload: string): string {
  return inFrames(
    `(() => {
    const world = (${preloadWorld.toString()})(${JSON.stringify(options)}, (${cloneCodec.toString()})());
    Object.defineProperty(globalThis, ${JSON.stringify(options.secret)}, { value: world.receive });
    const module = { exports: {} };
    (function (exports, require, module, process) {${preload}
    })(module.exports, world.require, module, world.process);
  })();`,
    options.subFrames,
  );
}
