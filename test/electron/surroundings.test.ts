import { describe, expect, test, vi } from 'vitest';
import { mergeRows, noActivity, type Activity } from '../../main/electron/activity.ts';
import {
  autostartFile,
  desktopEntry,
  isAutostartDue,
  wasStartedByLogin,
} from '../../main/electron/system/autostart.ts';
import { menuTemplate } from '../../main/electron/system/menu.ts';
import { saysMetered } from '../../main/electron/system/metered.ts';
import { noticesOf, toldNow } from '../../main/electron/system/notices.ts';
import { holdReason } from '../../main/electron/system/power.ts';
import { nextMark, noMark } from '../../main/electron/system/progress-mark.ts';
import { firstProxy } from '../../main/electron/system/system-proxy.ts';
import { menuText, trayMenu, trayState, trayTip, untilTomorrowMs } from '../../main/electron/system/tray-content.ts';
import { opensByClick, trayIconFile } from '../../main/electron/system/tray-icon.ts';
import { looksForUpdates } from '../../main/electron/system/updates.ts';
import { english } from '../../main/electron/text/en.ts';
import { german } from '../../main/electron/text/de.ts';
import { wordsIn } from '../../main/electron/text/words.ts';
import type { Overview } from '../../shared/list-model.ts';
import type { TrafficRule } from '../../shared/settings.ts';
import type { TransferRow } from '../../shared/model.ts';

// Electron's module would download its runtime under Node; these are decisions that need none of it.
const loginItem = vi.hoisted(() => ({ wasOpenedAtLogin: false }));
vi.mock('electron', () => ({ app: { getLoginItemSettings: () => loginItem }, powerMonitor: {} }));

const rule = (pausedBy: TrafficRule['pausedBy']): TrafficRule => ({
  bytesPerSecond: null,
  paused: pausedBy !== null,
  pausedBy,
  until: null,
});
const overview = (changes: Partial<Overview> = {}, counts: Partial<Overview['counts']> = {}): Overview => ({
  counts: { 'needs-you': 0, 'under-way': 0, waiting: 0, done: 0, ...counts },
  left: { files: 0, bytes: 0 },
  bytesPerSecond: null,
  etaMs: null,
  problem: null,
  pairs: 0,
  questions: 0,
  problems: 0,
  continued: 0,
  rule: rule(null),
  ...changes,
});
const row = (id: number, path = `/home/a/${id}.txt`) => ({ id, path }) as TransferRow;
const activity = (changes: Partial<Activity> = {}): Activity => ({ ...noActivity, overview: overview(), ...changes });

describe('the tray', () => {
  test('shows what needs somebody before anything else', () => {
    expect(trayState(noActivity)).toBe('starting');
    expect(trayState(activity())).toBe('idle');
    const busy = overview({}, { 'under-way': 2, waiting: 1 });
    expect(trayState(activity({ overview: busy }))).toBe('under-way');
    expect(trayTip(activity({ overview: busy }), english)).toBe('Boxcar: 3 files under way');
    expect(trayState(activity({ overview: { ...busy, rule: rule('battery') } }))).toBe('paused');
    const asked = overview({ questions: 1 }, { 'under-way': 2 });
    expect(trayState(activity({ overview: { ...asked, rule: rule('you') } }))).toBe('needs-you');
    expect(trayTip(activity({ overview: asked }), german)).toBe('Boxcar: 1 Sache braucht Sie');
  });

  test('names the last items, each leading to itself, and pauses or resumes', () => {
    const actions = { show: vi.fn(), pause: vi.fn(), resume: vi.fn(), quit: vi.fn() };
    const last = [row(3, '/x/R&D\u202e.txt'), row(2)];
    const entries = trayMenu(activity({ last }), english, actions, new Date(2030, 0, 1, 12));
    expect(entries.map(({ label }) => label)).toContain('R&&D .txt');
    entries.find(({ label }) => label === '2.txt')?.click?.({} as never, undefined, {});
    expect(actions.show).toHaveBeenCalledWith({ kind: 'target', target: { kind: 'transfer', id: 2 } });
    entries.find(({ label }) => label === 'Pause until tomorrow')?.click?.({} as never, undefined, {});
    expect(actions.pause).toHaveBeenCalledWith(12 * 3_600_000);
    const paused = trayMenu(activity({ overview: overview({ rule: rule('you') }) }), english, actions, new Date());
    expect(paused.map(({ label }) => label)).toContain('Resume');
    // What the machine or the schedule has paused can't be resumed over.
    const held = trayMenu(activity({ overview: overview({ rule: rule('battery') }) }), english, actions, new Date());
    expect(held.map(({ label }) => label)).not.toContain('Resume');
  });

  test('tomorrow is the next day, and never within the hour', () => {
    expect(untilTomorrowMs(new Date(2030, 0, 1, 18))).toBe(6 * 3_600_000);
    expect(untilTomorrowMs(new Date(2030, 0, 1, 23, 30))).toBe(24.5 * 3_600_000);
  });

  test('long names are cut in the middle, and each state has its file', () => {
    expect(menuText('a'.repeat(60) + '.jpeg')).toMatch(/^a{30}…a{11}\.jpeg$/);
    expect(trayIconFile('needs-you', 'darwin')).toBe('needs-youTemplate.png');
    expect(trayIconFile('starting', 'linux')).toBe('idle.png');
  });
});

test('a click on the icon opens Boxcar, but on macOS, where it opens the menu', () => {
  expect((['linux', 'win32', 'darwin'] as const).map(opensByClick)).toEqual([true, true, false]);
});

describe('notifications', () => {
  const start = { done: 10, needsYou: 0 };
  const at = (done: number, others: Partial<Overview['counts']> = {}, more: Partial<Activity> = {}) =>
    activity({ overview: overview({}, { done, ...others }), ...more });

  test('the first that is known is nothing new', () => {
    expect(noticesOf(null, at(10), 'all', false, english)).toEqual({ notices: [], told: start });
    expect(toldNow(noActivity)).toBeNull();
  });

  test('finished files are told together, when nothing is under way any more', () => {
    const busy = noticesOf(start, at(12, { 'under-way': 1 }), 'all', false, english);
    expect(busy).toEqual({ notices: [], told: start });
    const { notices, told } = noticesOf(busy.told, at(13), 'all', false, english);
    expect(notices).toMatchObject([{ title: '3 files are on Box', show: { kind: 'screen', screen: 'transfers' } }]);
    expect(noticesOf(told, at(13), 'all', false, english).notices).toEqual([]);
  });

  test('a single one is named, and a click leads to it', () => {
    const { notices } = noticesOf(start, at(11, {}, { last: [row(7)] }), 'all', false, english);
    const target = { kind: 'transfer', id: 7 };
    expect(notices).toMatchObject([{ title: '7.txt is on Box', show: { kind: 'target', target } }]);
  });

  test('what needs somebody is told at once, once, and by rule', () => {
    const now = at(11, { 'needs-you': 1, 'under-way': 4 }, { needsYou: [row(9)] });
    const { notices, told } = noticesOf(start, now, 'needs-you', false, german);
    expect(notices).toMatchObject([{ kind: 'needs-you', title: '9.txt braucht Sie' }]);
    expect(noticesOf(told, now, 'needs-you', false, german).notices).toEqual([]);
    expect(noticesOf(start, now, 'none', false, english).notices).toEqual([]);
    expect(noticesOf(start, at(12), 'needs-you', false, english).notices).toEqual([]);
  });

  test('whoever looks at the window is told nothing, then or later', () => {
    const seen = noticesOf(start, at(15), 'all', true, english);
    expect(seen.notices).toEqual([]);
    expect(noticesOf(seen.told, at(15), 'all', false, english).notices).toEqual([]);
  });

  test('another account with fewer files tells nothing', () => {
    const { notices, told } = noticesOf(start, at(2), 'all', false, english);
    expect({ notices, told }).toEqual({ notices: [], told: { done: 2, needsYou: 0 } });
  });
});

test('the taskbar shows how far it is by the most that was left', () => {
  const left = (bytes: number, files = 1, by: TrafficRule['pausedBy'] = null) =>
    activity({ overview: overview({ left: { files, bytes }, rule: rule(by) }) });
  let mark = nextMark(noMark, left(100));
  expect(mark).toMatchObject({ progress: 0, mode: 'normal', badge: 0 });
  mark = nextMark(mark, left(25, 1, 'you'));
  expect(mark).toMatchObject({ progress: 0.75, mode: 'paused' });
  expect(nextMark(mark, left(0, 0))).toEqual(noMark);
  expect(nextMark(noMark, left(0))).toMatchObject({ progress: 2 });
  expect(nextMark(mark, noActivity)).toEqual(noMark);
});

test('rows of a window are kept until they change or leave it', () => {
  const counts = overview().counts;
  const whole = mergeRows([row(9)], {
    kind: 'list',
    whole: true,
    counts,
    from: 0,
    ids: [2, 1],
    rows: [row(1), row(2)],
  });
  expect(whole.map(({ id }) => id)).toEqual([2, 1]);
  const next = mergeRows(whole, { kind: 'list', whole: false, counts, from: 0, ids: [3, 2], rows: [row(3)] });
  expect(next.map(({ id }) => id)).toEqual([3, 2]);
});

test('battery and metered networks hold uploads back only where that is set', () => {
  const machine = { onBattery: true, metered: true };
  expect(holdReason({ pauseOnBattery: false, pauseOnMetered: false }, machine)).toBeNull();
  expect(holdReason({ pauseOnBattery: true, pauseOnMetered: true }, machine)).toBe('battery');
  expect(holdReason({ pauseOnBattery: false, pauseOnMetered: true }, machine)).toBe('metered');
  expect(holdReason({ pauseOnBattery: true, pauseOnMetered: true }, { onBattery: false, metered: false })).toBeNull();
  expect(['(<uint32 1>,)', '(<uint32 3>,)', '(<uint32 2>,)', '(<uint32 0>,)', ''].map(saysMetered)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});

test('proxies as the system lists them', () => {
  expect(firstProxy('DIRECT')).toBeNull();
  expect(firstProxy('PROXY proxy.example:8080; DIRECT')).toBe('http://proxy.example:8080');
  expect(firstProxy('HTTPS p:443;PROXY q:1')).toBe('https://p');
  expect(firstProxy('SOCKS old:1080; SOCKS5 new:1080')).toBe('socks5://new:1080');
  expect(firstProxy('DIRECT; PROXY p:1')).toBeNull();
  expect([firstProxy(''), firstProxy('PROXY'), firstProxy('SOCKS a:1'), firstProxy('NONSENSE x')]).toEqual([
    null,
    null,
    null,
    null,
  ]);
});

test('the entry of a login is quoted as its specification wants it', () => {
  expect(autostartFile({ XDG_CONFIG_HOME: '/c' }, '/h')).toBe('/c/autostart/boxcar.desktop');
  expect(autostartFile({}, '/h')).toBe('/h/.config/autostart/boxcar.desktop');
  const entry = desktopEntry({ program: '/opt/Box car/boxcar', args: ['--hidden', '--home=/a $x"y\\z/100%'] });
  expect(entry).toContain('Exec="/opt/Box car/boxcar" "--hidden" "--home=/a \\\\$x\\\\"y\\\\\\\\z/100%%"\n');
});

test('macOS says itself that a login started the app: the words of a login item never come', () => {
  expect(wasStartedByLogin('darwin')).toBe(false);
  loginItem.wasOpenedAtLogin = true;
  expect(wasStartedByLogin('darwin')).toBe(true);
  expect([wasStartedByLogin('win32'), wasStartedByLogin('linux')]).toEqual([false, false]);
});

test('what somebody switched off in the settings of Windows or macOS is not switched on by a start', () => {
  expect(isAutostartDue('win32', true, undefined)).toBe(false);
  expect(isAutostartDue('darwin', true, undefined)).toBe(false);
  // Where the app lies may be another place by now.
  expect(isAutostartDue('linux', true, undefined)).toBe(true);
  expect(isAutostartDue('linux', false, undefined)).toBe(false);
  expect(isAutostartDue('win32', true, false)).toBe(true);
  expect(isAutostartDue('win32', false, true)).toBe(true);
  expect(isAutostartDue('linux', true, true)).toBe(false);
});

test('updates are looked for in packages that can replace themselves', () => {
  const facts = { isPackaged: true, hasFeed: true, platform: 'linux' as const, appImage: true };
  expect(looksForUpdates(facts)).toBe(true);
  expect(looksForUpdates({ ...facts, isPackaged: false })).toBe(false);
  expect(looksForUpdates({ ...facts, hasFeed: false })).toBe(false);
  expect(looksForUpdates({ ...facts, appImage: false })).toBe(false);
  expect(looksForUpdates({ ...facts, appImage: false, platform: 'win32' })).toBe(true);
});

test('the words are in the language that was chosen, or the first of the system that there is', () => {
  expect(wordsIn('de', ['en-GB'])).toBe(german);
  expect(wordsIn('system', ['fr-FR', 'de-AT', 'en'])).toBe(german);
  expect(wordsIn('system', ['fr'])).toBe(english);
});

test('the menu has the usual keys, and no key twice', () => {
  const actions = { show: vi.fn(), upload: vi.fn(), openOutside: vi.fn(), showLogs: vi.fn(), quit: vi.fn() };
  for (const platform of ['linux', 'darwin', 'win32'] as const) {
    const top = menuTemplate(english, platform, actions);
    const all = top.flatMap(({ submenu }) => (Array.isArray(submenu) ? submenu : []));
    const keys = all.flatMap(({ accelerator }) => accelerator ?? []);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).toEqual(expect.arrayContaining(['CommandOrControl+O', 'CommandOrControl+,', 'CommandOrControl+Q']));
    expect(all.map(({ role }) => role)).not.toContain('toggleDevTools');
  }
});
