/** The screens, by the word in the address. */
export const screens = ['transfers', 'folders', 'problems', 'history', 'settings'] as const;
export type Screen = (typeof screens)[number];

/** Where the page is: a screen, and what of it is open (`#/transfers/41`). The address is the state, so that back works. */
export class Router {
  screen = $state<Screen>('transfers');
  /** What follows the screen: an id, or null. */
  detail = $state<string | null>(null);

  constructor() {
    this.#read();
    addEventListener('hashchange', () => this.#read());
  }

  go(screen: Screen, detail: string | null = null): void {
    location.hash = addressOf(screen, detail);
  }

  #read(): void {
    const [screen, detail] = location.hash.replace(/^#\/?/, '').split('/');
    this.screen = screens.find((name) => name === screen) ?? 'transfers';
    this.detail = detail ? decodeURIComponent(detail) : null;
  }
}

/** The address of a screen, for links. */
export function addressOf(screen: Screen, detail: string | null = null): string {
  return detail === null ? `#/${screen}` : `#/${screen}/${encodeURIComponent(detail)}`;
}
