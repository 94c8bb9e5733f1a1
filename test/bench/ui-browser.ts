// Chromium with the page of a host in it, what that page receives, and an empty page in a browser of its own beside it: what the
// machine itself does to frames stands in both.
import { existsSync } from 'node:fs';
import { chromium, type CDPSession, type Page } from 'playwright';
import { z } from 'zod';
import { chromiumOptions } from '../support/chromium.ts';
import { beginProbe, readProbe, smoothnessOf, type Smoothness } from './ui-probe.ts';

const viewport = { width: 1280, height: 800 };

export interface BenchPage {
  page: Page;
  protocol: CDPSession;
  /** Bytes that came over its WebSocket so far. */
  receivedBytes(): number;
  close(): Promise<void>;
}

export interface Browsers {
  /** Opens the link of a host and waits for its frame. */
  open(url: string): Promise<BenchPage>;
  /** The empty page. */
  blank: Page;
  close(): Promise<void>;
}

/** What a stretch of time did to a page. */
export interface Stretch {
  page: Smoothness;
  blank: Smoothness;
  receivedBytesPerSecond: number;
  /** CPU that the main thread of the page used, as a share of one core, 0..1: what others do on the machine is not in it. */
  busy: number;
  /** CPU of its longest task, in ms: a task that was held up by others took longer. */
  longestTaskCpu: number;
}

export async function startBrowsers(): Promise<Browsers> {
  const launch = () => chromium.launch({ ...chromiumOptions(existsSync), headless: true });
  const [browser, other] = await Promise.all([launch(), launch()]);
  const blank = await other.newPage({ viewport });
  await blank.goto('about:blank');
  await blank.evaluate(beginProbe);
  // One context: what it keeps lets a second page of a host in, whose link is used up.
  const context = await browser.newContext({ viewport });
  return {
    blank,
    open: async (url) => {
      const page = await context.newPage();
      let bytes = 0;
      page.on('websocket', (socket) =>
        socket.on('framereceived', ({ payload }) => (bytes += Buffer.byteLength(payload))),
      );
      const protocol = await context.newCDPSession(page);
      await protocol.send('Performance.enable', { timeDomain: 'threadTicks' });
      await page.goto(url);
      await page.getByRole('navigation', { name: 'Screens' }).waitFor();
      return { page, protocol, receivedBytes: () => bytes, close: () => page.close() };
    },
    close: async () => {
      await Promise.all([browser.close(), other.close()]);
    },
  };
}

/** Watches a page and the empty one while somebody does something, for about so long. */
export async function watchStretch(
  blank: Page,
  opened: BenchPage,
  seconds: number,
  act: (isOver: () => boolean) => Promise<void>,
): Promise<Stretch> {
  const { page, protocol } = opened;
  await Promise.all([page.evaluate(beginProbe), blank.evaluate(beginProbe)]);
  const browser = page.context().browser();
  await browser?.startTracing(page, { categories: ['toplevel'] });
  const [busyBefore, bytesBefore, begun] = [await busySeconds(protocol), opened.receivedBytes(), performance.now()];
  const elapsed = () => (performance.now() - begun) / 1000;
  await act(() => elapsed() >= seconds);
  if (elapsed() < seconds) await page.waitForTimeout((seconds - elapsed()) * 1000);
  const took = elapsed();
  const bytes = opened.receivedBytes() - bytesBefore;
  const busy = (await busySeconds(protocol)) - busyBefore;
  const trace = await browser?.stopTracing();
  const [own, other] = await Promise.all([page.evaluate(readProbe), blank.evaluate(readProbe)]);
  return {
    page: smoothnessOf(own),
    blank: smoothnessOf(other),
    receivedBytesPerSecond: bytes / took,
    busy: busy / took,
    longestTaskCpu: longestTaskCpu(trace?.toString() ?? ''),
  };
}

async function busySeconds(protocol: CDPSession): Promise<number> {
  const { metrics } = await protocol.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0;
}

/** Of a trace of Chromium: its events, `tdur` being CPU in microseconds. */
const traceSchema = z.object({
  traceEvents: z.array(
    z.object({
      name: z.string(),
      pid: z.int(),
      tid: z.int(),
      tdur: z.number().default(0),
      args: z.object({ name: z.unknown() }).partial().optional(),
    }),
  ),
});

function longestTaskCpu(trace: string): number {
  const { traceEvents } = traceSchema.parse(JSON.parse(trace));
  const threadOf = ({ pid, tid }: { pid: number; tid: number }) => `${pid} ${tid}`;
  const main = new Set(
    traceEvents
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map((event) => threadOf(event)),
  );
  return traceEvents.reduce((most, event) => (main.has(threadOf(event)) ? Math.max(most, event.tdur) : most), 0) / 1000;
}
