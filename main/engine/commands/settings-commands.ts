import type { Handlers } from '../../../shared/contract.ts';
import type { settingsCommands } from '../../../shared/settings-commands.ts';
import type { EngineSettings, SettingsChanges, SettingsNow } from '../../../shared/settings.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Traffic } from '../schedule/traffic.ts';

export interface SettingsCommandOptions {
  ledger: Ledger;
  clock: Clock;
  traffic: Traffic;
  /** Lets new settings take effect on what is under way. */
  onSettings: (settings: EngineSettings, changes: SettingsChanges) => void;
}

/** The engine's side of the settings, and of the pause of everything. What is asked for is on the disk before it is answered. */
export function settingsHandlers(options: SettingsCommandOptions): Handlers<typeof settingsCommands> {
  const { ledger, clock, traffic, onSettings } = options;
  const now = (): SettingsNow => ({ ...ledger.settings.get(), now: traffic.rule });
  return {
    settings: () => Promise.resolve(now()),
    setSettings: async ({ changes }) => {
      const settings = await ledger.write(() => {
        const next = changed(ledger.settings.get(), changes);
        ledger.settings.set(next);
        return next;
      });
      traffic.setSettings(settings);
      onSettings(settings, changes);
      return now();
    },
    pauseAll: async ({ durationMs }) => {
      const pause = { startedAt: clock.now(), lengthMs: durationMs };
      await ledger.write(() => ledger.settings.setPause(pause));
      traffic.setPause(pause);
      return {};
    },
    hold: ({ reason }) => {
      traffic.setHold(reason);
      return Promise.resolve({});
    },
    resumeAll: async () => {
      await ledger.write(() => ledger.settings.setPause(null));
      traffic.setPause(null);
      return {};
    },
  };
}

function changed(settings: EngineSettings, changes: SettingsChanges): EngineSettings {
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  return { ...settings, ...(Object.fromEntries(given) as Partial<EngineSettings>) };
}
