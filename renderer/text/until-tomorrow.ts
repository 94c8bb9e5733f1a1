/** How long it is until 08:00 of tomorrow, by the clock of this machine: a day of 23 or 25 hours is one. */
export function untilTomorrowMs(now: number): number {
  const at = new Date(now);
  at.setDate(at.getDate() + 1);
  at.setHours(8, 0, 0, 0);
  return at.getTime() - now;
}
