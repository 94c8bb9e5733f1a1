import { z } from 'zod';
import { ifExistsSchema, transferRowSchema } from './model.ts';
import { problemSchema } from './problem.ts';
import { outcomeSchema } from './outcome.ts';

/** What happens on Box to a file that is deleted here: it stays, or goes to Box's trash. */
export const deletionRuleSchema = z.enum(['keep', 'trash']);
/** What happens to a synced file that somebody removes on Box. `leave`: it stays here and is not sent again. */
export const removedRuleSchema = z.enum(['ask', 'upload', 'leave']);

/** What a person chooses for one folder pair. */
export const pairOptionsSchema = z.object({
  /** A file that Box holds with other content than the ledger expects. `version`: a new version anyway. */
  conflicts: ifExistsSchema.default('keep-both'),
  deletions: deletionRuleSchema.default('keep'),
  removedOnBox: removedRuleSchema.default('ask'),
  /** Lines in gitignore syntax, relative to the folder. */
  rules: z.string().max(100_000).default(''),
  useBuiltInRules: z.boolean().default(true),
  /** A file goes up once its size and mtime have been still for so long. */
  settleMs: z.int().min(0).max(3_600_000).default(2000),
  /** Quiet files are read again after so many days; 0: never. */
  scrubDays: z.int().min(0).max(3650).default(30),
});
export type PairOptions = z.infer<typeof pairOptionsSchema>;

const { conflicts, deletions, removedOnBox, rules, useBuiltInRules, settleMs, scrubDays } = pairOptionsSchema.shape;
/** Some of them. The defaults are taken off: zod's `partial` would fill them in for what is left out, and so change it. */
export const pairChangesSchema = z.object({
  conflicts: conflicts.unwrap().optional(),
  deletions: deletions.unwrap().optional(),
  removedOnBox: removedOnBox.unwrap().optional(),
  rules: rules.unwrap().optional(),
  useBuiltInRules: useBuiltInRules.unwrap().optional(),
  settleMs: settleMs.unwrap().optional(),
  scrubDays: scrubDays.unwrap().optional(),
});
export type PairChanges = z.infer<typeof pairChangesSchema>;

/**
 * stopped: known, and not kept up to date by this process; scanning: its first or periodic walk is under way; syncing: there is
 * something to do; synced: there is nothing left to do; paused: by the user; blocked: something concerns all of it (`problem`).
 */
export const pairStateSchema = z.enum(['stopped', 'scanning', 'syncing', 'synced', 'paused', 'blocked']);
export type PairState = z.infer<typeof pairStateSchema>;

/** A file is in exactly one of the counts but `files`. */
export const pairCountsSchema = z.object({
  /** Regular files known here. */
  files: z.int(),
  folders: z.int(),
  /** On Box as they are here. */
  synced: z.int(),
  pending: z.int(),
  /** They need somebody; `questions` and `problems` say why. */
  failed: z.int(),
  /** Here, and not on Box by somebody's choice. */
  kept: z.int(),
  /** Links, sockets, FIFOs and devices. */
  special: z.int(),
  /** No longer here, and left on Box. */
  left: z.int(),
  /** Folders that could not be read or made. */
  failedFolders: z.int(),
});
export type PairCounts = z.infer<typeof pairCountsSchema>;

/** How the local folder is watched, as the app reports it. */
export const watchReportSchema = z.object({
  /** `starting`: until all folders are watched; `partly`: some are read again each minute instead; `polling`: all are. */
  mode: z.enum(['watching', 'starting', 'partly', 'polling']),
  watches: z.int(),
  /** The system's limit, of all programs of the user together; null where there is none. */
  limit: z.int().nullable(),
  /** At most 100. */
  fallbackFolders: z.array(z.object({ path: z.string(), reason: z.string(), remedy: z.string() })),
  fallbackCount: z.int(),
});
export type PairWatchReport = z.infer<typeof watchReportSchema>;

export const pairSummarySchema = z.object({
  id: z.int(),
  path: z.string(),
  /** As it was given: an id, or a /path. */
  target: z.string(),
  targetFolderId: z.string(),
  state: pairStateSchema,
  problem: problemSchema.nullable(),
  /** Set while it is paused with an end. */
  pausedUntil: z.number().nullable(),
  options: pairOptionsSchema,
  counts: pairCountsSchema,
  /** Bytes of regular files here, and of those that are on Box as they are. */
  totalBytes: z.number(),
  syncedBytes: z.number(),
  /** While it is scanned: what was found so far. */
  scan: z.object({ files: z.int(), folders: z.int(), ignored: z.int(), bytes: z.number() }).nullable(),
  /** When its last complete walk ended. */
  scannedAt: z.number().nullable(),
  watch: watchReportSchema.nullable(),
  questions: z.int(),
  createdAt: z.number(),
});
export type PairSummary = z.infer<typeof pairSummarySchema>;

/** What a person is asked, and may answer. */
export const questionKinds = {
  /** Somebody changed the file on Box, or other content stood there: ours went up as a copy. */
  conflict: ['replace', 'keep-copy', 'take-box'],
  'removed-on-box': ['upload', 'leave'],
  /** So many files are gone here at once that Box's copies are not touched before somebody says so. */
  'many-deletions': ['trash', 'keep'],
  /** The folder is another one than it was, or empty: whether it is still the one. */
  root: ['accept'],
  /** A name that Box refuses or shares with another: rename it here as proposed, or leave it out. */
  name: ['rename', 'skip'],
} as const;
export type QuestionKind = keyof typeof questionKinds;
const kinds = Object.keys(questionKinds) as [QuestionKind, ...QuestionKind[]];
const answers = [...new Set(Object.values(questionKinds).flat())] as const;
export const answerSchema = z.enum(answers as [(typeof answers)[number], ...(typeof answers)[number][]]);
export type Answer = z.infer<typeof answerSchema>;

export const questionSchema = z.object({
  id: z.int(),
  pairId: z.int(),
  kind: z.enum(kinds),
  /** The file or folder it is about, as it stands here. */
  path: z.string(),
  /** What happened, in a sentence. */
  text: z.string(),
  /** What may be answered. */
  answers: z.array(answerSchema),
  askedAt: z.number(),
});
export type Question = z.infer<typeof questionSchema>;

/** What happens in folder pairs, in order, for who follows along. */
export const pairEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('watching'), pairId: z.int(), path: z.string(), report: watchReportSchema }),
  z.object({
    type: z.literal('scanned'),
    pairId: z.int(),
    files: z.int(),
    folders: z.int(),
    ignored: z.int(),
    bytes: z.number(),
    durationMs: z.number(),
  }),
  z.object({ type: z.literal('file'), pairId: z.int(), outcome: outcomeSchema }),
  z.object({
    type: z.literal('moved'),
    pairId: z.int(),
    kind: z.enum(['file', 'folder']),
    from: z.string(),
    to: z.string(),
  }),
  z.object({ type: z.literal('trashed'), pairId: z.int(), kind: z.enum(['file', 'folder']), path: z.string() }),
  /** Gone here, and left on Box. */
  z.object({ type: z.literal('left'), pairId: z.int(), path: z.string() }),
  z.object({ type: z.literal('question'), question: questionSchema }),
  z.object({ type: z.literal('problem'), pairId: z.int(), problem: problemSchema }),
  /** Nothing is left to do in any pair: told after each round of work. */
  z.object({ type: z.literal('synced'), pairs: z.int(), files: z.int(), questions: z.int(), failed: z.int() }),
]);
export type PairEvent = z.infer<typeof pairEventSchema>;

export const pairsProgressSchema = z.object({
  pairs: z.array(pairSummarySchema),
  bytesPerSecond: z.number().nullable(),
  etaMs: z.number().nullable(),
  /** At most 12, the largest first. */
  active: z.array(transferRowSchema),
});
export type PairsProgress = z.infer<typeof pairsProgressSchema>;

/** What a first sync would do; nothing is changed by asking. */
export const previewSchema = z.object({
  files: z.int(),
  folders: z.int(),
  bytes: z.number(),
  /** On Box with the same content already. */
  onBox: z.object({ files: z.int(), bytes: z.number() }),
  toSend: z.object({ files: z.int(), bytes: z.number() }),
  /** Other content stands on Box under the name. */
  conflicts: z.object({ files: z.int(), paths: z.array(z.string()) }),
  /** At Box's pace for so many files, and the given rate where one is known. */
  paceMs: z.number(),
  ignored: z.object({
    entries: z.int(),
    /** At most 100. */
    examples: z.array(z.object({ path: z.string(), rule: z.string() })),
  }),
  /** Names that Box refuses or shares, links, sockets, placeholders: at most 1,000 of `count`. */
  names: z.object({
    count: z.int(),
    findings: z.array(
      z.object({ path: z.string(), kind: z.string(), detail: z.string(), proposal: z.string().nullable() }),
    ),
  }),
  unreadable: z.array(z.object({ path: z.string(), problem: problemSchema })),
});
export type Preview = z.infer<typeof previewSchema>;

export const differenceSchema = z.object({
  path: z.string(),
  /** missing: not on Box; different: other content there; extra: only on Box; unreadable: could not be compared. */
  what: z.enum(['missing', 'different', 'extra', 'unreadable']),
  detail: z.string(),
});
export type Difference = z.infer<typeof differenceSchema>;

export const verifyResultSchema = z.object({
  files: z.int(),
  /** Files whose content was read for it; the others stood as they were when their digest was made. */
  hashed: z.int(),
  equal: z.int(),
  missing: z.int(),
  different: z.int(),
  extra: z.int(),
  unreadable: z.int(),
  /** At most 10,000. */
  differences: z.array(differenceSchema),
});
export type VerifyResult = z.infer<typeof verifyResultSchema>;
