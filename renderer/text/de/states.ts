import type { Translated } from '../translated.ts';
import type { states as english } from '../en/states.ts';

export const states: Translated<typeof english> = {
  transfer: {
    settling: 'Wartet, bis die Datei ruht',
    queued: 'In der Warteschlange',
    checking: 'Prüft, was schon da ist',
    opening: 'Öffnet eine Upload-Sitzung',
    sending: 'Wird gesendet',
    committing: 'Wird auf Box fertiggestellt',
    done: 'Fertig',
    paused: 'Angehalten',
    waiting: 'Wartet',
    'needs-you': 'Braucht Sie',
    aborting: 'Wird abgebrochen',
    aborted: 'Abgebrochen',
    superseded: 'Durch eine neuere Fassung ersetzt',
  },
  wait: {
    network: 'Wartet auf das Netz',
    rate: 'Wartet, weil Box um langsameres Senden bittet',
    writer: 'Wartet auf das Programm, das die Datei schreibt',
    locked: 'Wartet auf das Programm, das die Datei hält',
    pause: 'Wartet, weil alles angehalten ist',
    schedule: 'Wartet nach dem Zeitplan',
    battery: 'Wartet, solange der Akku speist',
    metered: 'Wartet, solange das Netz getaktet ist',
  },
  part: {
    pending: 'Steht aus',
    hashing: 'Prüfsumme wird gebildet',
    sending: 'Wird gesendet',
    unsure: 'Box wird gefragt, ob er ankam',
    done: 'Fertig',
    waiting: 'Wartet auf einen neuen Versuch',
  },
};
