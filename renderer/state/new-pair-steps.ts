import { CallError } from '../../shared/call-error.ts';

/** The steps of adding a pair: the folder here, the folder on Box, a look at what would happen. */
export const newPairSteps = ['local', 'box', 'preview'] as const;
export type NewPairStep = (typeof newPairSteps)[number];

/**
 * The step at which a refusal is to be put right: that of the folder which it names, by its code or, where the engine gives none,
 * by what its sentence begins with.
 */
export function stepOf(error: unknown, path: string, target: string): NewPairStep {
  if (!(error instanceof CallError)) return 'preview';
  const code = error.problem?.code ?? '';
  if (/^(target|name)\./.test(code) || code === 'pair.target-gone') return 'box';
  if (/^(pair\.root|local)/.test(code)) return code === 'local.internal' ? 'preview' : 'local';
  if (error.code !== 'usage' && error.code !== 'refused') return 'preview';
  const names = (what: string) => error.message.startsWith(what) && /^[\s:]/.test(error.message.slice(what.length));
  // A path on Box may look like one here: what Box says is said of Box.
  const isOfBox = names(target) && (!names(path) || error.message.includes('Box folder'));
  if (isOfBox) return 'box';
  return names(path) || /choose it again/.test(error.message) ? 'local' : 'preview';
}
