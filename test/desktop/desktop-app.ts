import { fileURLToPath } from 'node:url';
import type * as Electron from 'electron';
import type { Page } from '@playwright/test';

/** How a spec starts the app. */
export interface LaunchOptions {
  home: string;
  /** After the app's own words. */
  args?: string[];
  env?: Record<string, string>;
  /** The folder of the built bundles; the built one where none is given. */
  out?: string;
  /** Without: the app shows no window at first. */
  waitForPage?: boolean;
}

type ElectronModule = typeof Electron;

/** One entry of what the desktop around the app was given: a notification, the tray's menu, an address to open. */
export interface Seen {
  what: string;
  [fact: string]: unknown;
}

/** The running app, on Electron itself or on its stand-in: specs see no difference. */
export interface DesktopApp {
  pid: number;
  /** The page of the window. */
  page(): Promise<Page>;
  pages(): Page[];
  /** Whether who draws the window has it on the screen. */
  isOnScreen(): Promise<boolean>;
  /** Runs in the main process; sees nothing of the spec but `arg`. */
  evaluate<Result, Arg>(
    work: (electron: ElectronModule, arg: Arg) => Result | Promise<Result>,
    arg: Arg,
  ): Promise<Result>;
  /** An address of the app's scheme as the page may go to it. */
  address(url: string): string;
  /** The desktop around the app, where a spec can see it: on the stand-in alone. */
  system?: {
    seen(): Seen[];
    /** Waits until something is seen that fits. */
    until(fits: (seen: Seen) => boolean): Promise<Seen>;
    /** A person acts: on the menu or the tray's (by label), by keys of the menu, on a notification (by title), the power. */
    act(on: string, what: string): Promise<void>;
  };
  /** Settles with the exit code once it has ended. */
  ended: Promise<number | null>;
  /** As a person ends it. */
  quit(): Promise<void>;
  /** Ends it hard, if it still runs. */
  kill(): Promise<void>;
}

export type Launch = (options: LaunchOptions) => Promise<DesktopApp>;

/** What the app gets of the environment: nothing of a person's own Boxcar, and no message bus. */
export function appEnvironment({ env = {} }: LaunchOptions): Record<string, string> {
  const own = /^(BOXCAR_|XDG_|DBUS_|DISPLAY$|WAYLAND_|ELECTRON_|NODE_OPTIONS$)/;
  const usual = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !own.test(entry[0]),
  );
  return { ...Object.fromEntries(usual), ...env };
}

export const builtOut = fileURLToPath(new URL('../../out', import.meta.url));
