/** The screens, by the word in the address. */
export const screens = ['transfers', 'folders', 'problems', 'history', 'settings'] as const;
export type Screen = (typeof screens)[number];

/** Where the page is: a screen, and what of it is open (`#/transfers/41`). The address is the state, so that back works. */
export class Router {
  screen = $state<Screen>('transfers');
  /** What follows the screen: an id, `new`, or null. */
  detail = $state<string | null>(null);
  /** Asked before the page shows another place; false keeps it, for one with unsaved changes. It may `go` there later. */
  guard: ((screen: Screen, detail: string | null) => boolean) | null = null;

  constructor() {
    this.#read();
    addEventListener('hashchange', () => this.#read());
  }

  go(screen: Screen, detail: string | null = null): void {
    location.hash = addressOf(screen, detail);
  }

  #read(): void {
    const [first, second] = location.hash.replace(/^#\/?/, '').split('/');
    const screen = screens.find((name) => name === first) ?? 'transfers';
    const detail = screen === first ? detailOf(screen, second ?? '') : null;
    const isElsewhere = screen !== this.screen || detail !== this.detail;
    if (isElsewhere && this.guard && !this.guard(screen, detail)) {
      history.pushState(null, '', addressOf(this.screen, this.detail));
      return;
    }
    this.screen = screen;
    this.detail = detail;
  }
}

/** What else may follow was typed by hand, and shows the screen alone. */
function detailOf(screen: Screen, text: string): string | null {
  const isKnown = /^\d{1,15}$/.test(text) || (screen === 'folders' && text === 'new');
  return isKnown ? text : null;
}

/** The address of a screen, for links. */
export function addressOf(screen: Screen, detail: string | null = null): string {
  return detail === null ? `#/${screen}` : `#/${screen}/${detail}`;
}
