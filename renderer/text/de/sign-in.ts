import type { signIn as english } from '../en/sign-in.ts';
import type { Translated } from '../translated.ts';

export const signIn: Translated<typeof english> = {
  title: 'Bei Box anmelden',
  help: 'Im Browser, mit Ihrer eigenen Box-App. Die Anmeldung liegt im Schlüsselbund dieses Systems und erneuert sich selbst.',
  begin: 'Bei Box anmelden',
  beginning: 'Wird vorbereitet …',
  guideTitle: 'Ihre eigene Box-App, in fünf Schritten',
  guideWhy:
    'Box lässt keine App ohne eigenes Geheimnis ein; Sie legen deshalb einmal eine an. Ihr Geheimnis kennen nur Sie.',
  console: 'Die Entwicklerkonsole von Box öffnen',
  guide: [
    'Wählen Sie in der Entwicklerkonsole von Box „Create Platform App“, dann „Custom App“.',
    'Wählen Sie „User Authentication (OAuth 2.0)“ und geben Sie ihr einen beliebigen Namen.',
    'Tragen Sie unter „Configuration“ diese Redirect-URI ein:',
    'Kreuzen Sie „Write all files and folders stored in Box“ an, und sichern Sie.',
    'Übertragen Sie Client-ID und Client-Geheimnis von derselben Seite hierher.',
  ],
  redirectUri: 'Redirect-URI',
  clientId: 'Client-ID',
  clientSecret: 'Client-Geheimnis',
  anotherApp: 'Eine andere Box-App verwenden',
  waiting: 'Wartet auf Sie bei Box',
  waitingHelp:
    'Melden Sie sich dort an und gewähren Sie den Zugang; diese Seite geht von selbst weiter. Sie wartet fünf Minuten.',
  openBox: 'Box öffnen und anmelden',
  address: 'Adresse der Anmeldung',
  elsewhere: 'Der Browser ist auf einem anderen Rechner',
  elsewhereHelp:
    'Öffnen Sie die Adresse dort. Am Ende zeigt jener Browser eine Adresse, die mit http://127.0.0.1 beginnt, und keine Seite: Fügen Sie sie hier ein.',
  pasted: 'Adresse, bei der der Browser endete',
  goOn: 'Weiter',
  cancel: 'Abbrechen',
  keyring: 'Der Schlüsselbund öffnet sich noch nicht',
  keyringHelp: 'Entsperren Sie den Schlüsselbund dieser Sitzung; Boxcar sieht von selbst wieder nach.',
  noKeychain: 'Hier gibt es keinen Schlüsselbund',
  noKeychainHelp:
    'Die Anmeldung kann in einer Datei liegen, die unter Ihrer Passphrase verschlüsselt ist, oder im Arbeitsspeicher, bis Boxcar endet. Unverschlüsselt liegt sie nie.',
  inMemory: 'Bis Boxcar endet',
  inFile: 'In einer verschlüsselten Datei',
  passphrase: 'Passphrase',
  passphraseHelp: 'Sie steht nirgends geschrieben: Ohne sie melden Sie sich neu an.',
  failed: (why: string) => `Nicht angemeldet: ${why}`,
  locked: 'Die Anmeldung ist gesperrt',
  unlock: 'Entsperren',
  lockedKeyring:
    'Der Schlüsselbund mit der Anmeldung ist gesperrt. Entsperren Sie ihn; die Uploads gehen von selbst weiter.',
  needed: 'Box verlangt eine neue Anmeldung. Die Liste bleibt erhalten.',
  signedOut: 'Abgemeldet',
  add: 'Ein Konto hinzufügen',
};
