import type { drops as english } from '../en/drops.ts';
import type { Translated } from '../translated.ts';

export const drops: Translated<typeof english> = {
  here: 'Ablegen, um auf Box hochzuladen',
  title: (what: string) => `${what} auf Box hochladen`,
  several: (first: string, more: number) => `${first} und ${more} weitere`,
  where: 'Wohin',
  ifExists: 'Wenn eine Datei dieses Namens mit anderem Inhalt da ist',
  version: 'Als ihre neue Version sichern',
  keepBoth: 'Beide behalten, unter zwei Namen',
  skip: 'Die auf Box lassen',
  upload: 'Hochladen',
  copying: (done: string, total: string) =>
    `Wird an Boxcar übergeben: ${done} von ${total}. Lassen Sie diese Seite so lange offen.`,
  stop: 'Stopp',
  started: 'Der Upload hat begonnen.',
  add: 'Dateien oder einen Ordner hochladen',
  chooseFiles: 'Dateien wählen …',
  chooseFolder: 'Ordner wählen …',
  unreadable: (why: string) => `Das Abgelegte lässt sich nicht lesen: ${why}`,
  keptTitle: 'Vorher abgelegt',
  kept: (n: number, size: string) =>
    `${n === 1 ? '1 abgelegte Datei' : `${n} abgelegte Dateien`} (${size}) ${n === 1 ? 'ist' : 'sind'} schon da; das Ziel fehlt noch.`,
  goOn: 'Ziel wählen',
  discard: 'Verwerfen',
  lostTitle: 'Auf halbem Weg verloren',
  folderPair: 'Oder einen Ordner auf Box aktuell halten',
  lost: (n: number) =>
    n === 1
      ? '1 abgelegte Datei war erst halb hier, als Boxcar endete. Legen Sie sie noch einmal ab:'
      : `${n} abgelegte Dateien waren erst halb hier, als Boxcar endete. Legen Sie sie noch einmal ab:`,
};
