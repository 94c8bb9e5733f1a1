import type { Component } from 'svelte';
import { render } from 'vitest-browser-svelte';
import '../../renderer/look/base.css';
import '../../renderer/look/tokens.css';
import Toasts from '../../renderer/frame/Toasts.svelte';
import Folders from '../../renderer/screens/folders/Folders.svelte';
import { provideApp, type App } from '../../renderer/state/app.ts';

/** Shows the Folders screen over a state, and the toasts beside it. */
export async function showFolders(app: App) {
  const within = (Part: typeof Folders) =>
    ((anchor: never) => {
      provideApp(app);
      return Part(anchor, {});
    }) as unknown as Component;
  await render(within(Toasts));
  return render(within(Folders));
}
