import type { EngineOptions } from '../../../shared/engine-contract.ts';
import type { AccountView } from '../../../shared/shell-model.ts';
import type { TokenProvider } from '../token-provider.ts';

/** What an account needs to be worked with: where its Box is, and who signs in there. */
export interface OpenedAccount {
  endpoints: EngineOptions['endpoints'];
  tokens: TokenProvider;
  /** Settles with a reason when it can't be used any more as it is, and has to be opened again. */
  lost: Promise<string>;
  close(): Promise<void>;
}

/** Where accounts of one kind come from: the environment and memory, the sandbox, a keychain. */
export interface AccountSource {
  accounts(): AccountView[];
  /** The data folder of an account; it need not exist yet. */
  homeOf(accountId: string): string;
  /** True where the Box runs only as long as the app that opened it: another app is attached to, whatever address it uses. */
  ownsBox: boolean;
  /** Where people look at the account's files; null where it has no web pages. */
  webPages: string | null;
  open(accountId: string, signal: AbortSignal): Promise<OpenedAccount>;
  /** Forgets what signs in, and ends it at Box where it is Boxcar's own. */
  forget(accountId: string): Promise<void>;
  /** Told when what `accounts` gives has changed. */
  onChange(callback: () => void): void;
}
