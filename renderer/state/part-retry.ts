import { text } from '../text/text.svelte.ts';
import type { App } from './app.ts';

/** Tries parts of a transfer again at once, and says what became of it. */
export async function retryParts(
  { session, toasts }: Pick<App, 'session' | 'toasts'>,
  transferId: number,
  parts: readonly number[],
): Promise<void> {
  const words = text.now.transfer;
  if (parts.length === 0) {
    toasts.show(words.nothingToRetry);
    return;
  }
  const targets = parts.map((part) => ({ kind: 'part' as const, id: transferId, part }));
  const result = await toasts.attempt(session.commands.act({ action: 'retry', on: { targets } }));
  if (!result) return;
  if (result.done > 0) toasts.show(words.partsRetried(result.done));
  const refusal = result.refused[0]?.message;
  if (refusal !== undefined) toasts.show(refusal, { tone: 'failure' });
}
