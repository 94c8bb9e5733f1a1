import { describe, expect, test } from 'vitest';
import { gridKey } from '../../renderer/state/grid-keys.ts';
import { askedFor, may, primaryOf, rowActions, spaceAction } from '../../renderer/state/transfer-actions.ts';
import { mayMove, transferStates } from '../../shared/transfer-state.ts';

describe('what can be done in which state', () => {
  test('nothing is offered that the states forbid', () => {
    for (const state of transferStates) {
      if (may('pause', state)) expect(mayMove(state, 'paused')).toBe(true);
      if (may('abort', state)) expect(mayMove(state, 'aborting')).toBe(true);
      if (may('resume', state) || may('retry', state)) expect(mayMove(state, 'queued')).toBe(true);
    }
  });

  test('what is being finished on Box can only be looked at', () => {
    expect(rowActions.filter((action) => may(action, 'committing'))).toEqual([]);
    expect(primaryOf('committing')).toBe('open');
  });

  test('the one button turns from pause to resume to retry to open', () => {
    const states = ['sending', 'paused', 'needs-you', 'aborting', 'aborted', 'done'] as const;
    expect(states.map(primaryOf)).toEqual(['pause', 'resume', 'retry', 'undo', 'retry', 'open']);
  });

  test('Space pauses several while one of them moves, and resumes them else', () => {
    expect(spaceAction(['paused', 'sending'])).toBe('pause');
    expect(spaceAction(['paused', 'done'])).toBe('resume');
    expect(spaceAction(['done'])).toBeNull();
  });

  test('of what is being aborted the abort is taken back, so that what was paused is not sent', () => {
    expect(askedFor('resume', 'aborting')).toBe('undo');
    expect(askedFor('resume', 'paused')).toBe('resume');
    expect(spaceAction(['aborting', 'done'])).toBe('undo');
    expect(spaceAction(['aborting', 'paused'])).toBe('resume');
  });
});

describe('keys', () => {
  const press = (key: string, held: Partial<Parameters<typeof gridKey>[0]> = {}) =>
    gridKey({ key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...held });

  test('each key has its meaning', () => {
    expect(press('ArrowDown')).toEqual({ kind: 'move', by: 'row', direction: 1, extends: false });
    expect(press('End', { shiftKey: true })).toEqual({ kind: 'move', by: 'end', direction: 1, extends: true });
    expect(press(' ')).toEqual({ kind: 'space' });
    expect(press(' ', { ctrlKey: true })).toEqual({ kind: 'toggle' });
    expect(press('Delete')).toEqual({ kind: 'act', action: 'abort' });
    expect(press('r')).toEqual({ kind: 'act', action: 'retry' });
    expect(press('N')).toEqual({ kind: 'act', action: 'next' });
    expect(press('a', { metaKey: true })).toEqual({ kind: 'all' });
    expect(press('z', { ctrlKey: true })).toEqual({ kind: 'undo' });
  });

  test("the browser's own keys stay its own", () => {
    expect(press('r', { ctrlKey: true })).toBeNull();
    expect(press('ArrowLeft', { altKey: true })).toBeNull();
    expect(press('Tab')).toBeNull();
  });
});
