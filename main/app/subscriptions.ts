import type { View } from '../../shared/progress-contract.ts';

/** Takes a batch; what it returns is awaited before the next one of the same view is asked for. */
export type OnBatch = (batch: unknown) => Promise<void> | void;

/**
 * The views that are open over one link, by the number that the other side gave them. A batch may overtake the answer that
 * names its subscription, so one that is unknown waits for the subscriptions under way.
 */
export class Subscriptions {
  readonly #open = new Map<number, OnBatch>();
  readonly #opening = new Set<Promise<unknown>>();

  /** Subscribes, and takes its batches from then on. Returns the other side's number. */
  async open(subscribe: (args: { view: View }) => Promise<{ subscription: number }>, view: View, onBatch: OnBatch) {
    const opening = subscribe({ view }).then(({ subscription }) => {
      this.#open.set(subscription, onBatch);
      return subscription;
    });
    this.#opening.add(opening);
    try {
      return await opening;
    } finally {
      this.#opening.delete(opening);
    }
  }

  close(subscription: number): void {
    this.#open.delete(subscription);
  }

  /** Hands a batch to its view; one of a closed view is acknowledged and dropped. */
  async deliver({ subscription, batch }: { subscription: number; batch: unknown }): Promise<Record<string, never>> {
    if (!this.#open.has(subscription)) await Promise.allSettled(this.#opening);
    await this.#open.get(subscription)?.(batch);
    return {};
  }
}
