/** Time and chance, passed in so that tests decide both. */
export interface Clock {
  /** Wall time in ms since the epoch: for what people read and for comparing with file times. */
  now(): number;
  /** Time in ms that never goes back: for measuring. */
  monotonic(): number;
  /** Like Math.random. */
  random(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  random: () => Math.random(),
};
