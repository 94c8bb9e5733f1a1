import { EventEmitter } from 'node:events';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { modelled } from '../unmodelled.ts';
import { onAct, systemSees } from './control.ts';
import { isAppReady, setAppReady } from './lifecycle.ts';
import { takeLock } from './single-instance.ts';
import { utilityMetrics } from './utility-process.ts';

interface Closable {
  close(): void;
  isDestroyed(): boolean;
}
/** Set by the module of windows, which needs this one. */
let windows: () => Closable[] = () => [];
const paths = new Map<string, string>();
let name = 'boxcar';
let isSandboxed = false;
let isQuitting = false;
const ready = Promise.withResolvers<void>();

class AppModel extends EventEmitter {
  /** "A boolean property that returns true if the app is packaged, false otherwise.": here it never is. */
  readonly isPackaged = false;
  readonly commandLine = modelled('app.commandLine', {
    appendSwitch: () => undefined,
    hasSwitch: (word: string) => process.argv.includes(`--${word}`),
  });

  isReady(): boolean {
    return isAppReady();
  }
  /** "fulfilled when Electron is initialized." */
  whenReady(): Promise<void> {
    return ready.promise;
  }

  /**
   * "Try to close all windows. The before-quit event will be emitted first. If all windows are successfully closed, the will-quit event
   * will be emitted and by default the application will terminate."
   */
  quit(): void {
    if (!proceeds('before-quit')) return;
    isQuitting = true;
    for (const window of windows()) {
      window.close();
      // "It is possible that a window cancels the quitting by returning false in the beforeunload event handler", or by its close event.
      if (!window.isDestroyed()) return void (isQuitting = false);
    }
    this.willQuit();
  }
  willQuit(): void {
    isQuitting = false;
    if (proceeds('will-quit')) this.exit(0);
  }
  /** "All windows will be closed immediately without asking the user, and the before-quit and will-quit events will not be emitted." */
  exit(code = 0): void {
    this.emit('quit', {}, code);
    process.exit(code);
  }
  relaunch(): void {
    systemSees('relaunch');
  }

  getName(): string {
    return name;
  }
  setName(given: string): void {
    name = given;
  }
  getVersion(): string {
    return '0.1.0';
  }
  getAppPath(): string {
    return process.argv[1] ?? '';
  }
  getPath(which: string): string {
    const usual: Record<string, string> = {
      home: homedir(),
      userData: join(homedir(), '.config', name),
      exe: process.execPath,
    };
    const path = paths.get(which) ?? usual[which];
    if (path === undefined) throw new Error(`Failed to get '${which}' path`);
    return path;
  }
  setPath(which: string, path: string): void {
    paths.set(which, path);
  }
  getPreferredSystemLanguages(): string[] {
    return ['en-GB'];
  }
  getLocale(): string {
    return 'en-GB';
  }
  setAppUserModelId(): void {
    // Windows alone.
  }
  setDesktopName(): void {
    // The name of a desktop entry that isn't installed here.
  }

  /** "Enables full sandbox mode on the app. … This method can only be called before app is ready." */
  enableSandbox(): void {
    if (isAppReady()) throw new Error('app.enableSandbox() can only be called before app is ready');
    isSandboxed = true;
  }

  /**
   * "The return value of this method indicates whether or not this instance of your application successfully obtained the lock. … This
   * event will be emitted inside the primary instance of your application when a second instance has been executed".
   */
  requestSingleInstanceLock(additionalData?: Record<string, unknown>): boolean {
    const given = { argv: process.argv, cwd: process.cwd(), additionalData };
    return takeLock(this.getPath('userData'), given, (second) => {
      const { argv, cwd, additionalData: data } = second;
      // "This event is guaranteed to be emitted after the ready event of app gets emitted."
      void ready.promise.then(() => this.emit('second-instance', {}, argv, cwd, data));
    });
  }

  setAsDefaultProtocolClient(scheme: string): boolean {
    systemSees('default-protocol', { scheme });
    return true;
  }
  setLoginItemSettings(settings: Electron.Settings): void {
    systemSees('login-item', { settings });
  }
  /** "Array of ProcessMetric objects that correspond to memory and CPU usage statistics of all the processes associated with the app.": of those that run Node. */
  getAppMetrics(): { pid: number; name?: string; type: string }[] {
    return [{ pid: process.pid, type: 'Browser' }, ...utilityMetrics()];
  }
  setBadgeCount(count = 0): boolean {
    systemSees('badge', { count });
    return true;
  }
}

const model = new AppModel();
export const app = modelled('app', model);

/** True where no listener prevented it. */
function proceeds(event: string): boolean {
  let prevented = false;
  model.emit(event, { preventDefault: () => (prevented = true) });
  return !prevented;
}

/** What the other parts need of the app. */
export const appState = {
  isReady: isAppReady,
  allSandboxed: () => isSandboxed,
  userData: () => model.getPath('userData'),
  created: (contents: object) => void model.emit('web-contents-created', {}, contents),
  useWindows: (all: () => Closable[]) => void (windows = all),
  /** "If you do not subscribe to this event and all windows are closed, the default behavior is to quit the app". */
  allClosed: () => {
    if (isQuitting) return;
    if (model.listenerCount('window-all-closed') === 0) model.quit();
    else model.emit('window-all-closed');
  },
};

/** Starts the app: after its main module has run, as "ready: Emitted once, when Electron has finished initializing". */
export function startApp(): void {
  setImmediate(() => {
    setAppReady();
    ready.resolve();
    model.emit('ready', {}, {});
  });
  // macOS alone hands files and links over so; a spec may, to see what the app does with them.
  for (const event of ['open-file', 'open-url']) {
    onAct(event, (what) => void model.emit(event, { preventDefault: () => undefined }, what));
  }
}

type Modelled = Omit<
  AppModel,
  keyof EventEmitter | 'getAppMetrics' | 'willQuit' | 'commandLine' | 'getPath' | 'setPath'
>;
const fits: Partial<Electron.App> = null as unknown as Modelled;
void fits;
