import type { RowAction } from './transfer-actions.ts';

/** What a key means in the list. */
export type GridKey =
  | { kind: 'move'; by: 'row' | 'page' | 'end'; direction: -1 | 1; extends: boolean }
  | { kind: 'act'; action: RowAction }
  | { kind: 'space' | 'open' | 'toggle' | 'all' | 'escape' | 'undo' };

type Key = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey'>;

const moves: Record<string, { by: 'row' | 'page' | 'end'; direction: -1 | 1 }> = {
  ArrowUp: { by: 'row', direction: -1 },
  ArrowDown: { by: 'row', direction: 1 },
  PageUp: { by: 'page', direction: -1 },
  PageDown: { by: 'page', direction: 1 },
  Home: { by: 'end', direction: -1 },
  End: { by: 'end', direction: 1 },
};

/** Null: the key is not for the list. */
export function gridKey({ key, ctrlKey, metaKey, shiftKey, altKey }: Key): GridKey | null {
  if (altKey) return null;
  const letter = key.toLowerCase();
  const move = moves[key];
  if (move) return { kind: 'move', ...move, extends: shiftKey };
  if (ctrlKey || metaKey) {
    if (letter === 'a') return { kind: 'all' };
    if (letter === 'z' && !shiftKey) return { kind: 'undo' };
    return key === ' ' ? { kind: 'toggle' } : null;
  }
  switch (key) {
    case ' ':
      return shiftKey ? { kind: 'toggle' } : { kind: 'space' };
    case 'Enter':
      return { kind: 'open' };
    case 'Escape':
      return { kind: 'escape' };
    case 'Delete':
    case 'Backspace':
      return { kind: 'act', action: 'abort' };
  }
  if (letter === 'r') return { kind: 'act', action: 'retry' };
  return letter === 'n' ? { kind: 'act', action: 'next' } : null;
}
