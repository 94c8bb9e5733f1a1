import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Menu, nativeImage, Tray } from 'electron';
import { noActivity, type Activity } from '../activity.ts';
import type { Words } from '../text/words.ts';
import { trayMenu, trayState, trayTip, type TrayActions } from './tray-content.ts';
import { opensByClick, trayIconFile, type TrayState } from './tray-icon.ts';

export interface TrayIcon {
  update(activity: Activity): void;
  close(): void;
}

/** Puts the icon into the tray. */
export function openTray(words: () => Words, actions: TrayActions): TrayIcon {
  const imageFor = (activity: Activity) => imageOf(trayState(activity));
  const tray = new Tray(imageFor(noActivity));
  let shown: unknown;
  const update = (activity: Activity) => {
    const template = trayMenu(activity, words(), actions, new Date());
    const tip = trayTip(activity, words());
    // On Linux a menu that is set again closes under the pointer.
    const looks = JSON.stringify([trayState(activity), tip, template, activity.last.map(({ id }) => id)]);
    if (looks === shown) return;
    shown = looks;
    tray.setImage(imageFor(activity));
    tray.setToolTip(tip);
    tray.setContextMenu(Menu.buildFromTemplate(template));
  };
  if (opensByClick(process.platform)) tray.on('click', () => actions.show(null));
  update(noActivity);
  return { update, close: () => tray.destroy() };
}

/** Its double resolution lies beside it and is found by its name. */
function imageOf(state: TrayState) {
  const folder = fileURLToPath(new URL('../tray', import.meta.url));
  return nativeImage.createFromPath(join(folder, trayIconFile(state, process.platform)));
}
