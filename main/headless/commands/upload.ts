import type { IfExists } from '../../../shared/model.ts';
import { resumeCommand, homeArgument } from '../hints.ts';
import type { ExitCode } from '../exit-code.ts';
import type { Output } from '../output.ts';
import { runJob } from '../run-job.ts';
import { boxcarOptions, type CommonOptions, type PaceOptions } from '../session.ts';
import { uploadPaths } from './upload-paths.ts';

export interface UploadOptions extends CommonOptions, PaceOptions {
  to: string;
  ifExists: IfExists;
  strict?: boolean;
  parallelParts?: number;
}

/** `boxcar upload PATH... --to FOLDER` */
export async function upload(given: readonly string[], options: UploadOptions, output: Output): Promise<ExitCode> {
  const boxcar = boxcarOptions(output.io, options, false);
  const paths = await uploadPaths(given);
  const request = {
    paths,
    target: options.to,
    ifExists: options.ifExists,
    ...(options.parallelParts === undefined ? {} : { partsInParallel: options.parallelParts }),
  };
  return runJob({
    boxcar,
    output,
    start: ({ commands }) => commands.upload(request),
    strict: options.strict ?? false,
    resumeHint: resumeCommand,
    receipts: `boxcar receipts${homeArgument(options)}`,
  });
}
