// The parts of a desktop that an app gives things to: what they show goes to the spec's file, and a person may act on it.
import { execFile } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { modelled, onlyOptions } from '../unmodelled.ts';
import { onAct, systemSees } from './control.ts';
import type { MenuModel } from './menu.ts';

/** A picture, known by its pixels. */
export class NativeImageModel {
  #bytes: Buffer;
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }
  addRepresentation(): void {
    // Other sizes of the same picture.
  }
  setTemplateImage(): void {
    // macOS alone.
  }
  isEmpty(): boolean {
    return this.#bytes.length === 0;
  }
  digest(): string {
    return createHash('sha1').update(this.#bytes).digest('hex').slice(0, 8);
  }
}

export const nativeImage = modelled('nativeImage', {
  createFromBitmap: (buffer: Buffer, { width, height }: { width: number; height: number }) => {
    if (buffer.length !== width * height * 4) throw new Error('buffer: it is no bitmap of that size');
    return new NativeImageModel(buffer);
  },
  /** Of a path that leads to no picture an empty one. */
  createFromPath: (path: string) => new NativeImageModel(existsSync(path) ? readFileSync(path) : Buffer.alloc(0)),
  createEmpty: () => new NativeImageModel(Buffer.alloc(0)),
});

/** An icon of the panel: "Sets the context menu for this icon." */
export class TrayModel extends EventEmitter {
  #menu: MenuModel | undefined;
  #isDestroyed = false;

  constructor(image: NativeImageModel) {
    super();
    this.setImage(image);
    onAct('tray', (label) => (label === 'click' ? void this.emit('click', {}, {}) : this.#menu?.choose(label)));
  }
  setImage(image: NativeImageModel): void {
    systemSees('tray-icon', { image: image.digest() });
  }
  setToolTip(text: string): void {
    systemSees('tray-tip', { text });
  }
  setContextMenu(menu: MenuModel | null): void {
    this.#menu = menu ?? undefined;
    systemSees('tray-menu', { labels: menu?.labels() ?? [] });
  }
  isDestroyed(): boolean {
    return this.#isDestroyed;
  }
  destroy(): void {
    this.#isDestroyed = true;
    systemSees('tray-gone');
  }
}

const notifications = new Map<string, NotificationModel>();
onAct('notification', (title) => {
  const notification = notifications.get(title);
  if (!notification) throw new Error(`No notification “${title}” is shown.`);
  notification.emit('click', {});
});

/** A notification of the system; one that is clicked tells "Emitted when the notification is clicked by the user." */
export class NotificationModel extends EventEmitter {
  readonly title: string;
  readonly body: string;
  constructor(options: { title?: string; body?: string } = {}) {
    super();
    onlyOptions('a Notification', options, ['title', 'body', 'silent', 'icon', 'urgency', 'groupId', 'id']);
    this.title = options.title ?? '';
    this.body = options.body ?? '';
  }
  static isSupported(): boolean {
    return true;
  }
  /** "Immediately shows the notification to the user." */
  show(): void {
    notifications.set(this.title, this);
    systemSees('notification', { title: this.title, body: this.body });
    this.emit('show', {});
  }
  /** "Dismisses the notification." */
  close(): void {
    notifications.delete(this.title);
    this.emit('close', {});
  }
}

/** Linux's desktops open things by `xdg-open`, which a spec may put where it sees what came; rejects where that fails. */
const opener = 'xdg-open';
function xdgOpen(what: string): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(opener, [what], (error) => (error ? reject(new Error(`Failed to open: ${what}`)) : resolve()));
  });
}

export const shell = modelled('shell', {
  /** "Open the given external protocol URL in the desktop's default manner." */
  openExternal: (url: string) => xdgOpen(url),
  /** "Show the given file in a file manager. If possible, select the file.": without one on the bus its folder is opened. */
  showItemInFolder: (path: string) => void xdgOpen(dirname(path)).catch(() => undefined),
  /** "Resolves with a string containing the error message corresponding to the failure if a failure occurred", else an empty one. */
  openPath: (path: string) => xdgOpen(path).then(() => '', String),
});

export const dialog = modelled('dialog', {
  /** Nobody is there to choose, unless a spec puts somebody there. */
  showOpenDialog: () => Promise.resolve({ canceled: true, filePaths: [] as string[] }),
  showErrorBox: (title: string, content: string) => systemSees('error-box', { title, content }),
  showMessageBox: () => Promise.resolve({ response: 0, checkboxChecked: false }),
});

/** "Emitted when the system is suspending.", and so on: a spec emits them, as the system would. */
class PowerMonitorModel extends EventEmitter {
  onBatteryPower = false;
  isOnBatteryPower(): boolean {
    return this.onBatteryPower;
  }
}
const power = new PowerMonitorModel();
export const powerMonitor = modelled('powerMonitor', power);
onAct('power', (what) => {
  if (what === 'on-battery' || what === 'on-ac') power.onBatteryPower = what === 'on-battery';
  power.emit(what);
});

/** "themeSource … shouldUseDarkColors". */
export const nativeTheme = modelled(
  'nativeTheme',
  Object.assign(new EventEmitter(), { themeSource: 'system', shouldUseDarkColors: false }),
);

const area = { x: 0, y: 0, width: 1600, height: 1000 };
const display = { id: 1, bounds: area, workArea: area, scaleFactor: 1 };
export const screen = modelled(
  'screen',
  Object.assign(new EventEmitter(), { getPrimaryDisplay: () => display, getAllDisplays: () => [display] }),
);

const fits: [
  Partial<Pick<Electron.Shell, 'openExternal' | 'openPath' | 'showItemInFolder'>>,
  Partial<Pick<Electron.PowerMonitor, 'isOnBatteryPower'>>,
  Partial<Pick<Electron.Notification, 'title' | 'body' | 'show' | 'close'>>,
] = [shell, powerMonitor, null as unknown as NotificationModel];
void fits;
