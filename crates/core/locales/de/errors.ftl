# Was der Server antwortet, wenn etwas nicht geht. Ein Satz: was ist los; was ist zu tun.
error-bad-request = Die Anfrage war nicht verständlich.
error-unauthorized = Bitte melden Sie sich zuerst an.
error-forbidden = Dazu fehlt Ihnen die Berechtigung.
error-password-needed = Dieser Link ist mit einem Passwort geschützt. Senden Sie es mit HTTP-Basic-Authentifizierung; der Benutzername ist beliebig.
error-password-wrong = Das ist nicht das Passwort dieses Links.
error-not-found = Hier ist nichts, oder es ist nicht für Sie bestimmt.
error-conflict = Das ist im jetzigen Zustand nicht möglich.
error-gone = Dieser Link ist beendet oder hat nie bestanden.
error-invalid = Einige Angaben können so nicht angenommen werden.
error-too-large = Das ist größer, als hier angenommen wird ({ $limit }).
error-too-many-requests = Das war zu oft. Bitte versuchen Sie es in { $wait } noch einmal.
error-no-space = Auf dem Server ist dafür kein Platz mehr. Es ging nichts verloren; bitte versuchen Sie es später noch einmal oder sagen Sie es dem Absender.
error-unavailable = Das ist gerade nicht verfügbar. Bitte versuchen Sie es gleich noch einmal.
error-internal = Bei uns ist etwas schiefgegangen. Wenn Sie es melden, nennen Sie bitte die Kennung { $reference }.

# Refusals by the state of a thing.
error-no-files = Es ist noch keine Datei vollständig da. Fügen Sie zuerst mindestens eine Datei hinzu.
error-unfinished-uploads =
    { $count ->
        [one] Ein Upload ist nicht fertig. Warten Sie, entfernen Sie ihn, oder senden Sie ohne ihn.
       *[other] { $count } Uploads sind nicht fertig. Warten Sie, entfernen Sie sie, oder senden Sie ohne sie.
    }
error-still-draft = Dieses Paket wurde noch nicht gesendet.
error-not-draft = Dieses Paket wurde bereits gesendet.
error-revoked = Dies wurde zurückgezogen und bleibt es. Senden Sie stattdessen ein neues Paket.
error-ended = Dieses Paket ist abgelaufen. Verlängern Sie es zuerst.
error-erased = Die Dateien wurden gelöscht. Senden Sie stattdessen ein neues Paket.
error-downloading = Alle Downloads, die dieser Link erlaubt, laufen gerade. Bitte versuchen Sie es in { $wait } noch einmal.
error-last-file = Dies ist die letzte Datei. Ziehen Sie das Paket zurück oder löschen Sie es, statt es zu leeren.
error-too-late-to-undo = Die Zeit zum Rückgängigmachen ist vorbei.
error-not-a-request = Nur Anfragen können geschlossen und wieder geöffnet werden.
error-wrong-kind = Das ist bei dieser Art von Paket nicht möglich.
error-offset-mismatch = Der Upload steht bei Byte { $offset }. Fragen Sie den Stand ab und machen Sie dort weiter.
error-upload-finished = Dieser Upload ist vollständig und nimmt nichts mehr an.
error-idempotency-key-reused = Dieser Idempotency-Key wurde für eine andere Anfrage benutzt. Nehmen Sie einen neuen.
error-email-taken = Zu dieser Adresse gibt es schon ein Konto.
error-setup-done = Die Einrichtung ist bereits abgeschlossen. Bitte melden Sie sich an.
error-link-works = Dieser Link geht noch; öffnen Sie ihn, statt um einen neuen zu bitten.
error-content-mismatch = Was ankam, passt nicht zur angekündigten Länge oder Prüfsumme. Senden Sie die Datei noch einmal.
error-chunk-mismatch = Das Teilstück passt nicht zu seiner Prüfsumme. Senden Sie es von derselben Stelle noch einmal.

# What is wrong with one field.
invalid-required = Das wird gebraucht.
invalid-too-long = Das ist zu lang; höchstens { $max } Zeichen passen.
invalid-too-short = Das ist zu kurz; mindestens { $min } Zeichen sind nötig.
invalid-too-many = Das sind zu viele; höchstens { $max } sind möglich.
invalid-out-of-range = Das muss zwischen { $min } und { $max } liegen.
invalid-not-an-email = Das sieht nicht wie eine E-Mail-Adresse aus.
invalid-unknown = Das stimmt nicht überein.
invalid-not-allowed = Das ist hier nicht möglich.
