import type { Show } from '../../../shared/page-contract.ts';

/** What is to be brought up in the page, in order; kept while there is no page to do it. */
export class PageShows {
  readonly #waiting: Show[] = [];
  #page: ((what: Show) => Promise<void>) | undefined;
  #isSending = false;

  /** The page that stands from now on. */
  attach(page: (what: Show) => Promise<void>): void {
    this.#page = page;
    void this.#send();
  }

  /** The page has gone; another one may stand already. */
  detach(page: (what: Show) => Promise<void>): void {
    if (this.#page === page) this.#page = undefined;
  }

  add(what: Show): void {
    this.#waiting.push(what);
    void this.#send();
  }

  async #send(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    for (let [what] = this.#waiting; what && this.#page; [what] = this.#waiting) {
      const page = this.#page;
      try {
        await page(what);
        this.#waiting.shift();
      } catch {
        // It has gone, or doesn't answer: the next one gets it.
        this.detach(page);
      }
    }
    this.#isSending = false;
  }
}
