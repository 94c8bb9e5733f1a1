const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/**
 * How long the commands that may take longer than a call's usual minute are waited for: those that walk or read a tree, ask Box for all
 * of it, act on everything at once, or wait for what is being committed. Whoever is asked on the way waits as long: else somebody is
 * told that it failed while it is being done.
 */
export const commandTimeoutsMs = {
  upload: 10 * minuteMs,
  doctor: 2 * minuteMs,
  addPair: 10 * minuteMs,
  setPair: 10 * minuteMs,
  removePair: 30 * minuteMs,
  startPairs: 10 * minuteMs,
  act: 10 * minuteMs,
  retryProblems: 10 * minuteMs,
  preview: 6 * hourMs,
  verify: 48 * hourMs,
} as const;
