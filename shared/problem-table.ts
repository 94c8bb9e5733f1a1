/**
 * What a failure asks for. The scheduler sees these classes and never a status code:
 * `retry` again with backoff; `retry-after` again when the server says; `pause-all` stops every transfer of the account
 * until it is settled; `needs-user` stops this item until somebody decides; `give-up` never succeeds as it is.
 */
export const problemClasses = ['retry', 'retry-after', 'pause-all', 'needs-user', 'give-up'] as const;
export type ProblemClass = (typeof problemClasses)[number];

interface ProblemEntry {
  class: ProblemClass;
  /** What happened, in our own words. */
  title: string;
  /** What the person can do about it. */
  remedy: string;
}

/** Every problem, once. Codes are stable: they stand in the ledger, in `--json` and in the screens' catalogue. */
export const problems = {
  // the way to Box
  'network.unreachable': {
    class: 'pause-all',
    title: 'Box cannot be reached',
    remedy:
      'Check the connection, proxy or firewall; a folder pair then goes on by itself, an upload when it is run again.',
  },
  'network.interrupted': {
    class: 'retry',
    title: 'The connection broke',
    remedy: 'Nothing to do: Boxcar asks Box what arrived and goes on from there.',
  },
  'network.stalled': {
    class: 'retry',
    title: 'The connection stood still',
    remedy: 'Nothing to do: Boxcar opens a new connection.',
  },
  'network.certificate': {
    class: 'pause-all',
    title: 'The certificate of the server is not trusted',
    remedy: "Add your organisation's certificate to the system, or name its file in NODE_EXTRA_CA_CERTS.",
  },
  'network.not-box': {
    class: 'retry',
    title: 'Something other than Box answered',
    remedy: 'Sign in to the network (hotel, proxy), or check the configured addresses.',
  },
  'network.foreign-host': {
    class: 'give-up',
    title: 'An address outside Box was named, and the access token is not sent there',
    remedy: 'Check the configured addresses of Box: they need https (or this machine itself).',
  },
  // the account
  'account.sign-in': {
    class: 'pause-all',
    title: 'Box does not accept the sign-in',
    remedy: 'Sign in again, or give a fresh access token in BOXCAR_TOKEN; the queue is kept.',
  },
  'account.keyring': {
    class: 'pause-all',
    title: 'The keyring with the sign-in does not open',
    remedy:
      'Unlock the keyring of this session, or give the passphrase that the sign-in was kept under; nothing has to be signed in again.',
  },
  'account.scope': {
    class: 'pause-all',
    title: 'The Box app lacks a permission',
    remedy: 'Grant "Write all files and folders" to the app in the Box developer console and sign in again.',
  },
  'account.blocked': {
    class: 'pause-all',
    title: 'Box refuses this account or place',
    remedy: 'Open Box in the browser and settle what it asks for (terms, password, confirmation, location).',
  },
  'account.quota': {
    class: 'pause-all',
    title: 'The storage on Box is full',
    remedy: 'Free space on Box (the trash counts) or ask for more, then retry.',
  },
  // Box is busy or unwell
  'box.rate-limit': {
    class: 'retry-after',
    title: 'Box asks to slow down',
    remedy: 'Nothing to do: Boxcar goes on when Box allows it.',
  },
  'box.unavailable': {
    class: 'retry',
    title: 'Box has trouble of its own',
    remedy: 'Boxcar tries again; if it lasts, see status.box.com.',
  },
  'box.busy': {
    class: 'retry',
    title: 'Box is still working on this item',
    remedy: 'Nothing to do: Boxcar tries again.',
  },
  'box.not-ready': {
    class: 'retry-after',
    title: 'Box is still putting the parts together',
    remedy: 'Nothing to do: Boxcar asks again.',
  },
  'box.unexpected': {
    class: 'give-up',
    title: 'Box refused the request',
    remedy: 'Retry; if it stays, report it with the request id under details.',
  },
  // the target on Box
  'target.not-found': {
    class: 'needs-user',
    title: 'The folder on Box does not exist, or is hidden from this account',
    remedy: 'Check the folder id or path and that the account may see it; if it was removed meanwhile, run it again.',
  },
  'target.trashed': {
    class: 'needs-user',
    title: 'The target lies in the trash of Box',
    remedy: 'Restore it on Box or choose another folder, then retry.',
  },
  'target.no-permission': {
    class: 'needs-user',
    title: 'This account may not write there',
    remedy: 'Ask the owner of the folder for upload rights, or choose another folder.',
  },
  'target.policy': {
    class: 'needs-user',
    title: 'A policy of your organisation forbids this upload',
    remedy: 'Ask the administrator of Box.',
  },
  'target.locked': {
    class: 'needs-user',
    title: 'The file is locked on Box',
    remedy: 'Unlock it on Box, then retry.',
  },
  'target.not-a-folder': {
    class: 'needs-user',
    title: 'The target on Box is not a folder',
    remedy: 'Choose a folder.',
  },
  'target.size-limit': {
    class: 'needs-user',
    title: 'The file is larger than the plan of the folder owner allows',
    remedy: 'Split the file, or use a folder whose owner has a larger limit.',
  },
  // names
  'name.invalid': {
    class: 'needs-user',
    title: 'Box does not take this name',
    remedy: 'Rename the file: no / or \\, no control characters, no space at the ends, not . or .. .',
  },
  'name.too-long': {
    class: 'needs-user',
    title: 'The name is longer than the 255 characters that Box takes',
    remedy: 'Shorten the name.',
  },
  'name.taken': {
    class: 'needs-user',
    title: 'The name is already taken on Box',
    remedy: 'Choose: replace it, keep both, or leave it; then retry.',
  },
  'name.taken-by-folder': {
    class: 'needs-user',
    title: 'A folder of this name stands on Box where the file should go',
    remedy: 'Rename one of the two.',
  },
  'name.taken-by-file': {
    class: 'needs-user',
    title: 'A file of this name stands on Box where the folder should go',
    remedy: 'Rename one of the two.',
  },
  'name.twins': {
    class: 'needs-user',
    title: 'Two local names differ only in case or accents, and Box keeps one',
    remedy: 'Rename one of the two.',
  },
  // folder pairs
  'pair.root-missing': {
    class: 'needs-user',
    title: 'The local folder is not there, or its disk is not mounted',
    remedy: 'Mount the disk or put the folder back: Boxcar goes on by itself. Nothing on Box was touched.',
  },
  'pair.root-unreadable': {
    class: 'needs-user',
    title: 'The local folder cannot be read',
    remedy: 'Give your user the right to read it: Boxcar goes on by itself.',
  },
  'pair.root-not-folder': {
    class: 'needs-user',
    title: 'In the place of the local folder stands something that is no folder',
    remedy: 'Put the folder back: Boxcar goes on by itself. Nothing on Box was touched.',
  },
  'pair.root-replaced': {
    class: 'needs-user',
    title: 'Another folder stands in the place of the local folder',
    remedy: 'Put the right folder back (or mount its disk), or answer that this is the one.',
  },
  'pair.root-emptied': {
    class: 'needs-user',
    title: 'The local folder is empty now',
    remedy: 'Mount the disk or put the files back, or answer that it is to be empty. Nothing on Box was touched.',
  },
  'pair.folder-elsewhere': {
    class: 'needs-user',
    title: 'A folder lies on another device than before, and what was in it is not there',
    remedy:
      'Mount its disk again, then rescan. If it is meant to be as it is now, rename the folder and give it its name back. Nothing on Box was touched.',
  },
  'pair.target-gone': {
    class: 'needs-user',
    title: 'The folder on Box that the pair goes to is gone',
    remedy: 'Restore it from the trash of Box, then resume the pair; or remove the pair and add it anew.',
  },
  'pair.removed-on-box': {
    class: 'needs-user',
    title: 'The file was removed on Box',
    remedy: 'Answer whether it is uploaded again or left here only.',
  },
  'pair.many-deletions': {
    class: 'needs-user',
    title: 'Many files are gone here at once',
    remedy: 'Answer whether they go to the trash of Box or stay there.',
  },
  'pair.kept-on-box': {
    class: 'needs-user',
    title: 'It was changed on Box since, and stays there',
    remedy: 'Look at it on Box, and delete it there if it is not needed.',
  },
  // the content
  'conflict.changed-on-box': {
    class: 'needs-user',
    title: 'Somebody changed the file on Box meanwhile',
    remedy: 'Choose: replace it, keep both, or leave it; then retry.',
  },
  'content.digest': {
    class: 'retry',
    title: 'What arrived differs from what was read',
    remedy: 'Boxcar reads and sends it again; if it stays, check the memory, the disk and the network of this machine.',
  },
  'content.too-small-for-session': {
    class: 'retry',
    title: 'Box wants this file in one request',
    remedy: 'Nothing to do: Boxcar sends it that way.',
  },
  'content.length': {
    class: 'give-up',
    title: 'The content is shorter or longer than announced',
    remedy: 'Give the right size, or upload it again from a source that is complete.',
  },
  'session.conflict': {
    class: 'needs-user',
    title: 'Another unfinished upload to the same place is open on Box',
    remedy: 'Wait until it ends (after 7 days at the latest) or choose another name, then retry.',
  },
  'session.gone': {
    class: 'retry',
    title: 'Box no longer knows the upload session',
    remedy: 'Nothing to do: Boxcar looks whether the file arrived and starts anew if not.',
  },
  'session.parts-missing': {
    class: 'retry',
    title: 'Box misses parts of the upload',
    remedy: 'Nothing to do: Boxcar compares the parts and sends what is missing.',
  },
  'part.unsure': {
    class: 'retry',
    title: 'It is not known whether the part arrived',
    remedy: 'Nothing to do: Boxcar asks Box for the list of parts.',
  },
  // this machine
  'local.missing': {
    class: 'give-up',
    title: 'The file is no longer there',
    remedy: 'Put it back, or start the upload again without it.',
  },
  'local.unreadable': {
    class: 'needs-user',
    title: 'The file cannot be read',
    remedy: 'Give your user read permission, then retry.',
  },
  'local.path-too-long': {
    class: 'needs-user',
    title: 'The path is too long for this system',
    remedy: 'Upload a folder further down by itself, or give the folders above shorter names, then retry.',
  },
  'local.read-error': {
    class: 'needs-user',
    title: 'The disk reports an error while reading',
    remedy: 'Check the disk; then retry.',
  },
  'local.locked': {
    class: 'retry',
    title: 'Another program holds the file',
    remedy: 'Close it there; Boxcar tries again.',
  },
  'local.changed': {
    class: 'retry',
    title: 'The file changed while it went up',
    remedy: 'Nothing to do: Boxcar sends the new content once the file is quiet.',
  },
  'local.keeps-changing': {
    class: 'needs-user',
    title: 'The file keeps changing',
    remedy: 'Close the program that writes it, then retry.',
  },
  'local.not-regular': {
    class: 'give-up',
    title: 'Not a regular file (link, socket, pipe or device)',
    remedy: 'Only files and folders are uploaded; copy the content into a file if it should go up.',
  },
  'local.data-folder-full': {
    class: 'pause-all',
    title: "The disk of Boxcar's data folder is full",
    remedy: 'Free space there. Nothing is lost: a folder pair then goes on by itself, an upload when it is run again.',
  },
  'local.data-folder': {
    class: 'pause-all',
    title: "Boxcar's data folder cannot be written",
    remedy: 'Check its disk and the rights there, or choose another folder with --home. Box keeps what has arrived.',
  },
  'local.internal': {
    class: 'give-up',
    title: 'Boxcar itself failed',
    remedy: 'Retry; if it stays, report it with the details.',
  },
} as const satisfies Record<string, ProblemEntry>;

export type ProblemCode = keyof typeof problems;
