import type { ProblemCode } from '../../../shared/problem-table.ts';

/** Title and remedy of every problem in German. */
export const problems: Record<ProblemCode, { title: string; remedy: string }> = {
  'network.unreachable': {
    title: 'Box ist nicht erreichbar',
    remedy:
      'Prüfen Sie Verbindung, Proxy oder Firewall. Ein Ordnerpaar geht danach von selbst weiter, ein Upload beim nächsten Start.',
  },
  'network.interrupted': {
    title: 'Die Verbindung brach ab',
    remedy: 'Nichts zu tun: Boxcar fragt Box, was ankam, und macht dort weiter.',
  },
  'network.stalled': {
    title: 'Die Verbindung stand still',
    remedy: 'Nichts zu tun: Boxcar öffnet eine neue Verbindung.',
  },
  'network.certificate': {
    title: 'Dem Zertifikat des Servers wird nicht vertraut',
    remedy:
      'Fügen Sie das Zertifikat Ihrer Organisation dem System hinzu, oder nennen Sie seine Datei in NODE_EXTRA_CA_CERTS.',
  },
  'network.not-box': {
    title: 'Etwas anderes als Box hat geantwortet',
    remedy: 'Melden Sie sich im Netz an (Hotel, Proxy), oder prüfen Sie die eingestellten Adressen.',
  },
  'network.foreign-host': {
    title: 'Es wurde eine Adresse außerhalb von Box genannt; das Zugangstoken wird dorthin nicht gesendet',
    remedy: 'Prüfen Sie die eingestellten Adressen von Box: Sie brauchen https (oder diesen Rechner selbst).',
  },
  'account.sign-in': {
    title: 'Box nimmt die Anmeldung nicht an',
    remedy:
      'Melden Sie sich neu an, oder geben Sie ein frisches Zugangstoken in BOXCAR_TOKEN; die Liste bleibt erhalten.',
  },
  'account.keyring': {
    title: 'Der Schlüsselbund mit der Anmeldung öffnet sich nicht',
    remedy:
      'Entsperren Sie den Schlüsselbund dieser Sitzung, oder geben Sie die Passphrase an, unter der die Anmeldung liegt; neu anmelden müssen Sie sich nicht.',
  },
  'account.scope': {
    title: 'Der Box-App fehlt eine Berechtigung',
    remedy:
      'Geben Sie der App in der Entwicklerkonsole von Box „Alle Dateien und Ordner schreiben“ und melden Sie sich neu an.',
  },
  'account.blocked': {
    title: 'Box weist dieses Konto oder diesen Ort ab',
    remedy: 'Öffnen Sie Box im Browser und klären Sie, wonach gefragt wird (Bedingungen, Passwort, Bestätigung, Ort).',
  },
  'account.quota': {
    title: 'Der Speicher auf Box ist voll',
    remedy: 'Schaffen Sie Platz auf Box (der Papierkorb zählt mit) oder bitten Sie um mehr; dann erneut versuchen.',
  },
  'box.rate-limit': {
    title: 'Box bittet um langsameres Senden',
    remedy: 'Nichts zu tun: Boxcar macht weiter, wenn Box es erlaubt.',
  },
  'box.unavailable': {
    title: 'Box hat eigene Schwierigkeiten',
    remedy: 'Boxcar versucht es wieder; wenn es anhält, siehe status.box.com.',
  },
  'box.busy': {
    title: 'Box arbeitet noch an diesem Eintrag',
    remedy: 'Nichts zu tun: Boxcar versucht es wieder.',
  },
  'box.not-ready': {
    title: 'Box setzt die Teile noch zusammen',
    remedy: 'Nichts zu tun: Boxcar fragt wieder nach.',
  },
  'box.unexpected': {
    title: 'Box hat die Anfrage abgelehnt',
    remedy: 'Erneut versuchen; wenn es bleibt, melden Sie es mit der Anfragenummer aus den Einzelheiten.',
  },
  'target.not-found': {
    title: 'Den Ordner auf Box gibt es nicht, oder er ist für dieses Konto verborgen',
    remedy:
      'Prüfen Sie Nummer oder Pfad des Ordners und ob das Konto ihn sehen darf; wurde er inzwischen entfernt, starten Sie erneut.',
  },
  'target.trashed': {
    title: 'Das Ziel liegt im Papierkorb von Box',
    remedy: 'Stellen Sie es auf Box wieder her oder wählen Sie einen anderen Ordner; dann erneut versuchen.',
  },
  'target.no-permission': {
    title: 'Dieses Konto darf dort nicht schreiben',
    remedy: 'Bitten Sie den Eigentümer des Ordners um das Recht zum Hochladen, oder wählen Sie einen anderen Ordner.',
  },
  'target.policy': {
    title: 'Eine Richtlinie Ihrer Organisation verbietet diesen Upload',
    remedy: 'Fragen Sie die Administration von Box.',
  },
  'target.locked': {
    title: 'Die Datei ist auf Box gesperrt',
    remedy: 'Entsperren Sie sie auf Box; dann erneut versuchen.',
  },
  'target.not-a-folder': {
    title: 'Das Ziel auf Box ist kein Ordner',
    remedy: 'Wählen Sie einen Ordner.',
  },
  'target.size-limit': {
    title: 'Die Datei ist größer, als der Tarif des Ordnereigentümers erlaubt',
    remedy: 'Teilen Sie die Datei, oder nehmen Sie einen Ordner, dessen Eigentümer mehr darf.',
  },
  'name.invalid': {
    title: 'Box nimmt diesen Namen nicht',
    remedy:
      'Benennen Sie die Datei um: ohne / oder \\, ohne Steuerzeichen, ohne Leerzeichen am Rand, nicht . oder .. .',
  },
  'name.too-long': {
    title: 'Der Name ist länger als die 255 Zeichen, die Box nimmt',
    remedy: 'Kürzen Sie den Namen.',
  },
  'name.taken': {
    title: 'Der Name ist auf Box schon vergeben',
    remedy: 'Wählen Sie: ersetzen, beide behalten oder lassen; dann erneut versuchen.',
  },
  'name.taken-by-folder': {
    title: 'Auf Box steht ein Ordner dieses Namens, wo die Datei hin soll',
    remedy: 'Benennen Sie eines von beiden um.',
  },
  'name.taken-by-file': {
    title: 'Auf Box steht eine Datei dieses Namens, wo der Ordner hin soll',
    remedy: 'Benennen Sie eines von beiden um.',
  },
  'name.twins': {
    title: 'Zwei Namen hier unterscheiden sich nur in Groß- und Kleinschreibung oder Akzenten; Box behält einen',
    remedy: 'Benennen Sie einen von beiden um.',
  },
  'pair.root-missing': {
    title: 'Der Ordner hier ist nicht da, oder sein Datenträger ist nicht eingehängt',
    remedy:
      'Hängen Sie den Datenträger ein oder legen Sie den Ordner zurück: Boxcar macht von selbst weiter. Auf Box wurde nichts angefasst.',
  },
  'pair.root-unreadable': {
    title: 'Der Ordner hier lässt sich nicht lesen',
    remedy: 'Geben Sie Ihrem Benutzer das Leserecht: Boxcar macht von selbst weiter.',
  },
  'pair.root-not-folder': {
    title: 'Am Platz des Ordners steht etwas, das kein Ordner ist',
    remedy: 'Legen Sie den Ordner zurück: Boxcar macht von selbst weiter. Auf Box wurde nichts angefasst.',
  },
  'pair.root-replaced': {
    title: 'Am Platz des Ordners steht ein anderer Ordner',
    remedy:
      'Legen Sie den richtigen zurück (oder hängen Sie seinen Datenträger ein), oder antworten Sie, dass es dieser ist.',
  },
  'pair.root-emptied': {
    title: 'Der Ordner hier ist jetzt leer',
    remedy:
      'Hängen Sie den Datenträger ein oder legen Sie die Dateien zurück, oder antworten Sie, dass er leer sein soll. Auf Box wurde nichts angefasst.',
  },
  'pair.folder-elsewhere': {
    title: 'Ein Ordner liegt auf einem anderen Datenträger als vorher, und was in ihm war, ist nicht da',
    remedy:
      'Hängen Sie seinen Datenträger wieder ein und lesen Sie neu ein. Soll er so sein, wie er jetzt ist, benennen Sie ihn um und wieder zurück. Auf Box wurde nichts angefasst.',
  },
  'pair.target-gone': {
    title: 'Der Ordner auf Box, zu dem das Paar geht, ist weg',
    remedy:
      'Holen Sie ihn aus dem Papierkorb von Box und setzen Sie das Paar fort; oder entfernen Sie das Paar und legen Sie es neu an.',
  },
  'pair.removed-on-box': {
    title: 'Die Datei wurde auf Box entfernt',
    remedy: 'Antworten Sie, ob sie wieder hochgeladen wird oder nur hier bleibt.',
  },
  'pair.many-deletions': {
    title: 'Hier sind viele Dateien auf einmal weg',
    remedy: 'Antworten Sie, ob sie in den Papierkorb von Box gehen oder dort bleiben.',
  },
  'pair.kept-on-box': {
    title: 'Es wurde seither auf Box geändert und bleibt dort',
    remedy: 'Sehen Sie es auf Box an, und löschen Sie es dort, wenn es nicht gebraucht wird.',
  },
  'conflict.changed-on-box': {
    title: 'Jemand hat die Datei inzwischen auf Box geändert',
    remedy: 'Wählen Sie: ersetzen, beide behalten oder lassen; dann erneut versuchen.',
  },
  'content.digest': {
    title: 'Was ankam, ist etwas anderes, als was gelesen wurde',
    remedy:
      'Boxcar liest und sendet es wieder; wenn es bleibt, prüfen Sie Speicher, Datenträger und Netz dieses Rechners.',
  },
  'content.too-small-for-session': {
    title: 'Box will diese Datei in einer einzigen Anfrage',
    remedy: 'Nichts zu tun: Boxcar sendet sie so.',
  },
  'content.length': {
    title: 'Der Inhalt ist kürzer oder länger als angekündigt',
    remedy: 'Geben Sie die richtige Größe, oder laden Sie ihn aus einer vollständigen Quelle neu hoch.',
  },
  'session.conflict': {
    title: 'Ein anderer unfertiger Upload zum selben Platz ist auf Box offen',
    remedy:
      'Warten Sie, bis er endet (spätestens nach 7 Tagen), oder wählen Sie einen anderen Namen; dann erneut versuchen.',
  },
  'session.gone': {
    title: 'Box kennt die Upload-Sitzung nicht mehr',
    remedy: 'Nichts zu tun: Boxcar sieht nach, ob die Datei ankam, und fängt sonst neu an.',
  },
  'session.parts-missing': {
    title: 'Box fehlen Teile des Uploads',
    remedy: 'Nichts zu tun: Boxcar vergleicht die Teile und sendet, was fehlt.',
  },
  'part.unsure': {
    title: 'Es ist nicht bekannt, ob der Teil ankam',
    remedy: 'Nichts zu tun: Boxcar fragt Box nach der Liste der Teile.',
  },
  'local.missing': {
    title: 'Die Datei ist nicht mehr da',
    remedy: 'Legen Sie sie zurück, oder starten Sie den Upload ohne sie neu.',
  },
  'local.unreadable': {
    title: 'Die Datei lässt sich nicht lesen',
    remedy: 'Geben Sie Ihrem Benutzer das Leserecht; dann erneut versuchen.',
  },
  'local.path-too-long': {
    title: 'Der Pfad ist für dieses System zu lang',
    remedy:
      'Laden Sie einen Ordner weiter unten für sich hoch, oder kürzen Sie die Namen darüber; dann erneut versuchen.',
  },
  'local.read-error': {
    title: 'Der Datenträger meldet beim Lesen einen Fehler',
    remedy: 'Prüfen Sie den Datenträger; dann erneut versuchen.',
  },
  'local.locked': {
    title: 'Ein anderes Programm hält die Datei',
    remedy: 'Schließen Sie sie dort; Boxcar versucht es wieder.',
  },
  'local.changed': {
    title: 'Die Datei änderte sich, während sie hochging',
    remedy: 'Nichts zu tun: Boxcar sendet den neuen Inhalt, sobald die Datei ruht.',
  },
  'local.keeps-changing': {
    title: 'Die Datei ändert sich immer weiter',
    remedy: 'Schließen Sie das Programm, das sie schreibt; dann erneut versuchen.',
  },
  'local.not-regular': {
    title: 'Keine gewöhnliche Datei (Verknüpfung, Socket, Pipe oder Gerät)',
    remedy: 'Nur Dateien und Ordner werden hochgeladen; kopieren Sie den Inhalt in eine Datei, wenn er hochgehen soll.',
  },
  'local.data-folder-full': {
    title: 'Die Platte mit dem Datenordner von Boxcar ist voll',
    remedy:
      'Schaffen Sie dort Platz. Nichts ist verloren: Ein Ordnerpaar geht dann von selbst weiter, ein Hochladen, wenn es erneut gestartet wird.',
  },
  'local.data-folder': {
    title: 'In den Datenordner von Boxcar kann nicht geschrieben werden',
    remedy:
      'Prüfen Sie die Platte und die Rechte dort, oder wählen Sie mit --home einen anderen Ordner. Was bei Box angekommen ist, bleibt.',
  },
  'local.internal': {
    title: 'Boxcar selbst ist gescheitert',
    remedy: 'Erneut versuchen; wenn es bleibt, melden Sie es mit den Einzelheiten.',
  },
};
