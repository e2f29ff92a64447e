# The one sentence about when a package, ticket, request or grant ends, or why it has ended. { $at } is a formatted time
# with its zone, { $idle } and { $kept } a formatted duration. The same sentence stands on pages, in mails, in answers and in the terminal.

## Not started
policy-draft = Not sent yet. Its time starts when it is sent.

## Active, one rule
policy-permanent = Never ends by itself.
policy-ends-at = Ends on { $at }.
policy-ends-after-downloads =
    { $count ->
        [one] Ends after { $count } more download.
       *[other] Ends after { $count } more downloads.
    }
policy-ends-after-downloads-each =
    { $count ->
        [one] Each link ends after { $count } download.
       *[other] Each link ends after { $count } downloads.
    }
policy-ends-after-uploads =
    { $count ->
        [one] Ends after { $count } more upload.
       *[other] Ends after { $count } more uploads.
    }
# The idle rule before and after the first completed download (grant: upload).
policy-ends-idle-waiting = Ends { $idle } after the last download; that time starts with the first one.
policy-ends-idle-running = Ends on { $at }, if nothing is downloaded before.
policy-ends-idle-uploads-waiting = Ends { $idle } after the last upload; that time starts with the first one.
policy-ends-idle-uploads-running = Ends on { $at }, if nothing is uploaded before.

## Active, several rules: { $at } is the earliest time known now
policy-ends-at-or-downloads =
    { $count ->
        [one] Ends on { $at } or after { $count } more download, whichever comes first.
       *[other] Ends on { $at } or after { $count } more downloads, whichever comes first.
    }
policy-ends-at-or-downloads-each =
    { $count ->
        [one] Each link ends on { $at } or after { $count } download, whichever comes first.
       *[other] Each link ends on { $at } or after { $count } downloads, whichever comes first.
    }
policy-ends-at-or-uploads =
    { $count ->
        [one] Ends on { $at } or after { $count } more upload, whichever comes first.
       *[other] Ends on { $at } or after { $count } more uploads, whichever comes first.
    }
policy-ends-at-or-idle = Ends on { $at } or { $idle } after the last download, whichever comes first.
policy-ends-at-or-idle-uploads = Ends on { $at } or { $idle } after the last upload, whichever comes first.
policy-ends-idle-or-downloads =
    { $count ->
        [one] Ends { $idle } after the last download or after { $count } more download, whichever comes first.
       *[other] Ends { $idle } after the last download or after { $count } more downloads, whichever comes first.
    }
policy-ends-idle-or-uploads =
    { $count ->
        [one] Ends { $idle } after the last upload or after { $count } more upload, whichever comes first.
       *[other] Ends { $idle } after the last upload or after { $count } more uploads, whichever comes first.
    }
policy-ends-at-or-idle-or-downloads =
    { $count ->
        [one] Ends on { $at }, { $idle } after the last download or after { $count } more download, whichever comes first.
       *[other] Ends on { $at }, { $idle } after the last download or after { $count } more downloads, whichever comes first.
    }
policy-ends-at-or-idle-or-uploads =
    { $count ->
        [one] Ends on { $at }, { $idle } after the last upload or after { $count } more upload, whichever comes first.
       *[other] Ends on { $at }, { $idle } after the last upload or after { $count } more uploads, whichever comes first.
    }

## Ended: by which rule or by whom, and when
policy-ended-expired = Expired on { $at }.
policy-ended-idle = Expired on { $at }, { $idle } after the last download.
policy-ended-idle-uploads = Expired on { $at }, { $idle } after the last upload.
policy-ended-downloads =
    { $count ->
        [one] Completed on { $at }: its one download was used.
       *[other] Completed on { $at }: all { $count } downloads were used.
    }
policy-ended-uploads =
    { $count ->
        [one] Completed on { $at }: its one upload was used.
       *[other] Completed on { $at }: all { $count } uploads were used.
    }
policy-ended-closed = Closed on { $at }.
policy-ended-revoked = Withdrawn on { $at }.
policy-ended-deleted = Deleted on { $at }.

## When the bytes go (a sentence of its own, after one of the above)
policy-erased-later = Its files are erased on { $at }.
policy-erased-at-end = Its files are erased when it ends.
policy-erased-after-end = Its files are erased { $kept } after it ends.
policy-erased-at-latest = Its files are erased at most { $kept } after it ends.
policy-erased-soon = Its files are being erased.
policy-erased = Its files were erased on { $at }.
policy-erased-after-downloads = Its files are erased as soon as no download is running any more.
