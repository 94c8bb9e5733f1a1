import type { Catalogue } from '../../text/catalogue.ts';

type Words = Catalogue['folders']['options'];

/** The rules of a pair that are one of several, as a form shows them: the safe one first. */
export function deletionChoices(words: Words) {
  return [
    { value: 'keep', label: words.deletionsKeep, help: words.deletionsKeepHelp },
    { value: 'trash', label: words.deletionsTrash, help: words.deletionsTrashHelp },
  ] as const;
}

export function conflictChoices(words: Words) {
  return [
    { value: 'keep-both', label: words.conflictsKeepBoth, help: words.conflictsKeepBothHelp },
    { value: 'version', label: words.conflictsVersion, help: words.conflictsVersionHelp },
    { value: 'skip', label: words.conflictsSkip, help: words.conflictsSkipHelp },
  ] as const;
}

export function removedChoices(words: Words) {
  return [
    { value: 'ask', label: words.removedAsk, help: words.removedAskHelp },
    { value: 'upload', label: words.removedUpload, help: words.removedUploadHelp },
    { value: 'leave', label: words.removedLeave, help: words.removedLeaveHelp },
  ] as const;
}
