import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { howToOpen, putAway, whatCloseDoes } from '../../main/electron/window/closing.ts';
import { boundsToOpen, readWindowState, writeWindowState } from '../../main/electron/window/window-state.ts';

const display = { x: 0, y: 0, width: 1920, height: 1040 };
const left = { x: -1600, y: 100, width: 1600, height: 900 };
const at = (x: number, y: number, width = 800, height = 600) => ({ bounds: { x, y, width, height }, maximized: false });

test('a window opens where it was left, on the display that it was on', () => {
  expect(boundsToOpen(at(100, 50), [display])).toEqual({ x: 100, y: 50, width: 800, height: 600 });
  expect(boundsToOpen(at(-1500, 200), [display, left])).toEqual({ x: -1500, y: 200, width: 800, height: 600 });
});

test('one that could not be reached, or none, opens in the middle', () => {
  const middle = { width: 1180, height: 780 };
  expect(boundsToOpen(undefined, [display])).toEqual(middle);
  expect(boundsToOpen(at(-1500, 200), [display])).toEqual(middle);
  expect(boundsToOpen(at(100, -30), [display])).toEqual(middle);
  expect(boundsToOpen(at(1900, 50), [display])).toEqual(middle);
  expect(boundsToOpen(at(100, 1030), [display])).toEqual(middle);
});

test('one that is larger than its display, or small beyond use, is made to fit', () => {
  expect(boundsToOpen(at(0, 0, 5000, 4000), [display])).toEqual({ x: 0, y: 0, width: 1920, height: 1040 });
  // Too wide to be reached once it fits.
  expect(boundsToOpen(at(-1920, 0, 2040), [display])).toEqual({ width: 1180, height: 780 });
  expect(boundsToOpen(at(10, 10, 200, 50), [display])).toEqual({ x: 10, y: 10, width: 360, height: 480 });
});

test('whatever was kept, the title bar can be reached', () => {
  const number = fc.integer({ min: -5000, max: 5000 });
  const size = fc.integer({ min: 1, max: 5000 });
  fc.assert(
    fc.property(number, number, size, size, (x, y, width, height) => {
      const found = boundsToOpen(at(x, y, width, height), [display, left]);
      if (found.x === undefined || found.y === undefined) return;
      const { x: foundX, y: foundY } = found;
      const isOn = [display, left].some(
        (area) => foundY >= area.y && foundY < area.y + area.height && foundX < area.x + area.width && foundX + found.width > area.x, // prettier-ignore
      );
      expect(isOn).toBe(true);
    }),
  );
});

test('the state is kept; a file that is broken is as none', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'boxcar-window-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'window.json');
  expect(await readWindowState(file)).toBeUndefined();
  await writeWindowState(file, at(1, 2));
  expect(await readWindowState(file)).toEqual(at(1, 2));
  for (const text of ['{', '{"bounds":{"x":"1"}}', '{"bounds":{"x":0,"y":0,"width":0,"height":0},"maximized":true}']) {
    writeFileSync(file, text);
    expect(await readWindowState(file)).toBeUndefined();
  }
});

test('the close button hides, minimises where there is no tray, or quits', () => {
  const facts = { onClose: 'tray' as const, hasTray: true, isQuitting: false, platform: 'linux' as const };
  expect(whatCloseDoes(facts)).toBe('hide');
  expect(whatCloseDoes({ ...facts, hasTray: false })).toBe('minimise');
  expect(whatCloseDoes({ ...facts, hasTray: false, platform: 'darwin' })).toBe('hide');
  expect(whatCloseDoes({ ...facts, onClose: 'quit' })).toBe('quit');
  expect(whatCloseDoes({ ...facts, onClose: undefined })).toBe('quit');
  expect(whatCloseDoes({ ...facts, isQuitting: true })).toBe('close');
});

test('a start at login shows no window, if there is another way to it', () => {
  expect([howToOpen(false, false), howToOpen(true, true), howToOpen(true, false)]).toEqual([
    'show',
    'hide',
    'minimise',
  ]);
});

test('a window that fills the screen of macOS leaves that before it is hidden', () => {
  const done: string[] = [];
  const window = Object.assign(new EventEmitter(), {
    isFullScreen: () => true,
    setFullScreen: (on: boolean) => void done.push(`full screen: ${on}`),
    hide: () => void done.push('hidden'),
  });
  putAway(window, 'darwin');
  expect(done).toEqual(['full screen: false']);
  window.emit('leave-full-screen');
  expect(done).toEqual(['full screen: false', 'hidden']);
  putAway(window, 'linux');
  putAway(Object.assign(window, { isFullScreen: () => false }), 'darwin');
  expect(done).toEqual(['full screen: false', 'hidden', 'hidden', 'hidden']);
});
