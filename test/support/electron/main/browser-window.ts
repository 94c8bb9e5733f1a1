import { EventEmitter } from 'node:events';
import { modelled, onlyOptions, UnmodelledError } from '../unmodelled.ts';
import { appState } from './app.ts';
import type { CdpTarget } from './cdp.ts';
import { browser } from './chromium.ts';
import { systemSees } from './control.ts';
import { WebContentsModel } from './web-contents.ts';

type Bounds = { x: number; y: number; width: number; height: number };
type Options = Electron.BrowserWindowConstructorOptions;

const options = [
  'x', 'y', 'width', 'height', 'minWidth', 'minHeight', 'show', 'title', 'backgroundColor', 'autoHideMenuBar', 'icon', 'webPreferences',
]; // prettier-ignore
const preferences = [
  'preload', 'contextIsolation', 'sandbox', 'webSecurity', 'nodeIntegration', 'nodeIntegrationInWorker', 'nodeIntegrationInSubFrames',
  'webviewTag', 'allowRunningInsecureContent', 'experimentalFeatures', 'navigateOnDragDrop', 'spellcheck',
]; // prettier-ignore
const all = new Set<object>();

/** A window: one of headless Chromium's own, whose state is Chromium's. */
export class BrowserWindowModel extends EventEmitter {
  readonly webContents: WebContentsModel;
  /** What the app holds. */
  readonly shown: this;
  readonly #handle: Promise<{ root: CdpTarget; windowId: number; targetId: string }>;
  #bounds: Bounds;
  #state: 'normal' | 'minimized' | 'maximized' = 'normal';
  #isVisible: boolean;
  #isFocused = false;
  #isPainted = false;
  #isDestroyed = false;
  #applied: Promise<unknown> = Promise.resolve();

  constructor(given: Options = {}) {
    super();
    if (!appState.isReady()) throw new Error('Cannot create BrowserWindow before app is ready');
    onlyOptions('a BrowserWindow', given, options);
    const { x = 40, y = 40, width = 800, height = 600, show = true, webPreferences = {} } = given;
    onlyOptions('webPreferences', webPreferences, preferences);
    const off = ['nodeIntegrationInWorker', 'allowRunningInsecureContent', 'experimentalFeatures', 'navigateOnDragDrop', 'spellcheck'] as const; // prettier-ignore
    for (const name of off) if (webPreferences[name]) throw new UnmodelledError(`webPreferences with ${name} on`);
    this.#bounds = { x, y, width, height };
    this.#isVisible = show;
    // "setting nodeIntegration: true disables the sandbox for the process"; "Enables full sandbox mode …
    // all renderers will be launched sandboxed, regardless of the value of the sandbox flag in webPreferences".
    const {
      contextIsolation = true,
      nodeIntegration = false,
      sandbox = !nodeIntegration,
      webSecurity = true,
    } = webPreferences;
    const contents = new WebContentsModel({
      preload: webPreferences.preload,
      isolated: contextIsolation,
      sandboxed: sandbox || appState.allSandboxed(),
      nodeIntegration,
      subFrames: webPreferences.nodeIntegrationInSubFrames ?? false,
      webviewTag: webPreferences.webviewTag ?? false,
    });
    this.webContents = modelled('WebContents', contents);
    contents.shown = this.webContents;
    this.#handle = this.#open(contents, webSecurity);
    this.#handle.catch((error: unknown) => contents.fail(error));
    const painted = () => {
      if (this.#isPainted) return;
      this.#isPainted = true;
      this.#apply();
      // "Emitted when the web page has been rendered (while not being shown) and window can be displayed without a visual flash."
      this.emit('ready-to-show');
    };
    contents.on('stand-in-painted', painted);
    contents.on('did-finish-load', painted);
    this.shown = modelled('BrowserWindow', this);
    all.add(this.shown);
    // "Emitted when a new webContents is created."
    appState.created(this.webContents);
    if (show) this.#focus();
  }

  static getAllWindows(): object[] {
    return [...all];
  }

  static getFocusedWindow(): object | null {
    return [...all].find((window) => (window as BrowserWindowModel).isFocused()) ?? null;
  }

  loadURL(url: string): Promise<void> {
    return this.webContents.loadURL(url);
  }
  reload(): void {
    this.webContents.reload();
  }

  show(): void {
    this.#isVisible = true;
    this.#focus();
    this.#apply();
    this.emit('show');
  }
  showInactive(): void {
    this.#isVisible = true;
    this.#apply();
    this.emit('show');
  }
  hide(): void {
    this.#isVisible = false;
    this.blur();
    this.#apply();
    this.emit('hide');
  }
  minimize(): void {
    this.#isVisible = true;
    this.#state = 'minimized';
    this.blur();
    this.#apply();
    this.emit('minimize');
  }
  /** "Restores the window from minimized state to its previous state." */
  restore(): void {
    this.#state = 'normal';
    this.#isVisible = true;
    this.#apply();
    this.emit('restore');
  }
  maximize(): void {
    this.#state = 'maximized';
    // "Maximizes the window. This will also show (but not focus) the window if it isn't being displayed already."
    this.#isVisible = true;
    this.#apply();
    this.emit('maximize');
  }
  unmaximize(): void {
    this.#state = 'normal';
    this.#apply();
    this.emit('unmaximize');
  }
  focus(): void {
    if (this.#isVisible) this.#focus();
  }
  blur(): void {
    if (!this.#isFocused) return;
    this.#isFocused = false;
    this.emit('blur');
  }
  isVisible(): boolean {
    return this.#isVisible && this.#state !== 'minimized';
  }
  isMinimized(): boolean {
    return this.#state === 'minimized';
  }
  isMaximized(): boolean {
    return this.#state === 'maximized';
  }
  isFullScreen(): boolean {
    return false;
  }
  isFocused(): boolean {
    return this.#isFocused;
  }
  isDestroyed(): boolean {
    return this.#isDestroyed;
  }
  setBounds(bounds: Partial<Bounds>): void {
    this.#bounds = { ...this.#bounds, ...bounds };
    this.#apply();
    this.emit('resize');
    this.emit('move');
  }
  getBounds(): Bounds {
    return { ...this.#bounds };
  }
  /** "Contains the window bounds of the normal state". */
  getNormalBounds(): Bounds {
    return { ...this.#bounds };
  }
  setTitle(title: string): void {
    systemSees('title', { title });
  }
  setProgressBar(progress: number, { mode = 'normal' }: { mode?: string } = {}): void {
    systemSees('progress', { progress, mode });
  }
  flashFrame(flag: boolean): void {
    systemSees('flash', { flag });
  }
  setBackgroundColor(): void {
    // The colour behind a page can't be seen in a headless window.
  }

  /** "Try to close the window. This has the same effect as a user manually clicking the close button of the window." */
  close(): void {
    let prevented = false;
    this.emit('close', { preventDefault: () => (prevented = true) });
    if (!prevented) this.destroy();
  }

  /** "Force closing the window, the unload and beforeunload event won't be emitted …, and close event will also not be emitted". */
  destroy(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    all.delete(this.shown);
    this.webContents.destroy();
    void this.#handle
      .then(({ root, targetId }) => root.send('Target.closeTarget', { targetId }))
      .catch(() => undefined);
    this.emit('closed');
    if (all.size === 0) appState.allClosed();
  }

  async #open(contents: WebContentsModel, webSecurity: boolean) {
    const cdp = await browser(appState.userData(), webSecurity);
    const root = cdp.target();
    const { x: left, y: top, width, height } = this.#bounds;
    const made = { url: 'about:blank', newWindow: true, left, top, width, height };
    const { targetId } = await root.send('Target.createTarget', made);
    const { sessionId } = await root.send('Target.attachToTarget', { targetId, flatten: true });
    await contents.attach(cdp, sessionId, targetId);
    const { windowId } = await root.send('Browser.getWindowForTarget', { targetId });
    return { root, windowId, targetId };
  }

  #focus(): void {
    if (this.#isFocused) return;
    this.#isFocused = true;
    this.emit('focus');
  }

  /** Has Chromium's window be as this one; a hidden one is minimised there. Until it was painted it has to be drawn. */
  #apply(): void {
    if (!this.#isPainted) return;
    const windowState = this.#isVisible ? this.#state : 'minimized';
    const { x: left, y: top, width, height } = this.#bounds;
    this.#applied = this.#applied
      .then(async () => {
        const { root, windowId } = await this.#handle;
        const set = (bounds: object) => root.send('Browser.setWindowBounds', { windowId, bounds });
        await set({ windowState: 'normal' });
        await set({ left, top, width, height });
        if (windowState !== 'normal') await set({ windowState });
      })
      .catch(() => undefined);
  }
}

/** `new BrowserWindow` gives what the app holds. */
export const BrowserWindow = modelled(
  'BrowserWindow',
  new Proxy(BrowserWindowModel, {
    construct: (Model, [given]: [Options?]) => new Model(given).shown,
  }),
);

type Modelled = Omit<BrowserWindowModel, keyof EventEmitter | 'webContents' | 'shown'>;
const fits: Partial<Electron.BrowserWindow> = null as unknown as Modelled;
void fits;
