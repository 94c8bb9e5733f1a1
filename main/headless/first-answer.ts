/** So long Box may take before it is said that nothing has begun. */
const silentMs = 5000;

/**
 * Waits for a command that asks Box before there is any progress to show: who this is, and for the target. Box may ask to wait for
 * minutes there (Retry-After), and a silent command looks as if it hung. Settles as `work` does.
 */
export async function sayWhileSilent<Result>(work: Promise<Result>, note: (text: string) => void): Promise<Result> {
  const timer = setTimeout(
    () => note("Waiting for Box's first answer: it is slow, or has asked to wait. Nothing has begun; Ctrl-C ends it."),
    silentMs,
  );
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}
