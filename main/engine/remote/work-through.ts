/**
 * Works through items and those that the work adds, at most `atOnce` at a time, the latest first, so that few wait in a tree.
 * Rejects with the first failure, or the signal's reason, when nothing of it runs any more.
 */
export function workThrough<T>(
  first: readonly T[],
  atOnce: number,
  signal: AbortSignal,
  work: (item: T) => Promise<readonly T[]>,
): Promise<void> {
  const waiting = [...first];
  let running = 0;
  let failure: { error: unknown } | undefined;
  return new Promise((resolve, reject) => {
    const next = () => {
      if (signal.aborted) failure ??= { error: signal.reason };
      while (!failure && running < atOnce && waiting.length > 0) {
        running += 1;
        void work(waiting.pop()!)
          .then((more) => {
            for (const item of more) waiting.push(item);
          })
          .catch((error: unknown) => (failure ??= { error }))
          .finally(() => {
            running -= 1;
            next();
          });
      }
      if (running > 0) return;
      if (!failure) return resolve();
      const { error } = failure;
      reject(error instanceof Error ? error : new Error(String(error)));
    };
    next();
  });
}
