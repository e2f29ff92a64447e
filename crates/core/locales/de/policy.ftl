# Der eine Satz darüber, wann ein Paket, Ticket, Wunsch oder Upload-Link endet oder warum er beendet ist. { $at } ist ein
# fertiger Zeitpunkt mit Zone, { $idle } und { $kept } eine fertige Dauer.

## Noch nicht begonnen
policy-draft = Noch nicht gesendet. Die Frist beginnt mit dem Senden.

## Aktiv, eine Regel
policy-permanent = Endet nicht von selbst.
policy-ends-at = Endet am { $at }.
policy-ends-after-downloads =
    { $count ->
        [one] Endet nach { $count } weiteren Download.
       *[other] Endet nach { $count } weiteren Downloads.
    }
policy-ends-after-downloads-each =
    { $count ->
        [one] Jeder Link endet nach { $count } Download.
       *[other] Jeder Link endet nach { $count } Downloads.
    }
policy-ends-after-uploads =
    { $count ->
        [one] Endet nach { $count } weiteren Upload.
       *[other] Endet nach { $count } weiteren Uploads.
    }
# Die Ruhefrist vor und nach dem ersten vollständigen Download (Upload-Link: Upload).
policy-ends-idle-waiting = Nach dem letzten Download gilt noch eine Frist ({ $idle }); sie beginnt mit dem ersten.
policy-ends-idle-running = Endet am { $at }, wenn vorher nichts heruntergeladen wird.
policy-ends-idle-uploads-waiting = Nach dem letzten Upload gilt noch eine Frist ({ $idle }); sie beginnt mit dem ersten.
policy-ends-idle-uploads-running = Endet am { $at }, wenn vorher nichts hochgeladen wird.

## Aktiv, mehrere Regeln
policy-ends-at-or-downloads =
    { $count ->
        [one] Endet am { $at } oder nach { $count } weiteren Download, je nachdem, was zuerst eintritt.
       *[other] Endet am { $at } oder nach { $count } weiteren Downloads, je nachdem, was zuerst eintritt.
    }
policy-ends-at-or-downloads-each =
    { $count ->
        [one] Jeder Link endet am { $at } oder nach { $count } Download, je nachdem, was zuerst eintritt.
       *[other] Jeder Link endet am { $at } oder nach { $count } Downloads, je nachdem, was zuerst eintritt.
    }
policy-ends-at-or-uploads =
    { $count ->
        [one] Endet am { $at } oder nach { $count } weiteren Upload, je nachdem, was zuerst eintritt.
       *[other] Endet am { $at } oder nach { $count } weiteren Uploads, je nachdem, was zuerst eintritt.
    }
policy-ends-at-or-idle = Endet am { $at } oder nach dem letzten Download plus { $idle }, je nachdem, was zuerst eintritt.
policy-ends-at-or-idle-uploads = Endet am { $at } oder nach dem letzten Upload plus { $idle }, je nachdem, was zuerst eintritt.
policy-ends-idle-or-downloads =
    { $count ->
        [one] Endet nach dem letzten Download plus { $idle } oder nach { $count } weiteren Download, je nachdem, was zuerst eintritt.
       *[other] Endet nach dem letzten Download plus { $idle } oder nach { $count } weiteren Downloads, je nachdem, was zuerst eintritt.
    }
policy-ends-idle-or-uploads =
    { $count ->
        [one] Endet nach dem letzten Upload plus { $idle } oder nach { $count } weiteren Upload, je nachdem, was zuerst eintritt.
       *[other] Endet nach dem letzten Upload plus { $idle } oder nach { $count } weiteren Uploads, je nachdem, was zuerst eintritt.
    }
policy-ends-at-or-idle-or-downloads =
    { $count ->
        [one] Endet am { $at }, nach dem letzten Download plus { $idle } oder nach { $count } weiteren Download, je nachdem, was zuerst eintritt.
       *[other] Endet am { $at }, nach dem letzten Download plus { $idle } oder nach { $count } weiteren Downloads, je nachdem, was zuerst eintritt.
    }
policy-ends-at-or-idle-or-uploads =
    { $count ->
        [one] Endet am { $at }, nach dem letzten Upload plus { $idle } oder nach { $count } weiteren Upload, je nachdem, was zuerst eintritt.
       *[other] Endet am { $at }, nach dem letzten Upload plus { $idle } oder nach { $count } weiteren Uploads, je nachdem, was zuerst eintritt.
    }

## Beendet
policy-ended-expired = Abgelaufen am { $at }.
policy-ended-idle = Abgelaufen am { $at } (Frist nach dem letzten Download: { $idle }).
policy-ended-idle-uploads = Abgelaufen am { $at } (Frist nach dem letzten Upload: { $idle }).
policy-ended-downloads =
    { $count ->
        [one] Abgeschlossen am { $at }: Der eine erlaubte Download ist aufgebraucht.
       *[other] Abgeschlossen am { $at }: Alle { $count } Downloads sind aufgebraucht.
    }
policy-ended-uploads =
    { $count ->
        [one] Abgeschlossen am { $at }: Der eine erlaubte Upload ist aufgebraucht.
       *[other] Abgeschlossen am { $at }: Alle { $count } Uploads sind aufgebraucht.
    }
policy-ended-closed = Geschlossen am { $at }.
policy-ended-revoked = Zurückgezogen am { $at }.
policy-ended-deleted = Gelöscht am { $at }.

## Wann die Bytes gehen
policy-erased-later = Die Dateien werden am { $at } gelöscht.
policy-erased-at-end = Die Dateien werden mit dem Ende gelöscht.
policy-erased-after-end = Die Dateien werden nach dem Ende noch aufbewahrt ({ $kept }) und dann gelöscht.
policy-erased-at-latest = Die Dateien werden spätestens { $kept } nach dem Ende gelöscht.
policy-erased-soon = Die Dateien werden gerade gelöscht.
policy-erased = Die Dateien wurden am { $at } gelöscht.
policy-erased-after-downloads = Die Dateien werden gelöscht, sobald kein Download mehr läuft.
