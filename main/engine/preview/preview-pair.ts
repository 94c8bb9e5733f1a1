import type { Preview } from '../../../shared/pair-model.ts';
import { describeRules } from '../ignore/describe-rules.ts';
import { paceFor } from '../schedule/pacer.ts';
import { walkBoth } from '../verify/walk-both.ts';
import type { PreviewOptions } from './model.ts';
import { PreviewVisitor } from './preview-visitor.ts';

/**
 * What a first sync would do, with no way to write anything: neither to Box nor to the disk nor to a ledger. Files that stand
 * on Box under their name in the same size are read and compared by SHA-1.
 *
 * `files`, `folders` and `bytes` are all that the rules leave in. A file that can go up is one of `onBox` and `toSend`;
 * `conflicts` are those of `toSend` that meet other content on Box (with the rule `skip` they are not in `toSend`, since they
 * stay here). Files with a finding of the name doctor, and all in a folder with one, are in neither. `paceMs` is the time that
 * Box's limit of uploads takes, whatever the bandwidth. Rejects with `pair.root-*` where there is nothing to walk, with
 * `pair.target-gone` where the folder on Box isn't there, and with trouble of Box's.
 */
export async function previewPair(given: PreviewOptions): Promise<Preview> {
  const { connection, path, targetFolderId, options, signal } = given;
  const rules = describeRules({ pairRules: options.rules, useBuiltIn: options.useBuiltInRules, base: { path } });
  const visitor = new PreviewVisitor(given);
  await walkBoth({ root: { path }, rules, targetFolderId, connection, visitor, signal });
  const { preview } = visitor;
  const set = given.uploadsPerMinute === undefined ? {} : { uploadsPerMinute: given.uploadsPerMinute };
  const { uploadsPerMinute } = paceFor(new URL(connection.endpoints.upload).host, set);
  const paceMs = uploadsPerMinute > 0 ? Math.round((preview.toSend.files / uploadsPerMinute) * 60_000) : 0;
  return { ...preview, paceMs };
}
