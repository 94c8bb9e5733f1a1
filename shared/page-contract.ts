import { z } from 'zod';
import type { Contract } from './contract.ts';
import { engineCommands } from './engine-contract.ts';
import { targetSchema } from './ids.ts';
import { ifExistsSchema } from './model.ts';
import { pairChangesSchema, previewSchema } from './pair-model.ts';
import { progressContract } from './progress-contract.ts';
import { rulesPreviewSchema } from './rules-preview.ts';
import {
  shellSettingsChangesSchema,
  shellSettingsSchema,
  shellStateSchema,
  signInRequestSchema,
} from './shell-model.ts';

const empty = z.object({});

/**
 * A folder or file of this machine as a page may name it: given out by the shell, kept while it runs. A page never sends a path,
 * so nothing that runs in it can make Boxcar read a file that its user didn't choose.
 */
export const placeSchema = z.string().regex(/^[\w-]{16,64}$/);
export type Place = z.infer<typeof placeSchema>;

const placeNameSchema = z.object({ place: placeSchema, path: z.string() });

const boxTargetSchema = z.string().min(1).max(2000);

/** What a page asks of its shell; the rest it asks of the engine through {@link pageCommands}. */
const shellCommands = {
  /** State at once; changes follow as `shellChanged`. */
  shell: { args: empty, result: shellStateSchema },
  /** Starts a Box of this machine's own and makes it the account, with a data folder of its own. */
  trySandbox: { args: empty, result: empty },
  /** A developer token, for one hour as a rule; kept in memory alone. */
  signInWithToken: { args: z.object({ token: z.string().trim().min(8).max(500) }), result: empty },
  /** Begins a sign-in in the person's browser, and ends one that is under way; how it goes stands in the shell's state. */
  signInWithBox: { args: signInRequestSchema, result: empty },
  /** The address that a browser on another machine was sent to. */
  pasteRedirect: { args: z.object({ redirect: z.string().min(1).max(5000) }), result: empty },
  cancelSignIn: { args: empty, result: empty },
  /** The passphrase of an account whose sign-in is kept in a file. */
  unlockAccount: {
    args: z.object({ accountId: z.string().min(1).max(100), passphrase: z.string().min(1).max(1000) }),
    result: empty,
  },
  signOut: { args: empty, result: empty },
  /** Another account, by its id in the shell's state. */
  switchAccount: { args: z.object({ accountId: z.string().min(1).max(100) }), result: empty },
  /** The folders in a place, for a picker; null: the user's own folder. Hidden ones come last. */
  browse: {
    args: z.object({ place: placeSchema.nullable() }),
    result: z.object({
      here: placeNameSchema,
      parent: placeSchema.nullable(),
      /** At most 2,000, by name. */
      folders: z.array(z.object({ place: placeSchema, name: z.string() })),
      more: z.boolean(),
    }),
  },
  /** The system's own dialog; refused where `nativeDialogs` is false. Null: cancelled. */
  choose: {
    args: z.object({ what: z.enum(['folder', 'files']) }),
    result: z.object({ places: z.array(placeNameSchema) }).nullable(),
  },
  /** Uploads places; of a drop that was copied into the spool, what arrives cleans up after itself. */
  uploadPlaces: {
    args: z.object({
      places: z.array(placeSchema).min(1).max(10_000),
      target: boxTargetSchema,
      ifExists: ifExistsSchema,
    }),
    result: z.object({ jobId: z.int(), resumed: z.boolean() }),
  },
  previewPlace: {
    args: z.object({ place: placeSchema, target: boxTargetSchema, options: pairChangesSchema.default({}) }),
    result: previewSchema,
  },
  addPairPlace: {
    args: z.object({ place: placeSchema, target: boxTargetSchema, options: pairChangesSchema.default({}) }),
    result: z.object({ pairId: z.int().positive() }),
  },
  /** What rules leave out of a place or a pair. */
  previewRulesOf: {
    args: z.object({
      of: z.union([z.object({ place: placeSchema }), z.object({ pairId: z.int().positive() })]),
      rules: z.string().max(100_000),
      useBuiltInRules: z.boolean(),
    }),
    result: rulesPreviewSchema,
  },
  /** A page without paths streams what is dropped on it: opened here, filled by PUTs, ended by `endDrop`. */
  beginDrop: {
    args: z.object({ files: z.int().min(1), bytes: z.number().nonnegative() }),
    result: z.object({ dropId: z.string() }),
  },
  /** Its places, once everything has arrived. */
  endDrop: { args: z.object({ dropId: z.string() }), result: z.object({ places: z.array(placeNameSchema) }) },
  cancelDrop: { args: z.object({ dropId: z.string() }), result: empty },
  /** The notice of files that were lost half-arrived, read. */
  dismissLost: { args: z.object({ dropId: z.string() }), result: empty },
  shellSettings: { args: empty, result: shellSettingsSchema },
  setShellSettings: { args: z.object({ changes: shellSettingsChangesSchema }), result: shellSettingsSchema },
  /** A file for a report: logs and states, scrubbed of names, tokens and addresses. */
  diagnostics: { args: empty, result: z.object({ name: z.string(), text: z.string() }) },
  /** Shows the file of a transfer in the system's file manager; refused where there is none. */
  showHere: { args: z.object({ transferId: z.int().positive() }), result: empty },
  /** The page of a file or folder on Box, for a link; null where the account has no web pages (the sandbox). */
  boxPage: {
    args: z.object({ kind: z.enum(['file', 'folder']), id: z.string().regex(/^\d{1,20}$/) }),
    result: z.object({ url: z.url().nullable() }),
  },
} satisfies Contract;

/** Engine commands whose words hold no local path: a page may say them as they are. */
export const enginePageCommands = [
  'suspend',
  'jobs',
  'job',
  'transfer',
  'failures',
  'pause',
  'resume',
  'abort',
  'retry',
  'receipts',
  'doctor',
  'setPair',
  'removePair',
  'pairs',
  'pair',
  'startPairs',
  'rescan',
  'verify',
  'questions',
  'answer',
  'settings',
  'setSettings',
  'pauseAll',
  'resumeAll',
  'act',
  'partRows',
  'timeline',
  'problemGroups',
  'problemItems',
  'retryProblems',
  'history',
  'boxFolders',
  'createBoxFolder',
] as const satisfies readonly (keyof typeof engineCommands)[];
type EnginePageCommand = (typeof enginePageCommands)[number];

const relayed = Object.fromEntries(enginePageCommands.map((name) => [name, engineCommands[name]])) as {
  [Name in EnginePageCommand]: (typeof engineCommands)[Name];
};

/** Page -> shell: the same in a browser tab and in the desktop's window. */
export const pageCommands = {
  ...relayed,
  ...shellCommands,
  subscribe: engineCommands.subscribe,
  unsubscribe: engineCommands.unsubscribe,
} satisfies Contract;

/** Page -> host over a WebSocket: the first call has to be `hello`, every other is refused until it was taken. */
export const webPageContract = {
  ...pageCommands,
  hello: {
    /** The one-time token of the link, or the session token that it was traded for. */
    args: z.union([z.object({ once: z.string().max(200) }), z.object({ session: z.string().max(200) })]),
    result: z.object({ session: z.string(), version: z.string() }),
  },
} satisfies Contract;

/** What a page is asked to bring up: from the tray, a notification, a link, or files that the system has handed over. */
export const showSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('screen'), screen: z.enum(['transfers', 'folders', 'problems', 'history', 'settings']) }),
  z.object({ kind: z.literal('target'), target: targetSchema }),
  /** They wait for a person to say where they go. */
  z.object({ kind: z.literal('places'), places: z.array(placeNameSchema).min(1) }),
]);
export type Show = z.infer<typeof showSchema>;

/** Shell -> page. */
export const pageContract = {
  ...progressContract,
  shellChanged: { args: z.object({ shell: shellStateSchema }), result: empty },
  show: { args: z.object({ what: showSchema }), result: empty },
} satisfies Contract;

/**
 * The header that carries the session token with a PUT of dropped bytes: `PUT /drop/<dropId>?path=a/b.txt&modified=<ms since 1970>`.
 * Answered with 204 when the file is here as a whole, else with what went wrong as plain text.
 */
export const sessionHeader = 'x-boxcar-session';
