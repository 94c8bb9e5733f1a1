import { EventEmitter } from 'node:events';
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { toInside, toOutside } from '../address.ts';
import { preloadSource, pageWorldSource, webviewSource } from '../page/source.ts';
import type { FromPage, SyncCall, ToPage } from '../page/worlds.ts';
import { modelled } from '../unmodelled.ts';
import type { Cdp, CdpTarget } from './cdp.ts';
import { frameOf, FrameModel } from './frame.ts';
import { deliver } from './ipc-main.ts';
import { answerRequest } from './protocol.ts';
import { applyPermissions, session } from './session.ts';
import type { Attached } from './chromium.ts';

export interface Preferences {
  preload: string | undefined;
  isolated: boolean;
  sandboxed: boolean;
  nodeIntegration: boolean;
  subFrames: boolean;
  webviewTag: boolean;
}

/** What Chromium tells of a request that it has stopped at. */
interface Paused {
  requestId: string;
  request: { url: string; method: string; headers: Record<string, string> };
  resourceType: string;
  frameId: string;
  redirectedRequestId?: string;
}

type OpenHandler = (details: { url: string }) => { action: 'deny' | 'allow' };

const world = 'Electron Isolated Context';
let lastId = 0;

/** The page of a window: a target of Chromium. */
export class WebContentsModel extends EventEmitter {
  readonly id = (lastId += 1);
  readonly session = session.defaultSession;
  /** What IPC events carry as their sender. */
  shown: unknown = this;
  readonly #preferences: Preferences;
  readonly #secret = `stand-in-${randomUUID()}`;
  readonly #ready = Promise.withResolvers<{ target: CdpTarget; browser: CdpTarget }>();
  readonly #frames = new Map<number, FrameModel>();
  #targetId = '';
  #mainFrameId = '';
  /** Addresses of windows that the page has asked for and that aren't there yet. */
  readonly #opening: string[] = [];
  readonly #frameUrls = new Map<string, string>();
  #url = '';
  /** Where the app itself has it go: that is no navigation of the page's. */
  #own: string | undefined;
  #openHandler: OpenHandler | undefined;
  #isDestroyed = false;

  constructor(preferences: Preferences) {
    super();
    this.#preferences = preferences;
    this.#ready.promise.catch(() => undefined);
  }

  getURL(): string {
    return toOutside(this.#url);
  }

  isDestroyed(): boolean {
    return this.#isDestroyed;
  }

  /** "Called before creating a window when a new window is requested by the renderer". */
  setWindowOpenHandler(handler: OpenHandler): void {
    this.#openHandler = handler;
  }

  async loadURL(url: string): Promise<void> {
    const { target, browser } = await this.#ready.promise;
    const inside = toInside(url);
    await applyPermissions(browser, this.shown, new URL(inside).origin);
    this.#own = inside;
    const loaded = new Promise((resolve) => this.once('did-finish-load', resolve));
    const { errorText } = await target.send('Page.navigate', { url: inside });
    if (errorText) throw new Error(`${errorText} loading '${url}'`);
    await loaded;
  }

  reload(): void {
    void this.#ready.promise.then(({ target }) => {
      this.#own = this.#url;
      return target.send('Page.reload');
    });
  }

  /** "Evaluates code in page." */
  async executeJavaScript(code: string): Promise<unknown> {
    const { target } = await this.#ready.promise;
    const { result } = await target.send('Runtime.evaluate', {
      expression: code,
      awaitPromise: true,
      returnByValue: true,
    });
    return result.value;
  }

  /** "Forcefully terminates the renderer process that is currently hosting this webContents. This will cause the render-process-gone event to be emitted". */
  forcefullyCrashRenderer(): void {
    void this.#ready.promise.then(({ target }) => target.send('Page.crash').catch(() => undefined));
  }

  send(channel: string, ...args: unknown[]): void {
    [...this.#frames.values()].at(-1)?.send(channel, ...args);
  }

  /** Takes over the target that was made for it. */
  async attach(cdp: Cdp, sessionId: string, targetId: string): Promise<void> {
    this.#targetId = targetId;
    const [target, browser] = [cdp.target(sessionId), cdp.target()];
    const { isolated, preload, webviewTag } = this.#preferences;
    const worldName = isolated ? world : '';
    const binding = `${this.#secret}-send`;
    this.#listen(cdp, target, worldName, binding);
    const { frameTree } = await target.send('Page.getFrameTree');
    this.#mainFrameId = frameTree.frame.id;
    await Promise.all([
      target.send('Page.enable'),
      target.send('Page.setLifecycleEventsEnabled', { enabled: true }),
      target.send('Runtime.enable'),
      target.send('Inspector.enable'),
      target.send('DOM.enable'),
      target.send('Debugger.enable'),
      // Before a request leaves: navigations of any kind, and all that is asked of the app's own schemes.
      target.send('Fetch.enable', {
        patterns: [{ urlPattern: '*', resourceType: 'Document' }, { urlPattern: 'https://*.invalid/*' }],
      }),
      target.send('Runtime.addBinding', isolated ? { name: binding, executionContextName: world } : { name: binding }),
    ]);
    const options = { ...this.#preferences, secret: this.#secret, binding };
    await target.send('Page.addScriptToEvaluateOnNewDocument', { source: pageWorldSource(options) });
    if (preload !== undefined) {
      const source = preloadSource(options, readFileSync(preload, 'utf8'));
      await target.send('Page.addScriptToEvaluateOnNewDocument', isolated ? { source, worldName } : { source });
    }
    if (webviewTag) {
      await target.send('Runtime.addBinding', { name: `${this.#secret}-webview` });
      await target.send('Page.addScriptToEvaluateOnNewDocument', { source: webviewSource(`${this.#secret}-webview`) });
    }
    this.#ready.resolve({ target, browser });
  }

  fail(error: unknown): void {
    this.#ready.reject(error);
  }

  destroy(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    this.#endFrames();
    this.emit('destroyed');
  }

  #listen(cdp: Cdp, target: CdpTarget, worldName: string, binding: string): void {
    target.on<{ context: { id: number; name: string; origin: string; auxData: { frameId: string } } }>(
      'Runtime.executionContextCreated',
      ({ context: { id, name, origin, auxData } }) => {
        const isTop = auxData.frameId === this.#mainFrameId;
        if (name !== worldName || (!isTop && !this.#preferences.subFrames)) return;
        const tell = (message: ToPage) => this.#tell(target, id, message);
        const url = toOutside(isTop ? this.#url : (this.#frameUrls.get(auxData.frameId) ?? ''));
        this.#frames.set(id, frameOf(new FrameModel({ url, origin: toOutside(origin), isTop, tell })));
      },
    );
    target.on('Runtime.executionContextDestroyed', ({ executionContextId }: { executionContextId: number }) => {
      this.#frames.get(executionContextId)?.end();
      this.#frames.delete(executionContextId);
    });
    target.on('Runtime.executionContextsCleared', () => this.#endFrames());
    target.on('Runtime.bindingCalled', (called: { name: string; payload: string; executionContextId: number }) => {
      if (called.name === `${this.#secret}-webview`) void this.#attachWebview(cdp.target(), called.payload);
      const frame = this.#frames.get(called.executionContextId);
      if (called.name !== binding || !frame) return;
      const message = JSON.parse(called.payload) as FromPage;
      if (message.kind === 'port' || message.kind === 'port-closed') return frame.takePort(message);
      const tell = (answer: ToPage) => this.#tell(target, called.executionContextId, answer);
      deliver(message, { sender: this.shown, frame, tell });
    });
    target.on('Debugger.paused', ({ callFrames }: { callFrames: { callFrameId: string }[] }) => {
      void answerSync(target, callFrames[0]?.callFrameId ?? '').finally(() => target.send('Debugger.resume'));
    });
    target.on('Fetch.requestPaused', (paused: Paused) => void this.#onRequest(target, paused).catch(() => undefined));
    target.on('Page.frameNavigated', ({ frame }: { frame: { id: string; url: string } }) => {
      if (frame.id === this.#mainFrameId) this.#url = frame.url;
      else this.#frameUrls.set(frame.id, frame.url);
    });
    target.on('Page.lifecycleEvent', ({ name, frameId }: { name: string; frameId: string }) => {
      if (frameId !== this.#mainFrameId || this.#url === 'about:blank') return;
      if (name === 'firstPaint') this.emit('stand-in-painted');
    });
    target.on('Page.loadEventFired', () => this.emit('did-finish-load'));
    // "Emitted when the renderer process unexpectedly disappears."
    target.on('Inspector.targetCrashed', () => {
      this.#endFrames();
      this.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 5 });
    });
    target.on('Page.windowOpen', ({ url }: { url: string }) => void this.#opening.push(url));
    cdp.target().on<Attached>('Target.attachedToTarget', (opened) => {
      if (opened.targetInfo.openerId === this.#targetId) this.#onOpened(cdp, opened).catch(() => undefined);
    });
  }

  async #onRequest(target: CdpTarget, paused: Paused): Promise<void> {
    const { requestId, request, resourceType, frameId, redirectedRequestId } = paused;
    const outside = toOutside(request.url);
    const isMainFrame = frameId === this.#mainFrameId;
    if (resourceType === 'Document' && this.#isPrevented(outside, isMainFrame, redirectedRequestId !== undefined)) {
      await target.send('Fetch.failRequest', { requestId, errorReason: 'Aborted' });
      return;
    }
    if (!(await answerRequest(target, paused, outside))) await target.send('Fetch.continueRequest', { requestId });
  }

  /** Asks the listeners whether a document may be loaded into a frame. */
  #isPrevented(url: string, isMainFrame: boolean, isRedirect: boolean): boolean {
    let prevented = false;
    const event = { url, isMainFrame, isSameDocument: false, preventDefault: () => (prevented = true) };
    const details = modelled('the event of a navigation', event);
    if (isRedirect) {
      // "Emitted when a server side redirect occurs during navigation. … Calling event.preventDefault() will prevent the navigation".
      this.emit('will-redirect', details, url, false, isMainFrame);
      return prevented;
    }
    const isOwn = isMainFrame && this.#own !== undefined && toOutside(this.#own) === url;
    if (isMainFrame) this.#own = undefined;
    // "This event will not emit when the navigation is started programmatically with APIs like webContents.loadURL".
    if (isOwn) return false;
    // "Emitted when a user or the page wants to start navigation in any frame."; of any frame, where will-navigate is the main frame's alone.
    this.emit('will-frame-navigate', details);
    if (isMainFrame && !prevented) this.emit('will-navigate', details, url, false, true);
    return prevented;
  }

  async #onOpened(cdp: Cdp, { sessionId, targetInfo }: Attached): Promise<void> {
    const url = this.#opening.shift() ?? targetInfo.url;
    const { action } = this.#openHandler?.({ url: toOutside(url) }) ?? { action: 'allow' };
    const opened = cdp.target(sessionId);
    if (action === 'allow') return void (await opened.send('Runtime.runIfWaitingForDebugger'));
    // A target that is closed while it stands still asks for its page yet: here it goes on, is refused that, and is closed.
    const { targetId } = targetInfo;
    const close = () => cdp.target().send('Target.closeTarget', { targetId });
    opened.on('Fetch.requestPaused', ({ requestId }: Paused) => {
      void opened
        .send('Fetch.failRequest', { requestId, errorReason: 'Aborted' })
        .then(close)
        .catch(() => undefined);
    });
    await opened.send('Fetch.enable', { patterns: [{ urlPattern: '*' }] });
    await opened.send('Runtime.runIfWaitingForDebugger');
    if (!/^https?:/.test(url)) await close();
  }

  async #attachWebview(browser: CdpTarget, src: string): Promise<void> {
    let prevented = false;
    // "Emitted when a <webview>'s web contents is being attached to this web contents. Calling event.preventDefault() will destroy the guest page."
    this.emit('will-attach-webview', { preventDefault: () => (prevented = true) }, {}, { src });
    if (prevented) return;
    await browser.send('Target.createTarget', { url: src });
  }

  #tell(target: CdpTarget, contextId: number, message: ToPage): void {
    const expression = `globalThis[${JSON.stringify(this.#secret)}](${JSON.stringify(message)})`;
    target.send('Runtime.evaluate', { expression, contextId }).catch(() => undefined);
  }

  #endFrames(): void {
    this.#frames.forEach((frame) => frame.end());
    this.#frames.clear();
  }
}

const fits: Partial<Pick<Electron.WebContents, 'getURL' | 'isDestroyed' | 'loadURL' | 'reload' | 'send' | 'id' | 'forcefullyCrashRenderer'>> = null as unknown as WebContentsModel; // prettier-ignore
void fits;

/** Answers a preload that stands still for it. */
async function answerSync(target: CdpTarget, callFrameId: string): Promise<void> {
  const read = async (expression: string) => {
    const { result } = await target.send('Debugger.evaluateOnCallFrame', { callFrameId, expression });
    return result;
  };
  const kind = (await read('call.kind')).value as SyncCall['kind'];
  let answer = '';
  if (kind === 'path') {
    const { objectId = '' } = await read('call.file');
    answer = (await target.send('DOM.getFileInfo', { objectId })).path;
  } else {
    const { path = '', text = '' } = JSON.parse(String((await read('JSON.stringify(call)')).value)) as SyncCall;
    writeFileSync(path, text);
  }
  await read(`call.answer = ${JSON.stringify(answer)}`);
}
