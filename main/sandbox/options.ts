// What `boxcar sandbox` may be told. By default it imposes nothing beyond Box's documented rules.
import { z } from 'zod';
import { SandboxError } from './sandbox-error.ts';

const units: Record<string, number> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/**
 * Reads a size as people write it: `8388608`, `8MiB`, `20 MB`, `1.5 GiB`. Decimal units count in thousands, `iB` units in
 * 1,024s; a bare `M` is refused, since it could be either.
 * @returns bytes, or undefined where the text is no size or not a whole number of bytes below 2^53.
 */
export function parseSizeBytes(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text);
  const unit = match && units[(match[2] ?? '').toLowerCase()];
  if (!match || unit === undefined || unit === null) return undefined;
  const bytes = Number(match[1]) * unit;
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

const sizeBytes = z.union([z.number(), z.string()]).transform((value, context) => {
  const bytes = typeof value === 'number' ? value : parseSizeBytes(value);
  if (bytes !== undefined && Number.isSafeInteger(bytes) && bytes >= 1) return bytes;
  context.addIssue({
    code: 'custom',
    message: `${JSON.stringify(value)} is not a size such as 8388608, 8MiB or 20MB`,
  });
  return z.NEVER;
});

const wholeNumber = (least: number, most: number) =>
  z.union([z.number(), z.string()]).transform((value, context) => {
    const number = typeof value === 'number' ? value : /^\s*\d+\s*$/.test(value) ? Number(value) : NaN;
    if (Number.isSafeInteger(number) && number >= least && number <= most) return number;
    context.addIssue({
      code: 'custom',
      message: `${JSON.stringify(value)} is not a whole number from ${least} to ${most}`,
    });
    return z.NEVER;
  });

const tenYearsSeconds = 315_360_000;

const schema = z.strictObject({
  /** The folder whose contents are the account's files. Created when missing. */
  root: z.string().min(1, 'must name a folder'),
  /** 0 takes any free port. */
  port: wholeNumber(0, 65_535).default(0),
  /** Every session gets this part size. Unset: 8 MiB, larger for files above 10 GiB. */
  partSize: sizeBytes
    .pipe(
      z
        .number()
        .min(1024, 'must be 1 KiB or more')
        .max(2 ** 31, 'must be 2 GiB or less'),
    )
    .optional(),
  /** A session answers 202 to this many commits before it is committed. */
  commitRounds: wholeNumber(0, 1_000_000).default(0),
  /** Lifetime of an upload session; Box's is seven days. */
  sessionSeconds: wholeNumber(1, tenYearsSeconds).default(7 * 24 * 3600),
  /** Lifetime of access tokens, the printed one included. Unset: 3,600 s for granted ones, the printed one never expires. */
  tokenSeconds: wholeNumber(1, tenYearsSeconds).optional(),
  /**
   * A refresh token may be repeated until the pair that came for it is first used: third parties have measured that of Box, whose
   * documents say that each use ends it, which is the default here.
   */
  refreshGrace: z.boolean().default(false),
  /** Bytes that the account may hold; trash and old versions count. */
  quota: sizeBytes.optional(),
  /** Bytes that one file may have. */
  maxFile: sizeBytes.default(500 * 2 ** 30),
  /** A second live session for the same target answers 409 session_conflict. */
  sessionConflict: z.boolean().default(false),
  uploadsPerMinute: wholeNumber(1, 1_000_000_000).optional(),
  callsPerMinute: wholeNumber(1, 1_000_000_000).optional(),
  /** Least size of a file in an upload session. Only tests change it, to try the grid with small files. */
  minSessionFile: sizeBytes.default(20_000_000),
});

/** Options as a caller writes them: sizes and numbers may be texts. */
export type SandboxOptions = z.input<typeof schema>;
/** Options as the sandbox uses them. */
export type SandboxSettings = z.output<typeof schema>;

const flag = (name: string): string => '--' + name.replace(/[A-Z]/g, (letter) => '-' + letter.toLowerCase());

/**
 * Checks options from a command line or a test.
 * @throws SandboxError `bad-option`, whose message names the option as it is typed and what is wrong with it.
 */
export function parseSandboxOptions(options: unknown): SandboxSettings {
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where =
    issue?.code === 'unrecognized_keys' ? issue.keys.map(flag).join(', ') : flag(String(issue?.path[0] ?? 'options'));
  throw new SandboxError('bad-option', `${where}: ${issue?.message ?? 'not understood'}`);
}
