import type { Change } from './changed-app.ts';
import type { Scene } from './scene.ts';

/** One rule of Electron's checklist, as it shows from outside. */
export interface Rule {
  name: string;
  /** Walls that stand before or behind this one and are taken down, so that it is this one that holds. */
  alone?: Change[];
  /** Turns it off. */
  off: Change[];
  /** Changes of both, which lead to what is looked at. */
  probe?: (folder: string) => Change[];
  /** What somebody in the page tries. */
  attempt: (scene: Scene) => Promise<void>;
  /** What has come of it. */
  look: (scene: Scene) => Promise<unknown>;
  holds: unknown;
  /** What comes of it without the rule. */
  broken: unknown;
  /** The app can't be used by another one afterwards. */
  spoils?: true;
}

/** For attempts that leave nothing but what they were answered. */
export class Answers {
  readonly #answers = new WeakMap<Scene, unknown>();

  set(scene: Scene, answer: unknown): void {
    this.#answers.set(scene, answer);
  }

  readonly look = (scene: Scene): Promise<unknown> => Promise.resolve(this.#answers.get(scene));
}

/** A rule whose attempt is answered at once. */
export function answered(rule: Omit<Rule, 'attempt' | 'look'> & { ask: (scene: Scene) => Promise<unknown> }): Rule {
  const answers = new Answers();
  return { ...rule, attempt: async (scene) => answers.set(scene, await rule.ask(scene)), look: answers.look };
}
