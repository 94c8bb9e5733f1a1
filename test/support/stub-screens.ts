// What the small engine of tests answers to screens: nothing is there, and what is asked for is done.
import type { Handlers } from '../../shared/contract.ts';
import type { screenCommands } from '../../shared/screen-commands.ts';

/** t404 is refused, so that a refusal can be seen. */
export const stubScreens: Handlers<typeof screenCommands> = {
  act: ({ action, on }) => {
    const targets = 'targets' in on ? on.targets : [];
    const refused = targets
      .filter(({ kind, id }) => kind === 'transfer' && id === 404)
      .map((target) => ({ target, message: 't404 does not wait: it is done.' }));
    const done = targets.length - refused.length;
    return Promise.resolve({ done, undoUntil: action === 'abort' ? 5 : null, refused, refusedCount: refused.length });
  },
  partRows: () => Promise.resolve({ total: 0, parts: [] }),
  timeline: () => Promise.resolve({ states: [], requests: [] }),
  problemGroups: () => Promise.resolve([]),
  problemItems: () => Promise.resolve([]),
  retryProblems: () => Promise.resolve({ done: 0 }),
  history: () => Promise.resolve({ receipts: [], total: 0, next: null }),
  boxFolders: ({ folderId }) =>
    Promise.resolve({ folder: { id: folderId, name: 'All Files' }, path: [], folders: [], more: false }),
  createBoxFolder: ({ name }) => Promise.resolve({ id: '1', name }),
  previewRules: () =>
    Promise.resolve({
      mistakes: [],
      kept: { files: 0, bytes: 0 },
      excluded: { entries: 0 },
      examples: [],
      complete: true,
    }),
};
