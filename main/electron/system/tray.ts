import { Menu, nativeImage, Tray } from 'electron';
import { noActivity, type Activity } from '../activity.ts';
import type { Words } from '../text/words.ts';
import { trayMenu, trayState, trayTip, type TrayActions } from './tray-content.ts';
import { trayBitmap, trayStates, type TrayState } from './tray-icon.ts';

export interface TrayIcon {
  update(activity: Activity): void;
  close(): void;
}

/** Puts the icon into the tray. */
export function openTray(words: () => Words, actions: TrayActions): TrayIcon {
  const images = new Map(trayStates.map((state) => [state, imageOf(state)]));
  const imageFor = (activity: Activity) => images.get(trayState(activity)) ?? imageOf('idle');
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
  tray.on('click', () => actions.show(null));
  update(noActivity);
  return { update, close: () => tray.destroy() };
}

function imageOf(state: TrayState) {
  const isMac = process.platform === 'darwin';
  const size = process.platform === 'linux' ? 24 : 16;
  const image = nativeImage.createFromBitmap(trayBitmap(state, size, isMac), { width: size, height: size });
  const twice = size * 2;
  image.addRepresentation({ scaleFactor: 2, width: twice, height: twice, buffer: trayBitmap(state, twice, isMac) });
  if (isMac) image.setTemplateImage(true);
  return image;
}
