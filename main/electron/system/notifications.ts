import { Notification } from 'electron';
import type { Activity } from '../activity.ts';
import type { Show } from '../../../shared/page-contract.ts';
import type { ShellSettings } from '../../../shared/shell-model.ts';
import type { Words } from '../text/words.ts';
import { noticesOf, type Notice, type Told } from './notices.ts';

/** What happens within so long is told together. */
const gatherMs = 3000;

export interface NotificationsOptions {
  rule: () => ShellSettings['notifications'];
  isLooking: () => boolean;
  words: () => Words;
  show: (what: Show) => void;
}

export interface Notifications {
  update(activity: Activity): void;
  /** Something that is no upload: an update. */
  tell(notice: Omit<Notice, 'kind' | 'show'>): void;
  close(): void;
}

/** Tells in the system's own way what a person would want to know away from the window. */
export function openNotifications({ rule, isLooking, words, show }: NotificationsOptions): Notifications {
  const standing = new Map<string, Notification>();
  let told: Told | null = null;
  let latest: Activity | undefined;
  let timer: NodeJS.Timeout | undefined;
  const put = (kind: string, title: string, body: string, onClick: () => void) => {
    if (!Notification.isSupported()) return;
    // The newest of a kind takes the place of the one before.
    standing.get(kind)?.close();
    const notification = new Notification({ title, body });
    notification.on('click', onClick);
    standing.set(kind, notification);
    notification.show();
  };
  const look = () => {
    timer = undefined;
    if (!latest) return;
    const result = noticesOf(told, latest, rule(), isLooking(), words());
    ({ told } = result);
    for (const notice of result.notices) put(notice.kind, notice.title, notice.body, () => show(notice.show));
  };
  return {
    update: (activity) => {
      latest = activity;
      // The first that is known is where counting begins.
      if (told === null) look();
      else timer ??= setTimeout(look, gatherMs);
    },
    tell: ({ title, body }) => put('app', title, body, () => show({ kind: 'screen', screen: 'settings' })),
    close: () => {
      clearTimeout(timer);
      standing.forEach((notification) => notification.close());
    },
  };
}
