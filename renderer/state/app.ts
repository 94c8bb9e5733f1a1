import { getContext, setContext } from 'svelte';
import type { Drops } from './drops.svelte.ts';
import type { OverviewState } from './overview.svelte.ts';
import type { Router } from './router.svelte.ts';
import type { Session } from './session.svelte.ts';
import type { SettingsState } from './settings.svelte.ts';
import type { Toasts } from './toasts.svelte.ts';

/** What every component may need; handed down by Svelte's context. */
export interface App {
  session: Session;
  router: Router;
  toasts: Toasts;
  overview: OverviewState;
  drops: Drops;
  settings: SettingsState;
}

const key = Symbol('app');

export function provideApp(app: App): App {
  return setContext(key, app);
}

/** To be called while a component is being made. */
export function useApp(): App {
  return getContext<App>(key);
}
