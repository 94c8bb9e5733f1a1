import ArrowRight from '@lucide/svelte/icons/arrow-right';
import ArrowUpToLine from '@lucide/svelte/icons/arrow-up-to-line';
import Pause from '@lucide/svelte/icons/pause';
import Play from '@lucide/svelte/icons/play';
import RotateCw from '@lucide/svelte/icons/rotate-cw';
import Undo from '@lucide/svelte/icons/undo-2';
import X from '@lucide/svelte/icons/x';
import type { PrimaryAction, RowAction } from '../../state/transfer-actions.ts';

export const actionIcons: Record<RowAction, typeof X> = {
  next: ArrowUpToLine,
  pause: Pause,
  resume: Play,
  retry: RotateCw,
  abort: X,
};

export const primaryIcons: Record<PrimaryAction, typeof X> = {
  pause: Pause,
  resume: Play,
  undo: Undo,
  retry: RotateCw,
  open: ArrowRight,
};
