// What somebody would run in a page of the app: each is put into it as text.

/** The bridge, as the page has it. */
interface Api {
  askForPort(request: unknown): void;
  takeFiles(files: readonly unknown[]): Promise<unknown>;
}
declare global {
  interface Window {
    boxcar?: Api;
  }
}

/** Asks for a port; `a port`, or `nothing` once an answer of the same bridge has come after it. */
export function portFor(request: unknown): Promise<string> {
  return new Promise((resolve) => {
    addEventListener('message', ({ data, ports }: MessageEvent<{ request?: unknown } | string>) => {
      if (data === 'after') resolve('nothing');
      else if (typeof data === 'object' && data.request === request && ports.length === 1) resolve('a port');
    });
    window.boxcar?.askForPort(request);
    const after = () => postMessage('after', '*');
    void window.boxcar?.takeFiles([]).then(after, after);
  });
}

/** Asks for two ports, and calls on the first and then on the second: which of them answer until the second has. */
export function portsThatAnswer(): Promise<string[]> {
  return new Promise((resolve) => {
    const ports: MessagePort[] = [];
    const answered: string[] = [];
    addEventListener('message', ({ data, ports: [port] }: MessageEvent<{ request?: unknown } | string>) => {
      if (typeof data !== 'object' || !port) return;
      if (data.request === 801) {
        ports.push(port);
        window.boxcar?.askForPort(802);
      } else if (data.request === 802) {
        ports.push(port);
        ports.forEach((one, at) => {
          one.onmessage = ({ data: message }: MessageEvent<{ t?: string }>) => {
            if (message.t !== 's') return;
            answered.push(['the first', 'the second'][at] ?? '');
            if (at === 1) resolve(answered);
          };
          one.postMessage({ t: 'q', i: 'a', m: 'shell', a: [{}] });
        });
      }
    });
    window.boxcar?.askForPort(801);
  });
}

/** Calls a command over a port of its own; what was answered. */
export function call({
  method,
  args,
}: {
  method: string;
  args: object;
}): Promise<{ ok?: boolean; error?: { code: string } }> {
  return new Promise((resolve) => {
    addEventListener('message', ({ data, ports: [port] }: MessageEvent<{ request?: unknown } | string>) => {
      if (typeof data !== 'object' || data.request !== 803 || !port) return;
      port.onmessage = ({ data: message }: MessageEvent<{ t?: string; r?: object }>) => {
        if (message.t === 's') resolve(message.r ?? {});
      };
      port.postMessage({ t: 'q', i: 'a', m: method, a: [args] });
    });
    window.boxcar?.askForPort(803);
  });
}

/** Whether a function of the page's runs inside the bridge's. */
export async function reachesIntoPreload(): Promise<boolean> {
  let reached = false;
  const own = Array.prototype.filter;
  Array.prototype.filter = function (this: unknown[], ...args: Parameters<typeof own>) {
    reached = true;
    return own.apply(this, args) as never;
  };
  const answer = window.boxcar?.takeFiles([]);
  Array.prototype.filter = own;
  await answer?.catch(() => undefined);
  return reached;
}

/** Whether anything inline, or made of text, runs. */
export async function inlineRuns(): Promise<{ script: boolean; text: boolean; style: boolean; policy: boolean }> {
  const ran = { script: false, text: false };
  Object.assign(window, { ran });
  const script = document.createElement('script');
  script.textContent = 'window.ran.script = true';
  document.body.append(script);
  const style = document.createElement('p');
  style.setAttribute('style', 'position: fixed');
  document.body.append(style);
  // What the tools of developers evaluate is allowed; what it starts isn't.
  await new Promise<void>((resolve) => {
    setTimeout(() => {
      try {
        // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call -- what is tried
        new Function('window.ran.text = true')();
      } catch {
        // Refused.
      }
      resolve();
    });
  });
  const policy = (await fetch(location.href)).headers.get('content-security-policy') ?? '';
  return { ...ran, style: getComputedStyle(style).position === 'fixed', policy: /unsafe/.test(policy) };
}

/** Text of a call of one of these, for where only text is taken. */
export function asText(work: (arg: never) => unknown, arg: unknown): string {
  return `(${work.toString()})(${JSON.stringify(arg)})`;
}
