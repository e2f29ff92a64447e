# Wörter, die Seiten, E-Mails und Antworten gemeinsam haben.

## Datum: { $day } und { $year } kommen als Text.
date-day = { $day }. { $month } { $year }
date-time = { $date }, { $clock } { $zone }
month-1 = Januar
month-2 = Februar
month-3 = März
month-4 = April
month-5 = Mai
month-6 = Juni
month-7 = Juli
month-8 = August
month-9 = September
month-10 = Oktober
month-11 = November
month-12 = Dezember

duration-days =
    { $count ->
        [one] { $count } Tag
       *[other] { $count } Tage
    }
duration-hours =
    { $count ->
        [one] { $count } Stunde
       *[other] { $count } Stunden
    }
duration-minutes =
    { $count ->
        [one] { $count } Minute
       *[other] { $count } Minuten
    }
duration-seconds =
    { $count ->
        [one] { $count } Sekunde
       *[other] { $count } Sekunden
    }

list-and = { $first } und { $last }

files-count =
    { $count ->
        [one] { $count } Datei
       *[other] { $count } Dateien
    }
downloads-count =
    { $count ->
        [one] { $count } Download
       *[other] { $count } Downloads
    }
uploads-count =
    { $count ->
        [one] { $count } Upload
       *[other] { $count } Uploads
    }
and-more = und { $count } weitere
