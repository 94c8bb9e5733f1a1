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

/** What a page asks for when somebody is to sign in to Box; the app is left out where one is known. Nothing of it is ever sent back. */
export const signInRequestSchema = z.object({
  clientId: z.string().trim().min(1).max(200).optional(),
  clientSecret: z.string().trim().min(1).max(500).optional(),
  store: z.enum(['keychain', 'file', 'memory']).optional(),
  /** For the file. */
  passphrase: z.string().min(1).max(1000).optional(),
});
export type SignInRequest = z.infer<typeof signInRequestSchema>;

/** A sign-in to Box, as pages may see it. */
export const signInStateSchema = z.object({
  /** keyring: one that doesn't open is waited for; waiting: for the person, who is at Box. */
  phase: z.enum(['idle', 'keyring', 'waiting']),
  /** Where the person signs in. */
  url: z.string().nullable(),
  /** Why the last one failed, or what the keyring said. */
  detail: z.string().nullable(),
  /** As it was found last. */
  keychain: z.enum(['unknown', 'available', 'locked', 'none']),
  /** Whether a Box app is known, so that none has to be entered. */
  knowsApp: z.boolean(),
});
export type SignInState = z.infer<typeof signInStateSchema>;

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
  /** Absent where nobody can sign in to Box. */
  signIn: signInStateSchema.optional(),
  /** Dropped files that were only half here when Boxcar ended: they have to be dropped again. */
  lost: z.array(z.object({ dropId: z.string(), files: z.array(z.string()), count: z.int() })),
  /**
   * Dropped files that were here as a whole when Boxcar ended, before it was said where they go: `endDrop` gives their places,
   * `cancelDrop` throws them away.
   */
  kept: z.array(z.object({ dropId: z.string(), files: z.array(z.string()), count: z.int(), bytes: z.number() })),
});
export type ShellState = z.infer<typeof shellStateSchema>;

/**
 * How Box is reached: as the system says, directly, or through the proxy of a URL (http, https or socks5). A login doesn't stand in it,
 * since this is kept as plain text: the environment's HTTPS_PROXY may have one.
 */
const proxySchema = z.union([
  z.enum(['system', 'none']),
  z
    .url({ protocol: /^(https?|socks5)$/ })
    .max(500)
    .regex(/^[^@]*$/),
]);

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
  proxy: proxySchema.default('system'),
});
export type ShellSettings = z.infer<typeof shellSettingsSchema>;

const { theme, language, notifications, startAtLogin, onClose, pauseOnBattery, pauseOnMetered, proxy } =
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
  proxy: proxy.unwrap().optional(),
});
export type ShellSettingsChanges = z.infer<typeof shellSettingsChangesSchema>;
