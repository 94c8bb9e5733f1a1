// Runs in the window before the page, in a world of its own and a sandbox: the only bridge between the two. One CJS bundle.
import { contextBridge, ipcRenderer, webUtils } from 'electron';
import type { DesktopApi } from '../../../shared/desktop-channels.ts';
import { dropChannel, portChannel } from './names.ts';

const api: DesktopApi = {
  askForPort: (request) => ipcRenderer.send(portChannel, request),
  takeFiles: (files) => {
    const paths = files.map((file) => webUtils.getPathForFile(file as File)).filter((path) => path !== '');
    return ipcRenderer.invoke(dropChannel, paths);
  },
};

ipcRenderer.on(portChannel, (event, request: unknown) => {
  // A port can't cross the context bridge; it can cross as a message of the window to itself.
  window.postMessage({ channel: portChannel, request }, location.origin, event.ports);
});

contextBridge.exposeInMainWorld('boxcar', Object.freeze(api));
