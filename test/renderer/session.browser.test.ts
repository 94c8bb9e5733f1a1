// The link of a page and its views, against a shell that changes faster than it answers.
import { expect, test, vi } from 'vitest';
import type { Link } from '../../renderer/link.ts';
import type { PageEvents } from '../../renderer/page-link.ts';
import { Session } from '../../renderer/state/session.svelte.ts';
import type { Batch, View } from '../../shared/progress-contract.ts';
import type { ShellState } from '../../shared/shell-model.ts';

const pairs: View = { kind: 'pairs' };
const batch = (etaMs: number): Batch => ({
  kind: 'pairs',
  progress: { pairs: [], bytesPerSecond: null, etaMs, active: [] },
  rule: { bytesPerSecond: null, paused: false, pausedBy: null, until: null },
});
const shellOf = (phase: ShellState['phase'], id: string) =>
  ({ phase, account: { id, kind: 'token', label: id, signIn: 'ok' } }) as unknown as ShellState;

async function open() {
  let events: PageEvents | undefined;
  const asked: { answer: () => void; send: (etaMs: number) => unknown; isClosed: boolean }[] = [];
  const link: Link = {
    commands: { shell: () => Promise.resolve(shellOf('ready', 'ann')) } as unknown as Link['commands'],
    closed: new Promise(() => undefined),
    takeFiles: () => Promise.reject(new Error('not asked here')),
    subscribe: (_view, onBatch) =>
      new Promise((resolve) => {
        const one = {
          isClosed: false,
          send: (etaMs: number) => onBatch(batch(etaMs)),
          answer: () => resolve({ close: () => Promise.resolve(void (one.isClosed = true)) }),
        };
        asked.push(one);
      }),
  };
  const session = new Session({
    wholeFolders: false,
    connect: (given) => {
      events = given;
      return Promise.resolve(link);
    },
  });
  void session.keep();
  await vi.waitFor(() => expect(session.link).toBe('open'));
  return { session, asked, tell: (shell: ShellState) => events!.onShell(shell) };
}

test('a view that was still being opened when the account changed is open once, and told of the new one alone', async () => {
  const { session, asked, tell } = await open();
  const seen: unknown[] = [];
  const close = session.watch(pairs, (given) => void seen.push(given.kind === 'pairs' && given.progress.etaMs));
  expect(asked).toHaveLength(1);
  tell(shellOf('starting', 'ben'));
  tell(shellOf('ready', 'ben'));
  expect(asked).toHaveLength(2);
  asked[0]!.answer();
  asked[1]!.answer();
  await vi.waitFor(() => expect(asked[0]!.isClosed).toBe(true));
  await asked[0]!.send(1);
  await asked[1]!.send(2);
  expect(seen).toEqual([2]);
  expect(asked[1]!.isClosed).toBe(false);
  close();
  await vi.waitFor(() => expect(asked[1]!.isClosed).toBe(true));
});
