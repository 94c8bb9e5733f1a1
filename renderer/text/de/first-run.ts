import type { firstRun as english } from '../en/first-run.ts';
import type { Translated } from '../translated.ts';

export const firstRun: Translated<typeof english> = {
  title: 'Ordner zu Box, Teil für Teil',
  lead: 'Boxcar bringt Dateien und Ordner in Teilen zu Box, die alles überstehen, zeigt jeden davon und weist nach, was ankam.',
  steps: ['Anmelden oder den Sandkasten probieren', 'Dateien oder einen Ordner wählen', 'Sehen, was geschähe, und los'],
  sandbox: 'Den Sandkasten probieren',
  sandboxHelp:
    'Ein eigenes Box auf diesem Rechner: Nichts verlässt ihn, ein Konto braucht es nicht. Was Sie hochladen, erscheint in einem Ordner.',
  sandboxStarting: 'Der Sandkasten startet …',
  token: 'Ein Zugangstoken verwenden',
  tokenHelp:
    'Öffnen Sie in der Entwicklerkonsole von Box (app.box.com/developers/console) Ihre App, „Configuration“, und erzeugen Sie ein Developer-Token. Es gilt eine Stunde und bleibt im Arbeitsspeicher.',
  tokenLabel: 'Zugangstoken',
  signIn: 'Anmelden',
  signingIn: 'Fragt Box, wer Sie sind …',
  again: 'Weiter als',
};
