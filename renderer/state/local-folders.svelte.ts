import type { Place } from '../../shared/page-contract.ts';
import type { Session } from './session.svelte.ts';
import { messageOf } from './toasts.svelte.ts';

type Listing = Awaited<ReturnType<Session['commands']['browse']>>;

/** Walks through the folders of this computer, as the shell lists them. What is listed is what is chosen. */
export class LocalFolders {
  listing = $state.raw<Listing | null>(null);
  isLoading = $state(false);
  failure = $state<string | null>(null);
  readonly #session: Session;
  #asked = 0;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Opens a folder; null: the user's own. False where it failed (`failure`; what was listed stays) or another was opened since. */
  async open(place: Place | null): Promise<boolean> {
    const asked = (this.#asked += 1);
    this.isLoading = true;
    this.failure = null;
    try {
      const listing = await this.#session.commands.browse({ place });
      if (asked !== this.#asked) return false;
      this.listing = listing;
      return true;
    } catch (error) {
      if (asked === this.#asked) this.failure = messageOf(error);
      return false;
    } finally {
      if (asked === this.#asked) this.isLoading = false;
    }
  }

  /** The system's own dialog. False where it was cancelled or failed. */
  async choose(): Promise<boolean> {
    this.failure = null;
    try {
      const chosen = await this.#session.commands.choose({ what: 'folder' });
      const [first] = chosen?.places ?? [];
      return first ? await this.open(first.place) : false;
    } catch (error) {
      this.failure = messageOf(error);
      return false;
    }
  }
}
