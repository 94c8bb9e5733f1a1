import type { ShellSettings, ShellSettingsChanges, ShellState } from '../../../shared/shell-model.ts';
import type { Logger } from '../../platform/log.ts';
import type { PageSignIn } from '../accounts/page-sign-in.ts';
import type { Boxcar } from '../open-boxcar.ts';
import type { AccountSource } from './account-source.ts';
import type { Places } from './places.ts';
import type { Spool } from './spool.ts';

/** What only a desktop can do; a browser's host has none of it. */
export interface DesktopAbilities {
  /** The system's dialog; undefined when it was cancelled. */
  choose(what: 'folder' | 'files'): Promise<string[] | undefined>;
  /** Shows a file in the system's file manager. */
  showFile(path: string): Promise<void>;
}

/** The Boxcar of the account that is shown, as it changes. */
export interface Current {
  accountId: string;
  boxcar: Boxcar;
}

/** What stands behind every page of one data folder, whichever way they reach it. */
export interface Shell {
  readonly home: string;
  readonly desktop: DesktopAbilities | undefined;
  readonly places: Places;
  readonly spool: Spool;
  readonly logger: Logger;
  /** What a person should be told about the start; null as a rule. */
  readonly notice: string | null;
  state(): ShellState;
  /** Told of every change, until the returned function is called. */
  onChange(callback: () => void): () => void;
  /** The account that is shown, and where it comes from; undefined before the first sign-in. */
  account(): { id: string; source: AccountSource } | undefined;
  /** The Boxcar of the account; waits while it is opened. Rejects with what a person has to do, where there is none. */
  boxcar(): Promise<Boxcar>;
  /** Told of each Boxcar that is opened, until the returned function is called. */
  onBoxcar(callback: (current: Current) => void): () => void;
  trySandbox(): Promise<void>;
  signInWithToken(token: string): Promise<void>;
  /** Signing in to Box in the browser. */
  readonly signIn: PageSignIn;
  /** @throws CallError `usage` for a passphrase that is another one */
  unlockAccount(accountId: string, passphrase: string): Promise<void>;
  signOut(): Promise<void>;
  switchAccount(accountId: string): Promise<void>;
  settings(): ShellSettings;
  setSettings(changes: ShellSettingsChanges): Promise<ShellSettings>;
  /** Ends all within about 1.5 times `graceMs`, keeping what is resumable. */
  close(graceMs?: number): Promise<void>;
}
