/** Holds the bodies of requests back, all of them together. */
export interface BodyPace {
  /** False: bodies leave as fast as the connection takes them, and nothing is asked. It may change at any time. */
  readonly isLimited: boolean;
  /**
   * Resolves with how many of the bytes may leave now: at least one and at most all. Rejects with the signal's reason as
   * soon as it is aborted.
   */
  take(bytes: number, signal: AbortSignal): Promise<number>;
}
