import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How often the delay is sampled. */
const resolutionMs = 10;

type Histogram = ReturnType<typeof monitorEventLoopDelay>;

/** What a process costs: for benchmarks and diagnostics. */
export interface ProcessMetrics {
  /** How late the event loop was, from the last reset on. */
  eventLoopDelayMs: { p50: number; p99: number; p999: number; max: number };
  rssBytes: number;
  /** The most that this process ever held in memory. */
  peakRssBytes: number;
}

/**
 * Measures this process. Nothing is sampled before the first call, which therefore answers zero delays; `reset` begins a
 * new measurement after the answer.
 */
export class ProcessMeter {
  #histogram: Histogram | undefined;

  read({ reset }: { reset: boolean }): ProcessMetrics {
    this.#histogram ??= startSampling();
    const histogram = this.#histogram;
    const metrics = {
      eventLoopDelayMs: {
        p50: delayMs(histogram, histogram.percentile(50)),
        p99: delayMs(histogram, histogram.percentile(99)),
        p999: delayMs(histogram, histogram.percentile(99.9)),
        max: delayMs(histogram, histogram.max),
      },
      rssBytes: process.memoryUsage.rss(),
      peakRssBytes: peakRssBytes(),
    };
    if (reset) histogram.reset();
    return metrics;
  }
}

function startSampling(): Histogram {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  histogram.enable();
  return histogram;
}

/** Node records the time between two samples, so the interval itself is no delay. */
function delayMs(histogram: Histogram, nanoseconds: number): number {
  return histogram.count === 0 ? 0 : Math.max(0, nanoseconds / 1e6 - resolutionMs);
}

/** VmHWM where there is one: what getrusage says on Linux has the parent's peak in it, since it survives fork and exec. */
function peakRssBytes(): number {
  try {
    const kilobytes = /^VmHWM:\s*(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    if (kilobytes !== undefined) return Number(kilobytes) * 1024;
  } catch {
    // Not Linux.
  }
  return process.resourceUsage().maxRSS * 1024;
}
