/** The outcome of work that ends in time, or `late`; the work itself goes on, and what it ends with then is lost. */
export async function withinMs<T>(work: Promise<T>, limitMs: number): Promise<{ value: T } | 'late'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => (timer = setTimeout(() => resolve('late'), limitMs)));
  try {
    return await Promise.race([work.then((value) => ({ value })), late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}
