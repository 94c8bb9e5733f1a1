// What a page tells of its own smoothness: when its frames began, and tasks that held it up. Runs in the page.

/** Of a stretch of time in a page; times in ms. */
export interface Smoothness {
  /** Frames of each whole second. */
  framesPerSecond: number[];
  /** The longest time between two frames in each whole second. */
  longestFrames: number[];
  /** The time between two frames that one in a hundred exceeds. */
  frameP99: number;
  /** 0 where none was longer than 50 ms, which is what a browser calls long. */
  longestTask: number;
  longTasks: number;
}

interface Probe {
  frames: number[];
  tasks: number[];
}

declare global {
  var boxcarProbe: Probe | undefined;
}

/** For the page: begins to count, or begins anew. */
export function beginProbe(): void {
  if (globalThis.boxcarProbe) {
    Object.assign(globalThis.boxcarProbe, { frames: [], tasks: [] });
    return;
  }
  const probe: Probe = { frames: [], tasks: [] };
  globalThis.boxcarProbe = probe;
  const frame = () => {
    probe.frames.push(performance.now());
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) probe.tasks.push(duration);
  }).observe({ type: 'longtask' });
}

/** For the page: what was counted since the beginning. */
export function readProbe(): Probe {
  return globalThis.boxcarProbe ?? { frames: [], tasks: [] };
}

/** Puts together what a page has counted. */
export function smoothnessOf({ frames, tasks }: Probe): Smoothness {
  const intervals = frames.slice(1).map((at, index) => at - (frames[index] ?? at));
  const begun = frames[0] ?? 0;
  const seconds = Math.max(1, Math.floor(((frames.at(-1) ?? begun) - begun) / 1000));
  const inSecond = Array.from({ length: seconds }, (_, second) =>
    intervals.filter((_, index) => Math.floor(((frames[index + 1] ?? 0) - begun) / 1000) === second),
  );
  const sorted = intervals.toSorted((a, b) => a - b);
  return {
    framesPerSecond: inSecond.map((second) => second.length),
    longestFrames: inSecond.map((second) => Math.max(0, ...second)),
    frameP99: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
    longestTask: Math.max(0, ...tasks),
    longTasks: tasks.length,
  };
}
