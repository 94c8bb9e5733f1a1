// The page: joins the bridge, the states and the components.
import './look/tokens.css';
import './look/base.css';
import { mount } from 'svelte';
import { z } from 'zod';
import App from './App.svelte';
import { webBridge } from './bridge.ts';
import { desktopApi, desktopBridge } from './desktop-bridge.ts';
import { Drops } from './state/drops.svelte.ts';
import { OverviewState } from './state/overview.svelte.ts';
import { Router } from './state/router.svelte.ts';
import { showIn } from './state/show.ts';
import { Session } from './state/session.svelte.ts';
import { SettingsState } from './state/settings.svelte.ts';
import { Toasts } from './state/toasts.svelte.ts';

// Compiled checks need eval, which the page's CSP forbids.
z.config({ jitless: true });

const desktop = desktopApi();
const session = new Session(desktop ? desktopBridge(desktop) : webBridge());
const app = {
  session,
  router: new Router(),
  toasts: new Toasts(),
  overview: new OverviewState(session),
  drops: new Drops(session),
  settings: new SettingsState(session),
};
session.onShow = (what) => showIn(app, what);
void session.keep();
mount(App, { target: document.getElementById('app')!, props: { app } });
