import { powerMonitor } from 'electron';
import type { HoldReason } from '../../../shared/settings.ts';
import type { ShellSettings } from '../../../shared/shell-model.ts';
import type { Boxcar } from '../../app/open-boxcar.ts';
import type { Shell } from '../../app/shell/shell.ts';
import { isMetered } from './metered.ts';

/** Networks change without telling us. */
const meteredEveryMs = 60_000;

/** What of the machine holds uploads back, as a person has set it. */
export function holdReason(
  { pauseOnBattery, pauseOnMetered }: Pick<ShellSettings, 'pauseOnBattery' | 'pauseOnMetered'>,
  machine: { onBattery: boolean; metered: boolean },
): HoldReason | null {
  if (pauseOnBattery && machine.onBattery) return 'battery';
  return pauseOnMetered && machine.metered ? 'metered' : null;
}

/**
 * Sees to what the machine says of itself: a wake lets the engine look again at once, battery and metered networks hold uploads back
 * where that is set. Of another app that is attached to nothing is asked: its own person sees to it.
 */
export function watchPower(shell: Shell): { update(settings: ShellSettings): void; close(): void } {
  let settings = shell.settings();
  let metered = false;
  let told: HoldReason | null = null;
  const tell = async (boxcar: Boxcar, reason: HoldReason | null) => {
    if (boxcar.kind !== 'app') return;
    await boxcar.commands.hold({ reason }).catch((error: unknown) => {
      shell.logger.warn({ err: error, reason }, 'uploads could not be held back, or let go');
    });
  };
  const look = () => {
    const reason = holdReason(settings, { onBattery: powerMonitor.isOnBatteryPower(), metered });
    if (reason === told) return;
    told = reason;
    shell.boxcar().then(
      (boxcar) => tell(boxcar, reason),
      () => undefined,
    );
  };
  const lookAtNetwork = async () => {
    metered = settings.pauseOnMetered && (await isMetered());
    look();
  };
  const onResume = () => {
    void lookAtNetwork();
    shell.boxcar().then(
      (boxcar) => boxcar.wokeUp(),
      () => undefined,
    );
  };
  powerMonitor.on('on-battery', look);
  powerMonitor.on('on-ac', look);
  powerMonitor.on('resume', onResume);
  const timer = setInterval(() => void lookAtNetwork(), meteredEveryMs);
  timer.unref();
  const endListening = shell.onBoxcar(({ boxcar }) => {
    if (told !== null) void tell(boxcar, told);
  });
  return {
    update: (changed) => {
      settings = changed;
      void lookAtNetwork();
    },
    close: () => {
      clearInterval(timer);
      endListening();
      powerMonitor.off('on-battery', look);
      powerMonitor.off('on-ac', look);
      powerMonitor.off('resume', onResume);
    },
  };
}
