# The pages. Sentences say what happened, then what to do; no blame, no exclamation marks.
# { $name }, { $title }, { $who }, { $what } and { $sender } are other people's words, already made harmless.

## Around every page
nav-skip = Skip to the content
nav-label = Main
nav-packages = Packages
nav-sign-out = Sign out
nav-foot = Files exchanged with Waybill: whole, traced, and gone when promised.
warning-label = For the operator
warning-mail-folder = No mail server is set. E-mails are written as files into the folder “{ $folder }” instead; links can be copied from each package.
warning-public-url = No public address is set, so links start with { $address }. Other people may not reach that.
warning-clock = The server's clock has jumped. Links follow it, but nothing is recorded as ended and nothing is erased until the clock can be trusted again.
confirm-no = Cancel
problem-look-below = Some of it needs another look. What exactly is said beside each field.

## What is printed on every sheet
sheet-name = Waybill
sheet-from = From
sheet-to = To
sheet-size = Size
sheet-until = Available until
sheet-date = Date
sheet-no-end = No end set
sheet-files =
    { $count ->
        [one] { $count } file
       *[other] { $count } files
    }
stamp-draft = Draft
stamp-active = Active
stamp-completed = Completed
stamp-expired = Expired
stamp-revoked = Revoked
stamp-unknown = Unknown

## Contents
contents-title = Contents
contents-no = No.
contents-name = Name
contents-act = Actions
contents-show-sums = Show SHA-256
contents-uploaded = Uploaded
contents-transfer = in { $duration }, { $rate }/s
contents-milliseconds = { $count } ms

## Signing in
signin-title = Sign in
signin-lead = Send and receive files with { $site }.
signin-email = E-mail
signin-password = Password
signin-submit = Sign in
signin-refused = E-mail and password do not match an account that may sign in.
signin-wait =
    { $seconds ->
        [one] Too many attempts. Please try again in { $seconds } second.
       *[other] Too many attempts. Please try again in { $seconds } seconds.
    }
signin-session-over = You have been signed out after a while without use. Please sign in again.

## First start
setup-title = Set up this server
setup-lead = You opened the one-time address from the terminal. Create the first administrator; the address ends with that.
setup-name = Your name
setup-name-hint = Recipients see it as the sender.
setup-submit = Create administrator

## Dashboard
dashboard-title = Packages
dashboard-send = Send files
dashboard-send-hint = To one or more people, by a secret link
dashboard-request = Request upload
dashboard-request-hint = Ask somebody for files; no account needed
dashboard-search = Search packages
dashboard-search-hint = Title, name, address
dashboard-filters = Narrow the list
dashboard-filter-all = All
dashboard-filter-sent = Sent
dashboard-filter-requested = Requested
dashboard-filter-active = Active
dashboard-filter-drafts = Drafts
dashboard-filter-ended = Ended
dashboard-column-way = Direction
dashboard-column-package = Package
dashboard-column-state = Status
dashboard-column-ends = Ends
dashboard-column-latest = Latest
dashboard-outbound = Sent
dashboard-inbound = Requested
dashboard-untitled = Without a title
dashboard-ends = Ends
dashboard-ended = Ended
dashboard-nothing = No package fits. Try fewer letters, or look at all of them.
dashboard-show-all = Show all packages
dashboard-pages = Pages of the list
dashboard-newest = Back to the newest
dashboard-older = Older packages
dashboard-deleted = “{ $title }” was deleted. Its links no longer work.
dashboard-undo = Undo
dashboard-empty = Nothing has been shipped yet
dashboard-empty-lead = There are three ways to exchange files here.
dashboard-can-send = Send files
dashboard-can-send-sentence = Choose files and say who gets them. Everybody receives a link of their own, and you see who fetched what and when.
dashboard-can-request = Request files
dashboard-can-request-sentence = Invite somebody to upload. They need no account, and what arrives appears here by itself.
dashboard-can-ticket = Make a link
dashboard-can-ticket-sentence = Drop files, get a link, pass it on yourself. It ends when you say.

## Sending
send-title = Send files
send-what = Title
send-what-example = What is inside
send-to = To
send-to-hint = One person a line: Name <address>. Everybody gets a link of their own.
send-drop = Drop files or folders here, or paste them. They are uploaded at once, while you fill in the rest.
send-add-files = Add files
send-add-folder = Add folder
send-limit-file = Up to { $file } per file
send-limit-package = Up to { $all } in total
send-limit-both = Up to { $file } per file, { $all } in total
send-ends = Link ends after
send-ends-unit = days
send-ends-hint = 1 to { $count } days.
send-password = Password
send-password-hint = Asked of whoever opens the link. Tell it another way than by e-mail.
send-password-set = A password is set. Type another one to change it.
send-options = Options
send-idle = Expire in # of hours after last download
send-idle-unit = hours
send-idle-hint = The time starts with the first complete download, and each further one starts it again. Empty or 0: off.
send-downloads = Expire after # of downloads
send-downloads-unit = downloads
send-downloads-hint = Counts for each recipient's link by itself. Empty or 0: no limit.
send-note = Note
send-note-hint = Optional. Shown in the e-mail and on the page.
send-summary =
    { $files ->
        [0] No files yet
        [one] { $files } file, { $size }
       *[other] { $files } files, { $size }
    }
send-submit = Send
send-discard = Delete draft
send-discard-question = Delete this draft?
send-discard-text = What has been uploaded is removed. Nobody has been told about it.
send-drafts = Drafts to continue
upload-preparing = Preparing
upload-done = Uploaded
upload-here = { $percent } % is already here. Choose the same file again to continue.
upload-progress = Progress of { $name }
upload-remove = Remove { $name }

## A package, seen by its owner
package-resend = Send again
package-resend-question = Send the e-mails again?
package-resend-text = Every recipient whose link works is mailed once more.
package-resend-to = Send again: { $name }
package-resent = Sent again. The e-mail is on its way.
package-extend = Extend
package-extended = Extended.
policy-form-title = Edit policy
policy-form-total = Expire in total
policy-form-days = days
policy-form-hours = hours
policy-form-unit = Days or hours
policy-form-total-hint = From now on. Up to { $days } days.
policy-form-total-hint-endless = From now on. Empty or 0: off.
policy-form-save = Save policy
policy-form-saved = The policy is changed. Its time starts now.
password-form-title = Set a password
password-form-change = Change or remove the password
password-form-new = New password
password-form-hint = Asked of whoever opens a link of this package from now on. Nobody is mailed: tell it another way than by e-mail.
password-form-change-hint = Whoever knows the present one needs the new one from then on. Downloads that were started go on.
password-form-save = Set password
password-form-change-save = Change password
password-form-remove = Remove password
password-form-saved = The password is set. The links ask for it from now on.
password-form-removed = The password is removed. The links open without one.
package-has-password = Set
package-revoke = Revoke link
package-revoke-question = Revoke this package?
package-revoke-text = All links end at once, running downloads are cut, and the files are erased. This cannot be taken back.
package-revoke-one = Revoke this link
package-revoke-one-question = Revoke the link of { $name }?
package-revoke-one-text = It ends at once and cannot be brought back. The other links keep working.
package-revoke-link-of = Revoke this link: { $name }
package-delete = Delete package
package-copy-reference = Copy the reference
package-copy-link = Copy link
package-copy-link-of = Copy link: { $name }
package-link = Link
package-link-of = Link of { $name }
package-and-others =
    { $count ->
        [one] and { $count } other person
       *[other] and { $count } other people
    }
package-downloads = Downloads
package-ended = Ended
package-recipients = Recipients
package-opened = Link opened
package-opened-again =
    { $count ->
        [one] once, last
       *[other] { $count } times, last
    }
package-maybe-scanner = (may be a mail scanner)
package-broke-off = Download broke off at { $percent } %
package-not-opened = Not opened yet
package-downloaded =
    { $count ->
        [one] Downloaded { $count } time, last
       *[other] Downloaded { $count } times, last
    }
package-not-downloaded = Not downloaded yet
package-erased = The files are erased. Their names and what happened remain.
package-history = What happened
mailstate-queued = E-mail waiting to go out
mailstate-sending = E-mail is being sent
mailstate-sent = E-mail sent
mailstate-deferred = Mail server asked to try later
mailstate-rejected = E-mail rejected
mailstate-unknown = E-mail: the server's answer was lost
mailstate-bounced = E-mail came back

## One line of a package's history
happening-someone = Somebody
happening-everything = all files
happening-created = Draft created by { $who }
happening-finalized = Sent by { $who }
happening-changed = Changed by { $who }
happening-closed = Closed by { $who }
happening-reopened = Opened again by { $who }
happening-revoked = Revoked by { $who }
happening-erased = Files erased from the server
happening-expired = Expired
happening-completed = Completed
happening-file-added = File added: { $what }
happening-file-removed = File removed: { $what }
happening-file-fetched = { $who } fetched { $what } as owner
happening-link-viewed =
    { $count ->
        [one] Link of { $who } opened
       *[other] Link of { $who } opened { $count } times
    }
happening-link-refused =
    { $count ->
        [one] An ended link of { $who } was tried
       *[other] An ended link of { $who } was tried { $count } times
    }
happening-wrong-password =
    { $count ->
        [one] A wrong password at the link of { $who }
       *[other] { $count } wrong passwords at the link of { $who }
    }
happening-link-asked = { $who } asked for a new link
happening-link-revoked = Link of { $who } revoked
happening-download-started = { $who } started to download { $what }
happening-download-completed = { $who } downloaded { $what }
happening-download-aborted = Download by { $who } broke off: { $what }
happening-upload-started = Upload started: { $what }
happening-upload-completed = Upload completed: { $what }
happening-upload-aborted = Upload broke off: { $what }
happening-mail-sent = E-mail sent to { $who }
happening-mail-failed = E-mail to { $who } could not be delivered
happening-mail-unknown = E-mail to { $who }: the mail server's answer was lost
happening-with-more = { $sentence } ({ $more })
happening-more-delivered = { $size } in { $duration }
happening-more-timed-out = counted when its time was over
happening-more-taken-over = going on where somebody else had left off
happening-more-released = not continued; it does not count
happening-more-broke-off = at { $percent } %
happening-more-maybe-scanner = may be a mail scanner
happening-more-likely-scanner = probably a mail scanner

## The recipient's page
landing-lead =
    { $count ->
        [one] { $sender } has sent you a file.
       *[other] { $sender } has sent you { $count } files.
    }
landing-anyone = Whoever has the link
landing-left = Downloads left
landing-download = Download
landing-download-all = Download all
landing-zip = { $size }, zip
landing-download-one = Download { $name }
landing-note = Note from { $sender }
landing-still-usable = This package has ended. The download you started can be finished until { $until }.
landing-busy =
    { $seconds ->
        [one] Somebody is downloading this right now. Please try again in { $seconds } second.
       *[other] Somebody is downloading this right now. Please try again in { $seconds } seconds.
    }
landing-more = More: command line, checksums
landing-more-get = With Waybill's own command, which resumes and verifies every file:
landing-more-curl = With curl:

## The page with one button that extends
extend-title = Extend { $title }
extend-question = Extend
extend-impossible = This cannot be extended:
extend-asked = { $who } asked for a new link.
extend-until = If you extend it, the same links work until { $until }.
extend-until-and-downloads =
    { $count ->
        [one] If you extend it, the same links work again until { $until }, each for one more download.
       *[other] If you extend it, the same links work again until { $until }, each for { $count } more downloads.
    }
extend-downloads =
    { $count ->
        [one] If you extend it, the same links work again, each for one more download.
       *[other] If you extend it, the same links work again, each for { $count } more downloads.
    }
extend-again = If you extend it, the same links work again.
extend-needless = It has no end of its own: the links work until you revoke them.
extend-revoked = It was withdrawn, and that is final. If somebody still needs the files, please send them again.
extend-erased = The files have been erased. If somebody still needs them, please send them again.
extend-submit = Extend
extend-hint = Nothing has changed so far. Nobody is mailed; whoever has a link can use it again.
extend-package = To the package

## A link that is protected by a password
unlock-title = A password, please
unlock-lead = { $sender } has sent files and protected them with a password.
unlock-password = Password
unlock-submit = Open
unlock-hint = If you do not know it, please ask whoever sent you the link. It is not in the e-mail with the link.
unlock-wrong = That is not the password. Please look at capital letters and try again.
unlock-wait =
    { $seconds ->
        [one] There were many wrong passwords from here. The next one is looked at in { $seconds } second.
       *[other] There were many wrong passwords from here. The next one is looked at in { $seconds } seconds.
    }
password-show = Show
password-hide = Hide

## A link that has ended
ended-expired = This link has expired
ended-completed = This package has done its job
ended-revoked = This link was withdrawn
ended-unknown = We do not know this link
ended-expired-sentence = The files were available until { $at }.
ended-idle-sentence = Nobody had downloaded the files for { $idle }, so they were available until { $at }.
ended-completed-sentence = It was completed on { $at }: what it allows is used up. If that was not you, please tell the sender.
ended-revoked-sentence = The sender withdrew it on { $at }. If you still need the files, please ask the sender.
ended-unknown-sentence = Mail programs sometimes cut long links in two. Copy the whole link from the message into the address line, or ask whoever sent it to you.
ended-sender = the sender
ended-ask = Ask for a new link
ended-ask-hint = We send { $sender } an e-mail. This is possible once a day.
ended-asked = We have told { $sender } that you need a new link. If the package is extended, this link works again.

## Pages that say no
fault-number = Status
fault-reference = Reference
fault-reference-hint = If you tell the operator, mention the reference; it stands in the server's log.
fault-back = Back to the packages
fault-try-again = Go back and try again
fault-forbidden = This is not allowed
fault-forbidden-advice = Your account, or this link, may not do that. If it should, please ask whoever runs this server.
fault-not-found = There is nothing here
fault-not-found-advice = The address may be mistyped, or what was here is gone, or it belongs to somebody else.
fault-conflict = That does not fit right now
fault-conflict-advice = Something has changed in the meantime. Look at the present state and decide again.
fault-busy = Being downloaded right now
fault-busy-advice =
    { $seconds ->
        [one] Every download of this link is in use. Please try again in { $seconds } second.
       *[other] Every download of this link is in use. Please try again in { $seconds } seconds.
    }
fault-too-large = This is too large
fault-too-large-advice = Please send less at once, or ask whoever runs this server about the limit.
fault-invalid = Some of that cannot be used
fault-invalid-advice = Please go back, look at what was entered, and send it again.
fault-too-many = A short pause, please
fault-too-many-advice =
    { $seconds ->
        [one] There were many tries in a short time. The next one works in { $seconds } second.
       *[other] There were many tries in a short time. The next one works in { $seconds } seconds.
    }
fault-internal = Something went wrong on our side
fault-internal-advice = Nothing that was complete is lost. Please try again in a moment.
fault-unavailable = Not available for a moment
fault-unavailable-advice = The server is starting, stopping or being looked after. Please try again in a minute.
fault-no-space = There is no space left
fault-no-space-advice = The server cannot take more bytes right now. What has arrived is safe; please tell whoever runs this server.

## Account
account-title = Account
account-admin = Administrator
account-regular = Sends and receives
account-notices = Notices
account-notices-sentence = E-mails about your own packages. When many come at once, the first few come by themselves and the rest together, once an hour.
account-notices-legend = Write to me when
account-notice-arrived = files have arrived for one of my requests
account-notice-rejected = a mail server refuses an e-mail to a recipient
account-notice-asked = somebody asks for a new link
account-notice-first-download = a recipient has downloaded for the first time
account-notice-not-downloaded = somebody has not downloaded two days before the end
account-notice-ending-soon = something ends within a day
account-notices-hint = A warning before drafts or files that arrived are erased always comes.
account-notices-save = Save notices
account-notices-saved = Your choice is saved.
account-tokens = API tokens
account-tokens-sentence = For scripts and the command line. A token acts in your name; give it no more than it needs.
account-tokens-none = There are no tokens.
account-token-fresh = The token “{ $name }” is made. Copy it now; it is shown only this once.
account-token-copy = Copy token
account-token-new = New token
account-token-name = Name
account-token-example = Nightly report
account-token-days = Ends after
account-token-days-hint = Empty: it does not end by itself.
account-token-create = Create token
account-token-used = last used
account-token-unused = never used
account-token-ends = ends
account-token-endless = does not end
account-token-revoke = Revoke
account-token-revoke-one = Revoke the token { $name }
account-token-revoke-question = Revoke the token “{ $name }”?
account-token-revoke-text = Whatever uses it stops working at once.
account-scopes = May do
account-scope-all = everything you may do
account-scopes-hint = Nothing chosen: everything you may do.
account-password = Password
account-password-current = Current password
account-password-new = New password
account-password-hint = At least { $count } characters. Several words are better than one odd one.
account-password-submit = Change password
account-password-changed = Your password is changed. Other browsers have been signed out.

## Request
request-title = Request upload
request-sentence = Soon you can ask somebody for files here: they get a link, upload without an account, and what arrives appears on your dashboard.
request-meanwhile = Until then, files can be sent but not requested.
