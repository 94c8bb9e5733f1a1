import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { app, dialog, Menu, nativeTheme, session, shell as system, type BrowserWindow } from 'electron';
import type { Link } from '../../shared/link.ts';
import type { Show } from '../../shared/page-contract.ts';
import type { ShellSettings } from '../../shared/shell-model.ts';
import { endpointsFrom } from '../app/endpoints.ts';
import { openShell } from '../app/shell/open-shell.ts';
import { servePage } from '../app/shell/page.ts';
import type { Shell } from '../app/shell/shell.ts';
import { archivesAsFiles } from '../platform/archives.ts';
import { trustSystemCertificates } from '../platform/certificates.ts';
import { openDataFolder } from '../platform/data-folder.ts';
import { entryUrl } from '../platform/entry-url.ts';
import { logFolder, openLog, type Log } from '../platform/log.ts';
import { sleep } from '../platform/wait.ts';
import { desktopAbilities } from './desktop-abilities.ts';
import { forkUtility } from './fork-utility.ts';
import { readLink, type HandedOver, type Launch } from './launch.ts';
import { guardContents, guardSession, mayOpenOutside, maySignInAt } from './page/guards.ts';
import { PageShows } from './page/page-shows.ts';
import { servePagePorts } from './page/ports.ts';
import { answerFromFolder } from './page/renderer-files.ts';
import { startSurroundings, type Surroundings } from './surroundings.ts';
import { wasStartedByLogin } from './system/autostart.ts';
import { menuTemplate, type MenuActions } from './system/menu.ts';
import { firstProxy } from './system/system-proxy.ts';
import { hasTrayHost } from './system/tray-host.ts';
import { wordsIn, type Words } from './text/words.ts';
import { howToOpen, putAway, whatCloseDoes } from './window/closing.ts';
import { bringUp, openMainWindow } from './window/main-window.ts';

/** The engine gets so long to stop, and half as much again before it is killed: two seconds in all. */
const quitGraceMs = 1300;
const quitWithinMs = 2000;

/** The desktop app: joins the window, the shell behind it and what stands around it. Wires and decides nothing. */
export class Desktop {
  readonly #asked: { home: string; launch: Launch };
  readonly #shows = new PageShows();
  readonly #shell = Promise.withResolvers<Shell>();
  #window: BrowserWindow | undefined;
  #keepWindow: (() => Promise<void>) | undefined;
  #log: Log | undefined;
  #opened: Shell | undefined;
  #around: Surroundings | undefined;
  #hasTray = false;
  #quitting: Promise<void> | undefined;
  #hasEnded = false;

  constructor(asked: { home: string; launch: Launch }) {
    this.#asked = asked;
    this.#shell.promise.catch(() => undefined);
  }

  start(): void {
    app.on('before-quit', (event) => {
      if (this.#hasEnded) return;
      event.preventDefault();
      void this.#quit();
    });
    app.on('web-contents-created', (_event, contents) => guardContents(contents, (url) => this.#openOutside(url)));
    app.on('activate', () => this.#bringUp());
    // There is one window, and closing it is decided there.
    app.on('window-all-closed', () => undefined);
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => app.quit());
    app
      .whenReady()
      .then(() => this.#run())
      .catch((error: unknown) => this.#fail(error));
  }

  /** Something was handed over by the system, a link or another start; undefined for what wasn't understood. */
  handOver(given: HandedOver | undefined): void {
    this.#bringUp();
    const target = given?.link ? readLink(given.link) : null;
    if (target) this.#shows.add({ kind: 'target', target });
    if (given && given.paths.length > 0) void this.#showPaths(given.paths);
  }

  async #run(): Promise<void> {
    const { launch } = this.#asked;
    const home = await openDataFolder(this.#asked.home);
    this.#log = openLog({ home, name: 'desktop', level: 'info' });
    const { logger } = this.#log;
    const renderer = fileURLToPath(new URL('../renderer', import.meta.url));
    guardSession(session.defaultSession);
    session.defaultSession.protocol.handle('app', (request) => answerFromFolder(request, renderer));
    servePagePorts({
      contents: () => (this.#window?.isDestroyed() ? undefined : this.#window?.webContents),
      serve: (link) => void this.#serve(link),
      takePaths: (paths) => this.#placesOf(paths),
      logger,
    });
    this.#setMenu();
    const looked = hasTrayHost().then((has) => (this.#hasTray = has));
    const hidden = launch.hidden || wasStartedByLogin();
    if (hidden) await looked;
    const { window, shown, keep } = await openMainWindow({
      preload: fileURLToPath(new URL('../preload/preload.cjs', import.meta.url)),
      stateFile: join(home, 'window.json'),
      open: howToOpen(hidden, this.#hasTray),
      onClose: (closing, event) => this.#onClose(closing, event),
      logger,
    });
    this.#window = window;
    this.#keepWindow = keep;
    // The page shows that it waits; the ledger is read behind it.
    await shown;
    for (const failure of trustSystemCertificates(process.env))
      logger.warn({ failure }, 'not all certificates are trusted');
    const endpoints = endpointsFrom(process.env);
    const shell = await openShell({
      kind: 'desktop',
      home,
      opening: {
        endpoints,
        env: process.env,
        logLevel: 'info',
        fork: forkUtility,
        proxyFor: async (url) => firstProxy(await session.defaultSession.resolveProxy(url)),
      },
      sandbox: { entry: entryUrl('sandbox') },
      logger,
      desktop: desktopAbilities(() => this.#window),
      openBrowser: (url) => {
        if (maySignInAt(url, endpoints.authorize)) this.#openInBrowser(url);
      },
    });
    this.#opened = shell;
    if (this.#quitting) return shell.close(0);
    this.#shell.resolve(shell);
    this.#handOverFirst(launch);
    await looked;
    this.#around = startSurroundings({
      shell,
      window,
      hasTray: this.#hasTray,
      words: () => this.#words(),
      show: (what) => this.#show(what),
      quit: () => app.quit(),
      onSettings: (settings) => this.#onSettings(settings),
    });
  }

  #handOverFirst({ paths, target }: Launch): void {
    if (target) this.#shows.add({ kind: 'target', target });
    if (paths.length > 0) void this.#showPaths(paths);
  }

  /** The page may ask before the shell is open: it waits. */
  async #serve(link: Link): Promise<void> {
    try {
      const shell = await this.#shell.promise;
      let page: ((what: Show) => Promise<void>) | undefined;
      await servePage({
        link,
        shell,
        onOpen: (show) => {
          page = show;
          this.#shows.attach(show);
        },
      });
      if (page) this.#shows.detach(page);
    } catch {
      link.close();
    }
  }

  async #placesOf(paths: readonly string[]): Promise<{ place: string; path: string }[]> {
    const { places } = await this.#shell.promise;
    return paths.map((path) => ({ place: places.of(path), path }));
  }

  async #showPaths(paths: readonly string[]): Promise<void> {
    const found = await Promise.all(paths.map((path) => archivesAsFiles(() => lstat(path)).then(() => [path], () => []))); // prettier-ignore
    const places = await this.#placesOf(found.flat()).catch(() => []);
    if (places.length > 0) this.#shows.add({ kind: 'places', places });
  }

  #show(what: Show | null): void {
    this.#bringUp();
    if (what) this.#shows.add(what);
  }

  #bringUp(): void {
    if (this.#window && !this.#window.isDestroyed()) bringUp(this.#window);
  }

  #onClose(window: BrowserWindow, event: { preventDefault(): void }): void {
    const does = whatCloseDoes({
      onClose: this.#opened?.settings().onClose,
      hasTray: this.#hasTray,
      isQuitting: this.#quitting !== undefined,
      platform: process.platform,
    });
    if (does === 'close') return;
    event.preventDefault();
    if (does === 'hide') putAway(window, process.platform);
    else if (does === 'minimise') window.minimize();
    else app.quit();
  }

  #words(): Words {
    return wordsIn(this.#opened?.settings().language ?? 'system', app.getPreferredSystemLanguages());
  }

  #onSettings({ theme }: ShellSettings): void {
    nativeTheme.themeSource = theme;
    this.#setMenu();
  }

  #setMenu(): void {
    const actions: MenuActions = {
      show: (what) => this.#show(what),
      upload: (what) => void this.#chooseAndShow(what),
      openOutside: (url) => this.#openOutside(url),
      showLogs: () => void system.openPath(logFolder(this.#asked.home)),
      quit: () => app.quit(),
    };
    Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(this.#words(), process.platform, actions)));
  }

  async #chooseAndShow(what: 'folder' | 'files'): Promise<void> {
    const paths = await desktopAbilities(() => this.#window).choose(what);
    if (paths) await this.#showPaths(paths);
  }

  #openOutside(url: string): void {
    if (mayOpenOutside(url)) this.#openInBrowser(url);
  }

  /** Where there is none the sign-in's page has the address to copy. */
  #openInBrowser(url: string): void {
    system.openExternal(url).catch((error: unknown) => {
      this.#log?.logger.warn({ err: error }, 'no browser could be opened');
    });
  }

  /** Ends all within two seconds, keeping what is resumable. */
  #quit(): Promise<void> {
    this.#quitting ??= (async () => {
      this.#around?.close();
      // The process ends before a write that its last event begins.
      const kept = this.#keepWindow?.();
      this.#window?.hide();
      const late = new AbortController();
      await Promise.race([
        Promise.allSettled([this.#opened?.close(quitGraceMs), kept]),
        sleep(quitWithinMs, late.signal).catch(() => undefined),
      ]);
      late.abort();
      this.#log?.close();
      this.#hasEnded = true;
      app.quit();
    })();
    return this.#quitting;
  }

  #fail(error: unknown): void {
    this.#log?.logger.fatal({ err: error }, 'the desktop app could not start');
    dialog.showErrorBox('Boxcar', error instanceof Error ? error.message : String(error));
    this.#hasEnded = true;
    app.exit(1);
  }
}
