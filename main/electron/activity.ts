import { batchSchema, type Batch, type View } from '../../shared/progress-contract.ts';
import type { GroupCounts, Overview } from '../../shared/list-model.ts';
import type { TrafficRule } from '../../shared/settings.ts';
import type { TransferRow } from '../../shared/model.ts';
import { PageViews } from '../app/shell/page-views.ts';
import type { Shell } from '../app/shell/shell.ts';

const lastItems = 5;

/** What stands around the window shows: of the account of now, or of none. */
export interface Activity {
  overview: Overview | null;
  /** The latest at the top. */
  last: readonly TransferRow[];
  needsYou: readonly TransferRow[];
}

export const noActivity: Activity = { overview: null, last: [], needsYou: [] };

/** A window of the list as its batches make it; the rows in their order. */
export function mergeRows(rows: readonly TransferRow[], batch: Extract<Batch, { kind: 'list' }>): TransferRow[] {
  const known = new Map((batch.whole ? [] : rows).map((row) => [row.id, row]));
  for (const row of batch.rows) known.set(row.id, row);
  return batch.ids.flatMap((id) => known.get(id) ?? []);
}

/** Who has paused everything; null: nobody. */
export function pausedBy({ overview }: Activity): TrafficRule['pausedBy'] {
  return overview?.rule.pausedBy ?? null;
}

/** How many things need somebody: files, questions, and what stops everything. */
export function needsYouCount({ counts, questions, problem }: { counts: GroupCounts } & Overview): number {
  return counts['needs-you'] + questions + (problem === null ? 0 : 1);
}

/**
 * Follows what Boxcar is doing, as a page of its own that nobody looks at: at most once a second. Told of each change until the
 * returned function is called.
 */
export function followActivity(shell: Shell, onActivity: (activity: Activity) => void): () => void {
  let now = noActivity;
  const set = (changes: Partial<Activity>) => {
    now = { ...now, ...changes };
    onActivity(now);
  };
  const list = (group: 'done' | 'needs-you'): View => ({
    kind: 'list',
    filter: { group, text: '', ownerId: null },
    from: 0,
    count: lastItems,
  });
  const onBatch: Record<string, (batch: Batch) => void> = {
    overview: (batch) => {
      if (batch.kind === 'overview') set({ overview: batch.overview });
    },
    done: (batch) => {
      if (batch.kind === 'list') set({ last: mergeRows(now.last, batch) });
    },
    'needs-you': (batch) => {
      if (batch.kind === 'list') set({ needsYou: mergeRows(now.needsYou, batch) });
    },
  };
  const names = new Map<number, string>();
  const views = new PageViews(shell, async (subscription, unopened) => {
    // A batch may overtake the answer that names its subscription.
    while (!names.has(subscription) && opening) await opening;
    const batch = batchSchema.safeParse(unopened);
    if (batch.success) onBatch[names.get(subscription) ?? '']?.(batch.data);
  });
  const wanted = new Map<string, View>([
    ['overview', { kind: 'overview', hidden: true }],
    ['done', list('done')],
    ['needs-you', list('needs-you')],
  ]);
  let opening: Promise<void> | undefined;
  const openMissing = () => {
    opening ??= (async () => {
      for (const [name, view] of wanted) {
        try {
          names.set(await views.open(view), name);
          wanted.delete(name);
        } catch {
          // There is no account, or it can't be opened: the next Boxcar opens them.
          return;
        }
      }
    })().finally(() => (opening = undefined));
  };
  const ends = [
    shell.onBoxcar(() => openMissing()),
    shell.onChange(() => {
      if (shell.state().phase === 'first-run' && now !== noActivity) onActivity((now = noActivity));
    }),
  ];
  openMissing();
  return () => {
    ends.forEach((end) => end());
    void views.end();
  };
}
