import { partLabels, transferLabels, waitLabels } from '../../../shared/labels.ts';

/** The labels that the terminal shows too. */
export const states = { transfer: transferLabels, wait: waitLabels, part: partLabels };
