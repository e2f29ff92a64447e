# Was der Server antwortet, wenn etwas nicht geht. Ein Satz: was ist los; was ist zu tun.
error-bad-request = Die Anfrage war nicht verständlich.
error-unauthorized = Bitte melden Sie sich zuerst an.
error-forbidden = Dazu fehlt Ihnen die Berechtigung.
error-not-found = Hier ist nichts, oder es ist nicht für Sie bestimmt.
error-conflict = Das ist im jetzigen Zustand nicht möglich.
error-gone = Dieser Link ist beendet oder hat nie bestanden.
error-invalid = Einige Angaben können so nicht angenommen werden.
error-too-large = Das ist größer, als hier angenommen wird ({ $limit }).
error-too-many-requests = Das war zu oft. Bitte versuchen Sie es in { $wait } noch einmal.
error-no-space = Auf dem Server ist dafür kein Platz mehr. Es ging nichts verloren; bitte versuchen Sie es später noch einmal oder sagen Sie es dem Absender.
error-unavailable = Das ist gerade nicht verfügbar. Bitte versuchen Sie es gleich noch einmal.
error-internal = Bei uns ist etwas schiefgegangen. Wenn Sie es melden, nennen Sie bitte die Kennung { $reference }.
