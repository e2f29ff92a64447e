# What the browser says while it works. The browser fills the values in itself, after the page was made: no message
# here may choose its words by a number. Keys and their values are listed in web/src/texts.ts.

# What a file is doing.
js-state-waiting = wartet, bis sie an der Reihe ist
js-state-preparing = wird vorbereitet
js-state-uploading = wird hochgeladen
js-state-verifying = wird geprüft
js-state-offline = wartet auf das Netz
js-state-retrying = neuer Versuch in { $seconds } s
js-state-signed-out = Sie sind abgemeldet; bitte in einem anderen Tab neu anmelden (nächster Versuch in { $seconds } s)
js-state-paused = angehalten
js-state-done = fertig
js-state-failed = nicht gesendet: { $detail }
js-state-choose-again = { $percent } % sind schon hier; wählen Sie dieselbe Datei, um fortzufahren

# Why a file was not sent.
js-problem-changed = Die Datei wurde seit der Auswahl geändert, verschoben oder gelöscht. Bitte wählen Sie sie erneut.
js-problem-proxy-limit = Zwischen Ihnen und dem Server werden selbst kleine Stücke abgelehnt. Bitte sagen Sie es der Administration.
js-problem-refused = Der Server nimmt diese Datei nicht an.
js-problem-too-large = Diese Datei ist größer als { $limit }; mehr wird hier nicht angenommen.
js-problem-too-many = Zusammen sind die Dateien größer als { $limit }; mehr wird hier nicht angenommen.
js-problem-folder-unreadable = „{ $file }“ war nicht lesbar und wurde ausgelassen.
js-problem-draft = Der Entwurf konnte nicht angelegt werden: { $detail }
js-problem-save = Ihre Eingaben konnten nicht gespeichert werden: { $detail }

# Buttons of a file.
js-pause = Anhalten
js-pause-file = { $file } anhalten
js-resume = Fortsetzen
js-resume-file = { $file } fortsetzen
js-retry-file = { $file } erneut versuchen
js-remove-file = { $file } entfernen
js-pause-all = Alle anhalten
js-resume-all = Alle fortsetzen

# Numbers.
js-size-of = { $done } von { $total }
js-files-of = Dateien: { $done } von { $total }
js-rate-now = { $rate }
js-time-left = noch { $left }
js-percent-done = { $percent } %
js-progress-of = Fortschritt von { $file }
js-progress-all = Fortschritt aller Dateien
js-tab-title = { $percent } % · { $title }

# What is said aloud and written at the foot.
js-summary-added = Dateien hinzugefügt: { $count }.
js-summary-progress = { $percent } %, Dateien: { $done } von { $total }.
js-summary-progress-left = { $percent } %, Dateien: { $done } von { $total }, noch { $left }.
js-summary-done = Alle Dateien sind angekommen: { $total }.
js-summary-failed = Nicht gesendete Dateien: { $count }.
js-summary-removed = { $file } wurde entfernt.
js-summary-offline = Das Netz ist weg. Sobald es wieder da ist, geht es von selbst weiter.
js-summary-online = Das Netz ist wieder da. Es geht weiter.
js-summary-sends-when-done = Gesendet wird, sobald alle Dateien angekommen sind. Bitte lassen Sie diese Seite offen.
js-summary-sending = Wird gesendet
js-summary-no-files = Bitte fügen Sie mindestens eine Datei hinzu.
js-summary-choose-again = Wählen Sie dieselben Dateien, um fortzufahren: { $percent } % sind schon hier.
js-summary-fields = Bitte sehen Sie sich die markierten Felder an.

# What did not arrive, and the decision about it.
js-recap-title = Einige Dateien sind nicht angekommen
js-recap-text = Nicht angekommen: { $count }. Es wird nichts gesendet, bevor Sie entscheiden.
js-recap-retry = Alle erneut versuchen
js-recap-send-without = Ohne sie senden
js-recap-elsewhere = anderswo begonnen und nicht beendet

# The form.
js-error-title = Bitte sagen Sie, worum es geht.
js-error-recipient = Bitte nennen Sie mindestens einen Empfänger.
js-error-email = Das ist keine E-Mail-Adresse.

# Recipients.
js-recipient-name = Name
js-recipient-email = E-Mail-Adresse
js-recipient-add = Empfänger hinzufügen
js-recipient-remove = { $recipient } entfernen
js-recipient-remove-label = Entfernen
js-recipient-removed = { $recipient } wurde entfernt.
js-recipient-suggest = Meinten Sie { $suggestion }?
js-recipient-merged = Doppelt genannte Adressen: { $count }.
js-recipient-pasted = Empfänger hinzugefügt: { $count }.

# Copying, taking back.
js-copy-done = Kopiert
js-copy-by-hand = Ihr Browser erlaubt das Kopieren nicht. Der Text ist ausgewählt; drücken Sie Strg+C oder ⌘C.
js-undo-left = noch { $seconds } s, um das zurückzunehmen
js-undo-over = Das lässt sich nicht mehr zurücknehmen.
