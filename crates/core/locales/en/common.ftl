# Words that pages, mails and answers share.

## Dates: { $day } and { $year } come as text.
date-day = { $day } { $month } { $year }
date-time = { $date }, { $clock } { $zone }
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December

duration-days =
    { $count ->
        [one] { $count } day
       *[other] { $count } days
    }
duration-hours =
    { $count ->
        [one] { $count } hour
       *[other] { $count } hours
    }
duration-minutes =
    { $count ->
        [one] { $count } minute
       *[other] { $count } minutes
    }
duration-seconds =
    { $count ->
        [one] { $count } second
       *[other] { $count } seconds
    }

list-and = { $first } and { $last }

files-count =
    { $count ->
        [one] { $count } file
       *[other] { $count } files
    }
downloads-count =
    { $count ->
        [one] { $count } download
       *[other] { $count } downloads
    }
uploads-count =
    { $count ->
        [one] { $count } upload
       *[other] { $count } uploads
    }
and-more = and { $count } more
