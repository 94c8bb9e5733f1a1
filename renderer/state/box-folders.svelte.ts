import type { Session } from './session.svelte.ts';
import { messageOf } from './toasts.svelte.ts';

type Listing = Awaited<ReturnType<Session['commands']['boxFolders']>>;

const topId = '0';

/** A folder on Box as a picker names it. */
export interface ChosenBoxFolder {
  id: string;
  name: string;
  /** `/Team/Plans`, what commands take as a target; `/` for the top. */
  path: string;
  /** Of the folders above it, from the top down. */
  ancestorIds: string[];
}

/** Walks through the folders on Box and makes new ones. What is listed is what is chosen. */
export class BoxFolders {
  listing = $state.raw<Listing | null>(null);
  isLoading = $state(false);
  failure = $state<string | null>(null);
  isCreating = $state(false);
  createFailure = $state<string | null>(null);
  readonly #session: Session;
  #asked = 0;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Opens a folder by its id. False where it failed (`failure`; what was listed stays) or another was opened since. */
  async open(folderId = topId): Promise<boolean> {
    const asked = (this.#asked += 1);
    this.isLoading = true;
    this.failure = null;
    try {
      const listing = await this.#session.commands.boxFolders({ folderId });
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

  /** Makes a folder in the one that is listed, and opens it. False where it failed: `createFailure` says why. */
  async create(name: string): Promise<boolean> {
    const { listing } = this;
    if (!listing || this.isCreating) return false;
    this.isCreating = true;
    this.createFailure = null;
    try {
      const { id } = await this.#session.commands.createBoxFolder({ parentId: listing.folder.id, name });
      return await this.open(id);
    } catch (error) {
      this.createFailure = messageOf(error);
      return false;
    } finally {
      this.isCreating = false;
    }
  }
}

/** The listed folder as a choice. */
export function chosenOf({ folder, path }: Pick<Listing, 'folder' | 'path'>): ChosenBoxFolder {
  const names = [...path, folder].filter(({ id }) => id !== topId).map(({ name }) => name);
  return { ...folder, path: `/${names.join('/')}`, ancestorIds: path.map(({ id }) => id) };
}

/** The folders above the listed one and itself, the top first even where Box doesn't name it. */
export function crumbsOf({ folder, path }: Pick<Listing, 'folder' | 'path'>): { id: string; name: string }[] {
  const crumbs = [...path, folder];
  return crumbs[0]?.id === topId ? crumbs : [{ id: topId, name: '' }, ...crumbs];
}
