// What `import 'electron'` is in the main process of the stand-in. Anything that isn't named here can't be imported.
import { app, appState, startApp } from './app.ts';
import { BrowserWindow, BrowserWindowModel } from './browser-window.ts';
import { openControl } from './control.ts';
import {
  dialog,
  nativeImage,
  nativeTheme,
  NotificationModel,
  powerMonitor,
  screen,
  shell,
  TrayModel,
} from './desktop.ts';
import { ipcMain } from './ipc-main.ts';
import { Menu } from './menu.ts';
import { MessageChannelModel } from '../message-port.ts';
import { protocol } from './protocol.ts';
import { session } from './session.ts';
import { utilityProcess } from './utility-process.ts';

const electron = {
  app, BrowserWindow, dialog, ipcMain, Menu, MessageChannelMain: MessageChannelModel, nativeImage, nativeTheme,
  Notification: NotificationModel, powerMonitor, protocol, screen, session, shell, Tray: TrayModel, utilityProcess,
}; // prettier-ignore

appState.useWindows(() => BrowserWindowModel.getAllWindows() as BrowserWindowModel[]);
openControl(() => electron);
startApp();

export { app, BrowserWindow, dialog, ipcMain, Menu, nativeImage, nativeTheme, powerMonitor, protocol, screen, session, shell, utilityProcess }; // prettier-ignore
export { MessageChannelModel as MessageChannelMain, NotificationModel as Notification, TrayModel as Tray };
export default electron;
