import type { SettingsChanges, SettingsNow } from '../../shared/settings.ts';
import type { ShellSettings, ShellSettingsChanges } from '../../shared/shell-model.ts';
import { text } from '../text/text.svelte.ts';
import type { Session } from './session.svelte.ts';

/** What a person has set, of the engine and of the shell. A change is kept at once. */
export class SettingsState {
  engine = $state.raw<SettingsNow | null>(null);
  shell = $state.raw<ShellSettings | null>(null);
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  async read(): Promise<void> {
    const { commands } = this.#session;
    this.#takeShell(await commands.shellSettings({}));
    this.engine = await commands.settings({});
  }

  async change(changes: SettingsChanges): Promise<void> {
    this.engine = await this.#session.commands.setSettings({ changes });
  }

  async changeShell(changes: ShellSettingsChanges): Promise<void> {
    this.#takeShell(await this.#session.commands.setShellSettings({ changes }));
  }

  /** The theme and the language are the page's own business: they take effect here. */
  #takeShell(settings: ShellSettings): void {
    this.shell = settings;
    text.choose(settings.language);
    if (settings.theme === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = settings.theme;
  }
}
