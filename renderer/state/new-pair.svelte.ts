import type { PairChanges, Preview } from '../../shared/pair-model.ts';
import type { Place } from '../../shared/page-contract.ts';
import type { ChosenBoxFolder } from './box-folders.svelte.ts';
import { stepOf, type NewPairStep } from './new-pair-steps.ts';
import type { Session } from './session.svelte.ts';
import { messageOf } from './toasts.svelte.ts';

export interface ChosenPlace {
  place: Place;
  path: string;
}

/** Adding a pair: two choices, a look at what would happen, and the start. */
export class NewPair {
  step = $state<NewPairStep>('local');
  local = $state.raw<ChosenPlace | null>(null);
  box = $state.raw<ChosenBoxFolder | null>(null);
  options = $state.raw<PairChanges>({ deletions: 'keep', rules: '', useBuiltInRules: true });
  /** `looking` until the engine has answered; a look that nobody waits for any more is forgotten. */
  preview = $state.raw<Preview | null>(null);
  isLooking = $state(false);
  isStarting = $state(false);
  /** What went wrong, at the step where it is to be put right. */
  failure = $state.raw<{ step: NewPairStep; message: string } | null>(null);
  /** What the preview was made for. */
  #lookedAt = $state.raw<string>('');
  #look = 0;
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** True when something was changed since that the preview depends on. */
  readonly isOutdated = $derived.by(() => this.preview !== null && this.#lookedAt !== this.#facts());

  go(step: NewPairStep): void {
    if (step !== 'preview') this.leave();
    if (this.failure?.step !== step) this.failure = null;
    this.step = step;
    if (step === 'preview' && (this.preview === null || this.isOutdated)) void this.look();
  }

  /** A refusal of a folder stands until another one is chosen: a picker that opens again says the same one. */
  chooseLocal(chosen: ChosenPlace): void {
    if (chosen.path !== this.local?.path) this.failure = null;
    this.local = chosen;
  }

  chooseBox(chosen: ChosenBoxFolder): void {
    if (chosen.id !== this.box?.id) this.failure = null;
    this.box = chosen;
  }

  setOptions(changes: PairChanges): void {
    this.options = { ...this.options, ...changes };
  }

  /** Asks what a first sync would do. */
  async look(): Promise<void> {
    const { local, box } = this;
    if (!local || !box) return;
    const look = (this.#look += 1);
    const facts = this.#facts();
    this.isLooking = true;
    this.failure = null;
    try {
      const { place } = local;
      const preview = await this.#session.commands.previewPlace({ place, target: box.path, options: this.options });
      if (look !== this.#look) return;
      this.preview = preview;
      this.#lookedAt = facts;
    } catch (error) {
      if (look === this.#look) this.#fail(error, local.path, box.path);
    } finally {
      if (look === this.#look) this.isLooking = false;
    }
  }

  /** Stops waiting for the preview. */
  leave(): void {
    this.#look += 1;
    this.isLooking = false;
  }

  /** Adds the pair; its id, or undefined where it was refused and `failure` says why. */
  async start(): Promise<number | undefined> {
    const { local, box } = this;
    if (!local || !box || this.isStarting) return undefined;
    this.isStarting = true;
    this.failure = null;
    try {
      const { place } = local;
      const added = await this.#session.commands.addPairPlace({ place, target: box.path, options: this.options });
      this.leave();
      return added.pairId;
    } catch (error) {
      this.#fail(error, local.path, box.path);
      return undefined;
    } finally {
      this.isStarting = false;
    }
  }

  #fail(error: unknown, path: string, target: string): void {
    const step = stepOf(error, path, target);
    if (step !== this.step) this.leave();
    this.step = step;
    this.failure = { step, message: messageOf(error) };
  }

  /** Deletions and times change nothing of what a first sync does. */
  #facts(): string {
    const { conflicts, rules, useBuiltInRules } = this.options;
    return JSON.stringify([this.local?.path, this.box?.path, conflicts, rules, useBuiltInRules]);
  }
}
