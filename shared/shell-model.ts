import { z } from 'zod';
import { problemSchema } from './problem.ts';

/** An account as a page may show it; no secret is in it. */
export const accountViewSchema = z.object({
  id: z.string(),
  kind: z.enum(['sandbox', 'token', 'oauth', 'client-credentials']),
  /** The login on Box, or what stands for it. */
  label: z.string(),
  /** `locked`: the keyring is waited for. */
  signIn: z.enum(['ok', 'needed', 'locked']),
  /** Where its secrets are kept; absent where there is nothing to keep. */
  store: z.enum(['keychain', 'file', 'memory']).optional(),
});
export type AccountView = z.infer<typeof accountViewSchema>;

/** How it is with the process behind the page. */
export const shellStateSchema = z.object({
  version: z.string(),
  kind: z.enum(['browser', 'desktop']),
  platform: z.enum(['linux', 'macos', 'windows']),
  /** Whether `choose` opens the system's dialog. */
  nativeDialogs: z.boolean(),
  dataFolder: z.string(),
  /**
   * first-run: no account yet; starting: the engine is being started; ready; restarting: the engine died and is started again;
   * failed: it can't be kept running, `message` says why.
   */
  phase: z.enum(['first-run', 'starting', 'ready', 'restarting', 'failed']),
  message: z.string().nullable(),
  problem: problemSchema.nullable(),
  /** The one that the page shows. */
  account: accountViewSchema.nullable(),
  accounts: z.array(accountViewSchema),
  /** Dropped files that were only half here when Boxcar ended: they have to be dropped again. */
  lost: z.array(z.object({ dropId: z.string(), files: z.array(z.string()), count: z.int() })),
  /**
   * Dropped files that were here as a whole when Boxcar ended, before it was said where they go: `endDrop` gives their places,
   * `cancelDrop` throws them away.
   */
  kept: z.array(z.object({ dropId: z.string(), files: z.array(z.string()), count: z.int(), bytes: z.number() })),
});
export type ShellState = z.infer<typeof shellStateSchema>;

/** What a person sets for the shell; the engine's own settings stand in settings.ts. */
export const shellSettingsSchema = z.object({
  theme: z.enum(['system', 'light', 'dark']).default('system'),
  language: z.enum(['system', 'en', 'de']).default('system'),
  notifications: z.enum(['all', 'needs-you', 'none']).default('all'),
  /** Desktop only; kept and without effect elsewhere. */
  startAtLogin: z.boolean().default(false),
  onClose: z.enum(['tray', 'quit']).default('tray'),
  pauseOnBattery: z.boolean().default(false),
  pauseOnMetered: z.boolean().default(false),
});
export type ShellSettings = z.infer<typeof shellSettingsSchema>;

const { theme, language, notifications, startAtLogin, onClose, pauseOnBattery, pauseOnMetered } =
  shellSettingsSchema.shape;
/** Some of them, without the defaults. */
export const shellSettingsChangesSchema = z.object({
  theme: theme.unwrap().optional(),
  language: language.unwrap().optional(),
  notifications: notifications.unwrap().optional(),
  startAtLogin: startAtLogin.unwrap().optional(),
  onClose: onClose.unwrap().optional(),
  pauseOnBattery: pauseOnBattery.unwrap().optional(),
  pauseOnMetered: pauseOnMetered.unwrap().optional(),
});
export type ShellSettingsChanges = z.infer<typeof shellSettingsChangesSchema>;
