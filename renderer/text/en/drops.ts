/** Dropping and picking files. */
export const drops = {
  here: 'Drop to upload to Box',
  title: (what: string) => `Upload ${what} to Box`,
  several: (first: string, more: number) => (more === 1 ? `${first} and 1 more` : `${first} and ${more} more`),
  where: 'Where to',
  ifExists: 'When a file of the name is there with other content',
  version: 'Save as its new version',
  keepBoth: 'Keep both, under two names',
  skip: 'Leave the one on Box',
  upload: 'Upload',
  copying: (done: string, total: string) =>
    `Handing over to Boxcar: ${done} of ${total}. Keep this page open until then.`,
  stop: 'Stop',
  started: 'The upload has begun.',
  add: 'Upload files or a folder',
  chooseFiles: 'Choose files…',
  chooseFolder: 'Choose a folder…',
  unreadable: (why: string) => `What was dropped cannot be read: ${why}`,
  keptTitle: 'Dropped before',
  kept: (n: number, size: string) =>
    `${n === 1 ? '1 dropped file' : `${n} dropped files`} (${size}) arrived earlier and ${n === 1 ? 'waits' : 'wait'} for a target.`,
  goOn: 'Choose where to',
  discard: 'Discard',
  lostTitle: 'Lost half-way',
  folderPair: 'Or keep a folder up to date on Box',
  lost: (n: number) =>
    n === 1
      ? '1 dropped file was only half here when Boxcar ended. Drop it again:'
      : `${n} dropped files were only half here when Boxcar ended. Drop them again:`,
};
