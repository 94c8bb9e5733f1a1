import { lstat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, relative, isAbsolute, join } from 'node:path';
import { nameKey } from '../../../shared/box-names.ts';
import { CallError } from '../../../shared/call-error.ts';
import { ProblemError } from '../../../shared/problem-error.ts';
import { archivesAsFiles } from '../../platform/archives.ts';
import { fileProblem } from '../../platform/file-problem.ts';
import { browseFolder } from './browse.ts';
import type { PageHandlers } from './page-handlers.ts';
import type { Shell } from './shell.ts';
import { isOutcomeUnknown, uploadDrop } from './spool-jobs.ts';

type PlaceCommands = Pick<
  PageHandlers,
  'browse' | 'choose' | 'uploadPlaces' | 'previewPlace' | 'addPairPlace' | 'previewRulesOf'
>;

/** Commands about folders and files of this machine, which a page knows by their places alone. */
export function placeCommands(shell: Shell): PlaceCommands {
  const { places } = shell;
  const named = (path: string) => ({ place: places.of(path), path });
  return {
    browse: async ({ place }) => {
      const listing = await browseFolder(place === null ? homedir() : places.path(place));
      return {
        here: named(listing.path),
        parent: listing.parent === null ? null : places.of(listing.parent),
        folders: listing.folders.map(({ path, name }) => ({ place: places.of(path), name })),
        more: listing.more,
      };
    },
    choose: async ({ what }) => {
      if (!shell.desktop)
        throw new CallError('refused', 'A browser has no dialog of the system; browse for the folder.');
      const paths = await shell.desktop.choose(what);
      return paths ? { places: paths.map(named) } : null;
    },
    uploadPlaces: async ({ places: chosen, target, ifExists }) => {
      const paths = [...new Set(chosen.map((place) => places.path(place)))];
      await checkUpload(paths);
      paths.forEach((path) => refuseOwnFolder(path, shell));
      const boxcar = await shell.boxcar();
      const dropId = dropOfAll(paths, shell);
      if (dropId === undefined) {
        const { jobId, resumed } = await boxcar.commands.upload({ paths, target, ifExists });
        return { jobId, resumed };
      }
      const accountId = shell.account()?.id;
      if (accountId === undefined) throw new CallError('refused', 'The account was changed meanwhile: choose again.');
      const upload = { accountId, paths, target, ifExists };
      shell.spool.setUpload(dropId, upload);
      try {
        return await uploadDrop(shell, boxcar, { dropId, upload, jobId: undefined });
      } catch (error) {
        if (!isOutcomeUnknown(error)) shell.spool.unsetUpload(dropId);
        throw error;
      }
    },
    previewPlace: async ({ place, target, options }) => {
      const path = places.path(place);
      refuseOwnFolder(path, shell);
      const { commands } = await shell.boxcar();
      return commands.preview({ path, target, options });
    },
    addPairPlace: async ({ place, target, options }) => {
      const path = places.path(place);
      refuseOwnFolder(path, shell);
      if (shell.spool.dropOf(path) !== undefined)
        throw new CallError('refused', 'What was dropped is a copy: choose the folder.');
      const { commands } = await shell.boxcar();
      return commands.addPair({ path, target, options });
    },
    previewRulesOf: async ({ of, rules, useBuiltInRules }) => {
      const { commands } = await shell.boxcar();
      const path = 'place' in of ? places.path(of.place) : (await commands.pair({ pairId: of.pairId })).path;
      return commands.previewRules({ path, rules, useBuiltInRules });
    },
  };
}

/** The drop that all of them lie in; undefined where none lies in one. */
function dropOfAll(paths: readonly string[], { spool }: Shell): string | undefined {
  const drops = new Set(paths.map((path) => spool.dropOf(path)));
  if (drops.size > 1) throw new CallError('refused', 'Upload each drop by itself.');
  return [...drops][0];
}

/** @throws what names the first path that isn't there; CallError `usage` for paths that would take each other's name on Box. */
async function checkUpload(paths: readonly string[]): Promise<void> {
  const names = new Map<string, string>();
  for (const path of paths) {
    await archivesAsFiles(() => lstat(path)).catch((error: unknown) => {
      throw new ProblemError(fileProblem(error, 'look at', path));
    });
    const name = basename(path);
    if (dirname(path) === path)
      throw new CallError('usage', `${path} has no name to appear under on Box: choose the folders in it.`);
    const twin = names.get(nameKey(name));
    if (twin !== undefined)
      throw new CallError('usage', `${twin} and ${path} would get one name on Box: upload one of them.`);
    names.set(nameKey(name), path);
  }
}

/**
 * The engine leaves out its own data folder, which for the sandbox is one inside ours: uploaded with the files of the sandbox
 * beside it, a tree would grow by what was uploaded of it.
 */
function refuseOwnFolder(path: string, shell: Shell): void {
  const { home, spool } = shell;
  const isInside = (folder: string, inner: string) => {
    const way = relative(folder, inner);
    return way === '' || !(way.startsWith('..') || isAbsolute(way));
  };
  if (isInside(home, path) && spool.dropOf(path) === undefined) {
    throw new CallError('refused', `${path} belongs to Boxcar itself: choose another folder.`);
  }
  if (shell.account()?.source.ownsBox && isInside(path, home)) {
    throw new CallError(
      'refused',
      `${path} holds the files of the sandbox itself (${join(home, 'sandbox-box')}): choose a folder in it that doesn't.`,
    );
  }
}
