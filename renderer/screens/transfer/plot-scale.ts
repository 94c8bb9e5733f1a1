// The scales of the plot, as numbers: round figures for people, never more marks than fit.

/** Round steps up to what is to be shown: 0, 5 MB, 10 MB. `top` is the last of them and not below `max`. */
export function niceScale(max: number, wantedTicks = 3): { ticks: number[]; top: number } {
  const least = Number.isFinite(max) ? Math.max(1, max) : 1;
  const rough = least / Math.max(1, wantedTicks);
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * magnitude).find((size) => size >= rough * (1 - 1e-9))!;
  const steps = Math.ceil(least / step - 1e-9);
  const ticks = Array.from({ length: steps + 1 }, (_, index) => index * step);
  return { ticks, top: ticks.at(-1)! };
}

const timeSteps = [
  5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
].map((seconds) => seconds * 1000);

/**
 * Round distances back from the end of a span of time, in ms, without the end itself and never before its beginning: of 3 min
 * 20 s `[60_000, 120_000, 180_000]`. Empty where the span is too short for one.
 */
export function timeTicks(spanMs: number, wantedTicks = 4): number[] {
  const rough = spanMs / Math.max(1, wantedTicks);
  const step = timeSteps.find((size) => size >= rough) ?? timeSteps.at(-1)! * Math.ceil(rough / timeSteps.at(-1)!);
  return Array.from({ length: Math.floor(spanMs / step) }, (_, index) => (index + 1) * step);
}

/** Bytes a second in each span that is over; a lone span that isn't over tells nothing yet. */
export function ratesOf({ spanMs, bytes }: { spanMs: number; bytes: readonly number[] }): number[] {
  return bytes.slice(0, -1).map((sent) => (sent * 1000) / spanMs);
}

/** The outline of the rates as steps, for an SVG path in a width and height; '' where there are none. */
export function stepsPath(
  rates: readonly number[],
  top: number,
  { width, height }: { width: number; height: number },
): string {
  if (rates.length === 0) return '';
  const round = (value: number) => Math.round(value * 10) / 10;
  const x = (index: number) => round((index / rates.length) * width);
  const y = (rate: number) => round(height - (Math.min(rate, top) / top) * height);
  return rates.map((rate, index) => `${index === 0 ? 'M' : 'L'}${x(index)},${y(rate)}H${x(index + 1)}`).join('');
}
