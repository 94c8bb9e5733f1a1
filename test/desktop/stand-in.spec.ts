// What the stand-in has no model of it refuses by name: it never answers by silence.
import { expect, test } from './fixture.ts';

test.skip(({ runtime }) => runtime !== 'stand-in', 'about the stand-in alone');

test('whatever the stand-in has no model of throws and says what it was', async ({ launch }) => {
  const app = await launch();
  const said = await app.evaluate((electron) => {
    const { app: running, BrowserWindow, session, protocol, Menu, Notification, utilityProcess, shell } = electron;
    const [window] = BrowserWindow.getAllWindows();
    const attempts: (() => unknown)[] = [
      () => running.getGPUFeatureStatus(),
      () => window?.setOpacity(0.5),
      () => window?.webContents.printToPDF({}),
      () => session.defaultSession.webRequest,
      () => session.fromPartition('persist:other'),
      () => protocol.registerFileProtocol('other', () => undefined),
      () => shell.trashItem('/nothing'),
      () => new BrowserWindow({ frame: false }),
      () => new BrowserWindow({ webPreferences: { partition: 'other' } }),
      () => new BrowserWindow({ webPreferences: { nodeIntegrationInWorker: true } }),
      () => Menu.buildFromTemplate([{ label: 'a', sublabel: 'b' }]),
      () => new Notification({ title: 'a', actions: [] }),
      () => utilityProcess.fork('/nothing', [], { allowLoadingUnsignedLibraries: true }),
    ];
    return attempts.map((attempt) => {
      try {
        attempt();
        return 'nothing';
      } catch (error) {
        return /no model of (.*?)\. Model it/.exec(String(error))?.[1] ?? String(error);
      }
    });
  }, null);
  expect(said).toEqual([
    'app.getGPUFeatureStatus',
    'BrowserWindow.setOpacity',
    'WebContents.printToPDF',
    'session.defaultSession.webRequest',
    'session.fromPartition',
    'protocol.registerFileProtocol',
    'shell.trashItem',
    'a BrowserWindow with frame',
    'webPreferences with partition',
    'webPreferences with nodeIntegrationInWorker on',
    'a menu item with sublabel',
    'a Notification with actions',
    'utilityProcess.fork with allowLoadingUnsignedLibraries',
  ]);
});
