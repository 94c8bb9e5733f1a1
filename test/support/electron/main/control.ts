// The stand-in's back door for its spec: what `ElectronApplication.evaluate` of Playwright does, and the desktop around the app.
import { appendFileSync } from 'node:fs';
import { UnmodelledError } from '../unmodelled.ts';

/** What the spec says. */
export type Order =
  | { kind: 'evaluate'; id: number; source: string; arg: unknown }
  /** What a person does with something that the app gave the system. */
  | { kind: 'act'; id: number; on: string; what: string };
/** What it hears. */
export type Told =
  | { kind: 'browser'; endpoint: string }
  | { kind: 'answer'; id: number; value: unknown }
  | { kind: 'failed'; id: number; message: string };

export function tellSpec(told: Told): void {
  if (process.connected) process.send?.(told, undefined, undefined, () => undefined);
}

/** What the system was given, a line each: notifications, the tray, addresses to open. As somebody at the desktop would see it. */
export function systemSees(what: string, facts: object = {}): void {
  const file = process.env['STAND_IN_SYSTEM'];
  if (file) appendFileSync(file, `${JSON.stringify({ what, ...facts })}\n`);
}

type Act = (what: string) => unknown;
const acts = new Map<string, Act>();

/** Has a person at the desktop act on something. */
export function onAct(on: string, act: Act): void {
  acts.set(on, act);
}

/** Listens to the spec, with what it may evaluate in. When the spec's process ends, so does this one. */
export function openControl(electron: () => unknown): void {
  if (!process.connected) return;
  process.on('message', (order: Order) => {
    void Promise.resolve()
      .then(() => run(order, electron))
      .then(
        (value) => tellSpec({ kind: 'answer', id: order.id, value }),
        (error: unknown) => tellSpec({ kind: 'failed', id: order.id, message: String(error) }),
      );
  });
  process.on('disconnect', () => process.exit(1));
  process.channel?.unref();
}

function run(order: Order, electron: () => unknown): unknown {
  if (order.kind === 'act') {
    const act = acts.get(order.on);
    if (!act) throw new UnmodelledError(`a person's ${order.what} on ${order.on}`);
    return act(order.what);
  }
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the text of the spec's own function
  const evaluated = new Function('electron', 'arg', `return (${order.source})(electron, arg)`) as (
    electron: unknown,
    arg: unknown,
  ) => unknown;
  return evaluated(electron(), order.arg);
}
