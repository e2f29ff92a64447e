# Die E-Mails. { $sender }, { $title }, { $who } und { $site } sind fremde Worte; { $at } ist ein fertiger Zeitpunkt mit Zone.

## Rahmen
mail-from-name = { $sender } über { $site }
mail-label-from = Von
mail-label-to = An
mail-label-contents = Inhalt
mail-label-ends = Frist
mail-label-note = Nachricht
mail-label-status = Stand
mail-label-answer = Antwort des Mailservers
mail-label-downloads = Downloads bisher
mail-label-delivered = Übertragen
mail-delivered = { $size } in { $duration }
mail-contents-summary = { $files }, { $size }
mail-line-from = Von:
mail-line-to = An:
mail-address-hint = Falls der Knopf nicht geht, kopieren Sie diese Adresse in Ihren Browser:
mail-somebody = Jemand
mail-abuse = Unerwünscht oder verdächtig? Schreiben Sie an { $contact }.

## Warum jemand eine Mail bekommt
mail-reason-guest = Sie erhalten diese E-Mail, weil { $sender } ({ $email }) Ihre Adresse bei { $site } eingegeben hat. Eine Antwort geht an { $sender }.
mail-reason-owner = Sie erhalten diese E-Mail, weil dies bei { $site } Ihnen gehört. Welche Hinweise Sie bekommen, stellen Sie hier ein: { $account }
mail-reason-always = Sie erhalten diese E-Mail, weil dies bei { $site } Ihnen gehört. Eine Warnung, bevor etwas gelöscht wird, lässt sich nicht abschalten.
mail-reason-notify = Sie erhalten diese E-Mail, weil { $owner } ({ $email }) Ihre Adresse bei { $site } eingetragen hat, damit Sie hiervon erfahren. Möchten Sie nichts mehr davon hören, bitten Sie { $owner }, sie auszutragen.
mail-reason-digest-owner = Binnen einer Stunde gab es mehrere Hinweise für Sie; { $site } hat sie in einer E-Mail gesammelt. Welche Hinweise Sie bekommen, stellen Sie hier ein: { $account }
mail-reason-digest-notify = Sie erhalten diese E-Mail, weil Ihre Adresse bei { $site } eingetragen wurde, damit Sie hiervon erfahren. Möchten Sie nichts mehr davon hören, bitten Sie die Absender, sie auszutragen.
mail-reason-account = Sie erhalten diese E-Mail, weil Ihre Adresse zu einem Konto bei { $site } gehört oder dort für ein neues eingetragen wurde.

## Außenstehende
mail-shared-subject = { $sender } hat Ihnen Dateien gesendet: { $title }
mail-shared-lead = { $sender } hat Ihnen { $files } ({ $size }) gesendet.
mail-shared-button = Herunterladen
mail-shared-hint = Wer diesen Link hat, kann die Dateien bis zum Ende abholen. Ein Konto brauchen Sie nicht.
mail-request-subject = { $sender } bittet um Dateien: { $title }
mail-request-lead = { $sender } bittet Sie, Dateien hochzuladen.
mail-request-button = Dateien hochladen
mail-request-hint = Sie brauchen kein Konto und können bis zum Ende mit demselben Link wiederkommen.
mail-grant-link-subject = { $sender } lädt Sie ein, Dateien hochzuladen
mail-grant-link-lead = { $sender } hat für Sie einen Link zum Hochladen eingerichtet.
mail-grant-link-button = Dateien hochladen
mail-grant-link-hint = Sie brauchen kein Konto. Nur { $sender } sieht, was Sie hochladen.

## Eigentümer
mail-open-package = Paket öffnen
mail-arrived-subject = Dateien sind eingetroffen: { $title }
mail-arrived-lead = { $who } hat { $files } ({ $size }) hochgeladen.
mail-received-button = Herunterladen
mail-rejected-subject = E-Mail an { $who } wurde abgelehnt: { $title }
mail-rejected-lead = Die E-Mail an { $who } ({ $email }) wurde vom Mailserver abgelehnt. Dort weiß noch niemand von Ihrem Paket.
mail-rejected-hint = Prüfen Sie die Adresse und senden Sie noch einmal, oder kopieren Sie den Link von der Seite des Pakets und geben Sie ihn anders weiter.
mail-asked-subject = { $who } bittet um einen neuen Link: { $title }
mail-asked-lead = { $who } hat einen beendeten Link geöffnet und bittet um einen neuen.
mail-asked-button = Ansehen und verlängern
mail-asked-hint = Es ändert sich nichts, bevor Sie auf jener Seite den Knopf drücken.
# Was der Besitzer über einen Link erfährt, nach dem jemand fragt.
mail-asked-expired = Der Link ist am { $at } abgelaufen. Sie können ihn verlängern.
mail-asked-completed = Alle Downloads des Links waren am { $at } verbraucht. Sie können weitere erlauben.
mail-asked-revoked = Sie haben den Link am { $at } zurückgezogen. Er lässt sich nicht verlängern; Sie können die Dateien noch einmal senden.
mail-first-download-subject = { $who } hat heruntergeladen: { $title }
mail-first-download-lead = { $who } hat am { $at } zum ersten Mal einen Download abgeschlossen.
mail-not-downloaded-subject = Noch nicht heruntergeladen: { $title }
mail-not-downloaded-lead =
    { $count ->
        [one] { $who } hat noch keinen Download abgeschlossen, und der Link endet bald.
       *[other] { $who } haben noch keinen Download abgeschlossen, und ihre Links enden bald.
    }
mail-not-downloaded-hint = Auf der Seite des Pakets können Sie die E-Mail noch einmal senden oder die Frist verlängern.
mail-not-downloaded-by-nobody = Noch niemand hat einen Download abgeschlossen, und der Link endet bald.
mail-ending-soon-subject = Endet bald: { $title }
mail-ending-soon-lead = Dieses Paket endet bald. Danach geht sein Link nicht mehr.
mail-ending-soon-button = Ansehen und verlängern
mail-erasing-received-subject = Dateien werden bald gelöscht: { $title }
mail-erasing-received-lead = Was hier eingetroffen ist, wird bald gelöscht. Laden Sie herunter, was Sie behalten wollen.
mail-erasing-draft-subject = Entwurf wird bald gelöscht: { $title }
mail-erasing-draft-lead = Dieser Entwurf wurde nie gesendet und seit einiger Zeit nicht geändert. Er wird bald gelöscht; jede Änderung erhält ihn.
mail-erasing-draft-button = Entwurf fortsetzen

## Mitgelesene Pakete
mail-removed-subject = Entfernt: { $title }
mail-removed-lead = Diese Dateien sind nicht mehr verfügbar.
mail-completed-download-subject = Heruntergeladen: { $title }
mail-completed-download-lead = { $who } hat am { $at } einen Download abgeschlossen.

## Viele Hinweise auf einmal
mail-digest-subject =
    { $count ->
        [one] Ein weiterer Hinweis von { $site }
       *[other] { $count } Hinweise von { $site }
    }
mail-digest-lead =
    { $count ->
        [one] Damit sie Ihr Postfach nicht überfluten, werden Hinweise gesammelt, die dicht aufeinander folgen. Hier ist einer.
       *[other] Damit sie Ihr Postfach nicht überfluten, werden Hinweise gesammelt, die dicht aufeinander folgen. Hier sind { $count }.
    }
mail-digest-button = Pakete öffnen
mail-digest-completed-download =
    { $count ->
        [one] { $who } hat am { $at } einen Download abgeschlossen.
       *[other] { $who }: { $count } abgeschlossene Downloads, der letzte am { $at }.
    }
mail-digest-first-download = { $who } hat am { $at } zum ersten Mal einen Download abgeschlossen.
mail-digest-arrived = { $who } hat hochgeladen: { $what }
mail-digest-rejected = Die E-Mail an { $who } wurde abgelehnt: { $what }
mail-digest-asked = { $who } bittet um einen neuen Link. { $what }
mail-digest-not-downloaded = Noch nicht heruntergeladen von { $who }. { $what }
mail-digest-not-downloaded-by-nobody = Noch niemand hat heruntergeladen. { $what }
mail-digest-ending-soon = Endet bald. { $what }
mail-digest-erasing-received = Was eingetroffen ist, wird bald gelöscht. { $what }
mail-digest-erasing-draft = Dieser Entwurf wird bald gelöscht. { $what }
mail-digest-removed = Die Dateien sind weg. { $what }

## Ursachen und Warnungen
notice-deleted = Am { $at } von der Person gelöscht, der das Paket gehörte.
notice-erased-on = Das Löschen ist für den { $at } vorgesehen.

## Konten
mail-invite-subject = { $sender } lädt Sie zu { $site } ein
mail-invite-lead = { $sender } hat für Sie ein Konto bei { $site } eingerichtet. Damit können Sie Außenstehenden Dateien senden und um Dateien bitten.
mail-invite-button = Passwort wählen
mail-invite-hint = Dieser Link gilt einmal, bis { $at }.
mail-password-reset-subject = Neues Passwort für { $site }
mail-password-reset-lead = Jemand, hoffentlich Sie, hat für Ihr Konto bei { $site } um ein neues Passwort gebeten.
mail-password-reset-button = Neues Passwort wählen
mail-password-reset-hint = Dieser Link gilt einmal, bis { $at }. Wenn Sie das nicht waren, brauchen Sie nichts zu tun: Es hat sich nichts geändert.
mail-test-subject = Testnachricht von { $site }
mail-test-lead = { $site } kann E-Mails senden. { $who } hat diese Probe am { $at } verlangt.
