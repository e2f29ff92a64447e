# Die Seiten. Sätze sagen, was geschehen ist, dann, was zu tun ist; kein Vorwurf, keine Ausrufezeichen.
# { $name }, { $title }, { $who }, { $what } und { $sender } sind fremde Worte, schon unschädlich gemacht.

## Um jede Seite
nav-skip = Zum Inhalt springen
nav-label = Hauptnavigation
nav-packages = Pakete
nav-sign-out = Abmelden
nav-foot = Dateiaustausch mit Waybill: vollständig, nachvollziehbar und gelöscht wie versprochen.
warning-label = Für den Betreiber
warning-mail-folder = Es ist kein Mailserver eingestellt. E-Mails werden stattdessen als Dateien in den Ordner „{ $folder }“ geschrieben; Links lassen sich bei jedem Paket kopieren.
warning-public-url = Es ist keine öffentliche Adresse eingestellt, darum beginnen Links mit { $address }. Andere erreichen das womöglich nicht.
warning-clock = Die Uhr des Servers ist gesprungen. Links folgen ihr, aber nichts wird als beendet vermerkt und nichts gelöscht, bis die Uhr wieder verlässlich ist.
confirm-no = Abbrechen
problem-look-below = Einiges braucht noch einen Blick. Was genau, steht beim jeweiligen Feld.

## Was auf jedem Bogen steht
sheet-name = Waybill
sheet-from = Von
sheet-to = An
sheet-size = Größe
sheet-until = Verfügbar bis
sheet-date = Datum
sheet-no-end = Kein Ende festgelegt
sheet-files =
    { $count ->
        [one] { $count } Datei
       *[other] { $count } Dateien
    }
stamp-draft = Entwurf
stamp-active = Aktiv
stamp-completed = Erledigt
stamp-expired = Abgelaufen
stamp-revoked = Widerrufen
stamp-unknown = Unbekannt

## Inhalt
contents-title = Inhalt
contents-no = Nr.
contents-name = Name
contents-act = Aktionen
contents-show-sums = SHA-256 zeigen
contents-uploaded = Hochgeladen
contents-transfer = in { $duration }, { $rate }/s
contents-milliseconds = { $count } ms

## Anmelden
signin-title = Anmelden
signin-lead = Dateien senden und empfangen mit { $site }.
signin-email = E-Mail
signin-password = Passwort
signin-submit = Anmelden
signin-refused = E-Mail und Passwort gehören zu keinem Konto, das sich anmelden darf.
signin-wait =
    { $seconds ->
        [one] Zu viele Versuche. Bitte in { $seconds } Sekunde noch einmal versuchen.
       *[other] Zu viele Versuche. Bitte in { $seconds } Sekunden noch einmal versuchen.
    }
signin-session-over = Sie wurden nach einiger Zeit ohne Nutzung abgemeldet. Bitte melden Sie sich wieder an.

## Erster Start
setup-title = Diesen Server einrichten
setup-lead = Sie haben die einmalige Adresse aus dem Terminal geöffnet. Legen Sie den ersten Administrator an; damit endet die Adresse.
setup-name = Ihr Name
setup-name-hint = Empfänger sehen ihn als Absender.
setup-submit = Administrator anlegen

## Übersicht
dashboard-title = Pakete
dashboard-send = Dateien senden
dashboard-send-hint = An eine oder mehrere Personen, über einen geheimen Link
dashboard-request = Dateien anfordern
dashboard-request-hint = Jemanden um Dateien bitten; kein Konto nötig
dashboard-search = Pakete suchen
dashboard-search-hint = Titel, Name, Adresse
dashboard-filters = Liste eingrenzen
dashboard-filter-all = Alle
dashboard-filter-sent = Gesendet
dashboard-filter-requested = Angefordert
dashboard-filter-active = Aktiv
dashboard-filter-drafts = Entwürfe
dashboard-filter-ended = Beendet
dashboard-column-way = Richtung
dashboard-column-package = Paket
dashboard-column-state = Status
dashboard-column-ends = Ende
dashboard-column-latest = Zuletzt
dashboard-outbound = Gesendet
dashboard-inbound = Angefordert
dashboard-untitled = Ohne Titel
dashboard-ends = Endet
dashboard-ended = Beendet
dashboard-nothing = Kein Paket passt. Versuchen Sie es mit weniger Buchstaben, oder sehen Sie alle an.
dashboard-show-all = Alle Pakete zeigen
dashboard-pages = Seiten der Liste
dashboard-newest = Zurück zu den neuesten
dashboard-older = Ältere Pakete
dashboard-deleted = „{ $title }“ wurde gelöscht. Die Links funktionieren nicht mehr.
dashboard-undo = Rückgängig
dashboard-empty = Noch wurde nichts verschickt
dashboard-empty-lead = Hier lassen sich Dateien auf drei Arten austauschen.
dashboard-can-send = Dateien senden
dashboard-can-send-sentence = Wählen Sie Dateien und sagen Sie, wer sie bekommt. Jeder erhält einen eigenen Link, und Sie sehen, wer wann was abgeholt hat.
dashboard-can-request = Dateien anfordern
dashboard-can-request-sentence = Laden Sie jemanden zum Hochladen ein. Ein Konto ist nicht nötig, und was ankommt, erscheint hier von selbst.
dashboard-can-ticket = Einen Link machen
dashboard-can-ticket-sentence = Dateien ablegen, Link bekommen, selbst weitergeben. Er endet, wann Sie es sagen.

## Senden
send-title = Dateien senden
send-what = Titel
send-what-example = Worum es geht
send-to = An
send-to-hint = Eine Person pro Zeile: Name <Adresse>. Jede erhält einen eigenen Link.
send-drop = Dateien oder Ordner hier ablegen oder einfügen. Sie werden sofort hochgeladen, während Sie den Rest ausfüllen.
send-add-files = Dateien hinzufügen
send-add-folder = Ordner hinzufügen
send-limit-file = Bis { $file } je Datei
send-limit-package = Bis { $all } insgesamt
send-limit-both = Bis { $file } je Datei, { $all } insgesamt
send-ends = Link endet nach
send-ends-unit = Tagen
send-ends-hint = 1 bis { $count } Tage.
send-password = Passwort
send-password-hint = Wird verlangt, wenn jemand den Link öffnet. Sagen Sie es auf anderem Weg als per E-Mail.
send-password-set = Ein Passwort ist gesetzt. Tippen Sie ein anderes, um es zu ändern.
send-options = Optionen
send-idle = Endet # Stunden nach dem letzten Download
send-idle-unit = Stunden
send-idle-hint = Die Frist beginnt mit dem ersten vollständigen Download, und jeder weitere beginnt sie neu. Leer oder 0: aus.
send-downloads = Endet nach # Downloads
send-downloads-unit = Downloads
send-downloads-hint = Zählt für den Link jeder Person einzeln. Leer oder 0: keine Grenze.
send-note = Notiz
send-note-hint = Freiwillig. Steht in der E-Mail und auf der Seite.
send-summary =
    { $files ->
        [0] Noch keine Dateien
        [one] { $files } Datei, { $size }
       *[other] { $files } Dateien, { $size }
    }
send-submit = Senden
send-discard = Entwurf löschen
send-discard-question = Diesen Entwurf löschen?
send-discard-text = Was hochgeladen wurde, wird entfernt. Niemand hat davon erfahren.
send-drafts = Entwürfe zum Fortsetzen
upload-preparing = Wird vorbereitet
upload-done = Hochgeladen
upload-here = { $percent } % sind schon hier. Wählen Sie dieselbe Datei noch einmal, um fortzufahren.
upload-progress = Fortschritt von { $name }
upload-remove = { $name } entfernen

## Ein Paket, vom Besitzer gesehen
package-resend = Erneut senden
package-resend-question = Die E-Mails noch einmal senden?
package-resend-text = Alle Empfänger, deren Link funktioniert, bekommen noch eine E-Mail.
package-resend-to = Erneut senden: { $name }
package-resent = Erneut gesendet. Die E-Mail ist unterwegs.
package-extend = Verlängern
package-extended = Verlängert.
policy-form-title = Regeln für das Ende ändern
policy-form-total = Endet insgesamt nach
policy-form-days = Tagen
policy-form-hours = Stunden
policy-form-unit = Tage oder Stunden
policy-form-total-hint = Ab jetzt. Bis zu { $days } Tage.
policy-form-total-hint-endless = Ab jetzt. Leer oder 0: aus.
policy-form-save = Regeln speichern
policy-form-saved = Die Regeln sind geändert. Die Frist beginnt jetzt.
password-form-title = Passwort setzen
password-form-change = Passwort ändern oder entfernen
password-form-new = Neues Passwort
password-form-hint = Wird ab jetzt verlangt, wenn jemand einen Link dieses Pakets öffnet. Niemand bekommt eine E-Mail: Sagen Sie es auf anderem Weg.
password-form-change-hint = Wer das jetzige kennt, braucht dann das neue. Begonnene Downloads gehen weiter.
password-form-save = Passwort setzen
password-form-change-save = Passwort ändern
password-form-remove = Passwort entfernen
password-form-saved = Das Passwort ist gesetzt. Die Links verlangen es ab jetzt.
password-form-removed = Das Passwort ist entfernt. Die Links öffnen sich ohne.
package-has-password = Gesetzt
package-revoke = Link widerrufen
package-revoke-question = Dieses Paket widerrufen?
package-revoke-text = Alle Links enden sofort, laufende Downloads werden abgebrochen, die Dateien gelöscht. Das lässt sich nicht rückgängig machen.
package-revoke-one = Diesen Link widerrufen
package-revoke-one-question = Den Link von { $name } widerrufen?
package-revoke-one-text = Er endet sofort und lässt sich nicht zurückholen. Die anderen Links funktionieren weiter.
package-revoke-link-of = Diesen Link widerrufen: { $name }
package-delete = Paket löschen
package-copy-reference = Kennung kopieren
package-copy-link = Link kopieren
package-copy-link-of = Link kopieren: { $name }
package-link = Link
package-link-of = Link von { $name }
package-and-others =
    { $count ->
        [one] und { $count } weitere Person
       *[other] und { $count } weitere Personen
    }
package-downloads = Downloads
package-ended = Beendet
package-recipients = Empfänger
package-opened = Link geöffnet
package-opened-again =
    { $count ->
        [one] einmal, zuletzt
       *[other] { $count }-mal, zuletzt
    }
package-maybe-scanner = (womöglich ein Mail-Scanner)
package-broke-off = Download abgebrochen bei { $percent } %
package-not-opened = Noch nicht geöffnet
package-downloaded =
    { $count ->
        [one] { $count } Mal heruntergeladen, zuletzt
       *[other] { $count } Mal heruntergeladen, zuletzt
    }
package-not-downloaded = Noch nicht heruntergeladen
package-erased = Die Dateien sind gelöscht. Ihre Namen und der Verlauf bleiben.
package-history = Verlauf
mailstate-queued = E-Mail wartet auf Versand
mailstate-sending = E-Mail wird gesendet
mailstate-sent = E-Mail gesendet
mailstate-deferred = Mailserver bittet um späteren Versuch
mailstate-rejected = E-Mail abgelehnt
mailstate-unknown = E-Mail: Antwort des Servers ging verloren
mailstate-bounced = E-Mail kam zurück

## Eine Zeile im Verlauf eines Pakets
happening-someone = Jemand
happening-everything = alle Dateien
happening-created = Entwurf angelegt von { $who }
happening-finalized = Gesendet von { $who }
happening-changed = Geändert von { $who }
happening-closed = Geschlossen von { $who }
happening-reopened = Wieder geöffnet von { $who }
happening-revoked = Widerrufen von { $who }
happening-erased = Dateien vom Server gelöscht
happening-expired = Abgelaufen
happening-completed = Erledigt
happening-file-added = Datei hinzugefügt: { $what }
happening-file-removed = Datei entfernt: { $what }
happening-file-fetched = { $who } hat { $what } als Besitzer abgeholt
happening-link-viewed =
    { $count ->
        [one] Link von { $who } geöffnet
       *[other] Link von { $who } { $count } Mal geöffnet
    }
happening-link-refused =
    { $count ->
        [one] Ein beendeter Link von { $who } wurde versucht
       *[other] Ein beendeter Link von { $who } wurde { $count } Mal versucht
    }
happening-wrong-password =
    { $count ->
        [one] Ein falsches Passwort am Link von { $who }
       *[other] { $count } falsche Passwörter am Link von { $who }
    }
happening-link-asked = { $who } hat um einen neuen Link gebeten
happening-link-revoked = Link von { $who } widerrufen
happening-download-started = { $who } hat einen Download begonnen: { $what }
happening-download-completed = { $who } hat { $what } heruntergeladen
happening-download-aborted = Download von { $who } abgebrochen: { $what }
happening-upload-started = Hochladen begonnen: { $what }
happening-upload-completed = Hochladen abgeschlossen: { $what }
happening-upload-aborted = Hochladen abgebrochen: { $what }
happening-mail-sent = E-Mail an { $who } gesendet
happening-mail-failed = E-Mail an { $who } konnte nicht zugestellt werden
happening-mail-unknown = E-Mail an { $who }: Antwort des Mailservers ging verloren
happening-with-more = { $sentence } ({ $more })
happening-more-delivered = { $size } in { $duration }
happening-more-timed-out = gezählt, als die Zeit um war
happening-more-taken-over = setzt fort, was jemand anderes liegen ließ
happening-more-released = nicht fortgesetzt; zählt nicht
happening-more-broke-off = bei { $percent } %
happening-more-maybe-scanner = womöglich ein Mail-Scanner
happening-more-likely-scanner = vermutlich ein Mail-Scanner

## Die Seite des Empfängers
landing-lead =
    { $count ->
        [one] { $sender } hat Ihnen eine Datei gesendet.
       *[other] { $sender } hat Ihnen { $count } Dateien gesendet.
    }
landing-anyone = Alle, die den Link haben
landing-left = Downloads übrig
landing-download = Herunterladen
landing-download-all = Alle herunterladen
landing-zip = { $size }, zip
landing-download-one = { $name } herunterladen
landing-note = Notiz von { $sender }
landing-still-usable = Dieses Paket ist beendet. Ihr begonnener Download kann bis { $until } abgeschlossen werden.
landing-busy =
    { $seconds ->
        [one] Gerade lädt jemand dies herunter. Bitte in { $seconds } Sekunde noch einmal versuchen.
       *[other] Gerade lädt jemand dies herunter. Bitte in { $seconds } Sekunden noch einmal versuchen.
    }
landing-more = Mehr: Kommandozeile, Prüfsummen
landing-more-get = Mit dem eigenen Befehl von Waybill, der fortsetzt und jede Datei prüft:
landing-more-curl = Mit curl:

## Die Seite mit dem einen Knopf, der verlängert
extend-title = { $title } verlängern
extend-question = Verlängern:
extend-impossible = Das lässt sich nicht verlängern:
extend-asked = Um einen neuen Link gebeten: { $who }.
extend-until = Wenn Sie verlängern, gelten dieselben Links bis { $until }.
extend-until-and-downloads =
    { $count ->
        [one] Wenn Sie verlängern, gelten dieselben Links wieder bis { $until }, jeder für einen weiteren Download.
       *[other] Wenn Sie verlängern, gelten dieselben Links wieder bis { $until }, jeder für { $count } weitere Downloads.
    }
extend-downloads =
    { $count ->
        [one] Wenn Sie verlängern, gelten dieselben Links wieder, jeder für einen weiteren Download.
       *[other] Wenn Sie verlängern, gelten dieselben Links wieder, jeder für { $count } weitere Downloads.
    }
extend-again = Wenn Sie verlängern, gelten dieselben Links wieder.
extend-needless = Es endet nicht von selbst: Die Links gelten, bis Sie sie zurückziehen.
extend-revoked = Es wurde zurückgezogen, und das bleibt so. Wenn jemand die Dateien noch braucht, senden Sie sie bitte noch einmal.
extend-erased = Die Dateien sind gelöscht. Wenn jemand sie noch braucht, senden Sie sie bitte noch einmal.
extend-submit = Verlängern
extend-hint = Bisher hat sich nichts geändert. Niemand bekommt eine E-Mail; wer einen Link hat, kann ihn wieder benutzen.
extend-package = Zum Paket

## Ein Link mit Passwort
unlock-title = Bitte das Passwort
unlock-lead = { $sender } hat Dateien gesendet und mit einem Passwort geschützt.
unlock-password = Passwort
unlock-submit = Öffnen
unlock-hint = Wenn Sie es nicht kennen, fragen Sie bitte, wer Ihnen den Link gesendet hat. In der E-Mail mit dem Link steht es nicht.
unlock-wrong = Das ist nicht das Passwort. Bitte achten Sie auf Großbuchstaben und versuchen Sie es noch einmal.
unlock-wait =
    { $seconds ->
        [one] Von hier kamen viele falsche Passwörter. Das nächste wird in { $seconds } Sekunde angesehen.
       *[other] Von hier kamen viele falsche Passwörter. Das nächste wird in { $seconds } Sekunden angesehen.
    }
password-show = Zeigen
password-hide = Verbergen

## Ein beendeter Link
ended-expired = Dieser Link ist abgelaufen
ended-completed = Dieses Paket hat seinen Zweck erfüllt
ended-revoked = Dieser Link wurde zurückgezogen
ended-unknown = Diesen Link kennen wir nicht
ended-expired-sentence = Die Dateien waren bis { $at } verfügbar.
ended-idle-sentence = { $idle } lang hatte niemand die Dateien heruntergeladen; verfügbar waren sie bis { $at }.
ended-completed-sentence = Es wurde am { $at } abgeschlossen: Was es erlaubt, ist aufgebraucht. Falls Sie das nicht waren, sagen Sie es bitte dem Absender.
ended-revoked-sentence = Der Absender hat ihn am { $at } zurückgezogen. Wenn Sie die Dateien noch brauchen, fragen Sie bitte den Absender.
ended-unknown-sentence = Mailprogramme trennen lange Links manchmal. Kopieren Sie den ganzen Link aus der Nachricht in die Adresszeile, oder fragen Sie, wer ihn Ihnen geschickt hat.
ended-sender = den Absender
ended-ask = Um neuen Link bitten
ended-ask-hint = Wir benachrichtigen { $sender } per E-Mail. Das geht einmal am Tag.
ended-asked = Wir haben { $sender } benachrichtigt, dass Sie einen neuen Link brauchen. Wird das Paket verlängert, gilt dieser Link wieder.

## Seiten, die Nein sagen
fault-number = Status
fault-reference = Kennung
fault-reference-hint = Wenn Sie es dem Betreiber sagen, nennen Sie die Kennung; sie steht im Protokoll des Servers.
fault-back = Zurück zu den Paketen
fault-try-again = Zurück und noch einmal versuchen
fault-forbidden = Das ist nicht erlaubt
fault-forbidden-advice = Ihr Konto oder dieser Link darf das nicht. Wenn es so sein sollte, fragen Sie bitte, wer diesen Server betreibt.
fault-not-found = Hier ist nichts
fault-not-found-advice = Vielleicht ist die Adresse vertippt, oder was hier war, ist fort, oder es gehört jemand anderem.
fault-conflict = Das passt gerade nicht
fault-conflict-advice = Inzwischen hat sich etwas geändert. Sehen Sie den jetzigen Stand an und entscheiden Sie neu.
fault-busy = Wird gerade heruntergeladen
fault-busy-advice =
    { $seconds ->
        [one] Alle Downloads dieses Links sind in Gebrauch. Bitte in { $seconds } Sekunde noch einmal versuchen.
       *[other] Alle Downloads dieses Links sind in Gebrauch. Bitte in { $seconds } Sekunden noch einmal versuchen.
    }
fault-too-large = Das ist zu groß
fault-too-large-advice = Bitte senden Sie weniger auf einmal, oder fragen Sie den Betreiber nach der Grenze.
fault-invalid = Einiges davon lässt sich nicht verwenden
fault-invalid-advice = Bitte gehen Sie zurück, sehen Sie die Angaben durch und senden Sie sie noch einmal.
fault-too-many = Eine kurze Pause, bitte
fault-too-many-advice =
    { $seconds ->
        [one] Es gab viele Versuche in kurzer Zeit. Der nächste geht in { $seconds } Sekunde.
       *[other] Es gab viele Versuche in kurzer Zeit. Der nächste geht in { $seconds } Sekunden.
    }
fault-internal = Bei uns ist etwas schiefgegangen
fault-internal-advice = Nichts, was vollständig war, ist verloren. Bitte versuchen Sie es gleich noch einmal.
fault-unavailable = Für einen Moment nicht erreichbar
fault-unavailable-advice = Der Server startet, hält an oder wird gewartet. Bitte versuchen Sie es in einer Minute noch einmal.
fault-no-space = Es ist kein Platz mehr
fault-no-space-advice = Der Server kann gerade nichts mehr aufnehmen. Was angekommen ist, ist sicher; bitte sagen Sie es dem Betreiber.

## Konto
account-title = Konto
account-admin = Administrator
account-regular = Sendet und empfängt
account-notices = Hinweise
account-notices-sentence = E-Mails über Ihre eigenen Pakete. Wenn viele auf einmal kommen, kommen die ersten einzeln und die übrigen gesammelt, einmal in der Stunde.
account-notices-legend = Schreiben Sie mir, wenn
account-notice-arrived = für eine meiner Anfragen Dateien eingetroffen sind
account-notice-rejected = ein Mailserver eine E-Mail an jemanden ablehnt
account-notice-asked = jemand um einen neuen Link bittet
account-notice-first-download = jemand zum ersten Mal heruntergeladen hat
account-notice-not-downloaded = jemand zwei Tage vor dem Ende noch nicht heruntergeladen hat
account-notice-ending-soon = etwas binnen eines Tages endet
account-notices-hint = Eine Warnung, bevor Entwürfe oder eingetroffene Dateien gelöscht werden, kommt immer.
account-notices-save = Hinweise speichern
account-notices-saved = Ihre Auswahl ist gespeichert.
account-tokens = API-Token
account-tokens-sentence = Für Skripte und die Kommandozeile. Ein Token handelt in Ihrem Namen; geben Sie ihm nicht mehr, als er braucht.
account-tokens-none = Es gibt keine Token.
account-token-fresh = Der Token „{ $name }“ ist angelegt. Kopieren Sie ihn jetzt; er wird nur dieses eine Mal gezeigt.
account-token-copy = Token kopieren
account-token-new = Neuer Token
account-token-name = Name
account-token-example = Nächtlicher Bericht
account-token-days = Endet nach
account-token-days-hint = Leer: endet nicht von selbst.
account-token-create = Token anlegen
account-token-used = zuletzt benutzt
account-token-unused = nie benutzt
account-token-ends = endet
account-token-endless = endet nicht
account-token-revoke = Widerrufen
account-token-revoke-one = Den Token { $name } widerrufen
account-token-revoke-question = Den Token „{ $name }“ widerrufen?
account-token-revoke-text = Was ihn benutzt, funktioniert sofort nicht mehr.
account-scopes = Darf
account-scope-all = alles, was Sie dürfen
account-scopes-hint = Nichts gewählt: alles, was Sie dürfen.
account-password = Passwort
account-password-current = Jetziges Passwort
account-password-new = Neues Passwort
account-password-hint = Mindestens { $count } Zeichen. Mehrere Wörter sind besser als ein seltsames.
account-password-submit = Passwort ändern
account-password-changed = Ihr Passwort ist geändert. Andere Browser wurden abgemeldet.

## Anfordern
request-title = Dateien anfordern
request-sentence = Bald können Sie hier jemanden um Dateien bitten: Die Person bekommt einen Link, lädt ohne Konto hoch, und was ankommt, erscheint in Ihrer Übersicht.
request-meanwhile = Bis dahin lassen sich Dateien senden, aber nicht anfordern.
